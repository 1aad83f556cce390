"""What a recording says: rates, irregularity, synchrony, correlations, spectra, latencies, propagation, concurrency.

Every measure's docstring holds its formula and where it comes from.
"""

from brainsim.analysis.coincidence import chi_synchrony, synchrony
from brainsim.analysis.correlograms import cross_correlation, pairwise_correlation
from brainsim.analysis.counting import fano_factor
from brainsim.analysis.firing import RateDistribution, mean_rates, rate_distribution, silent_share, unit_rates
from brainsim.analysis.hierarchy import hierarchy_levels
from brainsim.analysis.histograms import psth
from brainsim.analysis.intervals import inter_spike_intervals, isi_cv, isi_cv2, isi_lv
from brainsim.analysis.latencies import Latency, response_latency
from brainsim.analysis.onsets import onset_latency
from brainsim.analysis.parallelism import Concurrency, concurrency
from brainsim.analysis.spectra import Peak, power_spectrum, spectral_peaks
from brainsim.analysis.travel import Propagation, propagation

__all__ = [
    "Concurrency",
    "Latency",
    "Peak",
    "Propagation",
    "RateDistribution",
    "chi_synchrony",
    "concurrency",
    "cross_correlation",
    "fano_factor",
    "hierarchy_levels",
    "inter_spike_intervals",
    "isi_cv",
    "isi_cv2",
    "isi_lv",
    "mean_rates",
    "onset_latency",
    "pairwise_correlation",
    "power_spectrum",
    "propagation",
    "psth",
    "rate_distribution",
    "response_latency",
    "silent_share",
    "spectral_peaks",
    "synchrony",
    "unit_rates",
]
