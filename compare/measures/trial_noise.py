"""How a subject varies from trial to trial: a mean and a covariance a stimulus, the covariances shrunk.

Ledoit and Wolf (2004), Journal of Multivariate Analysis 88:365-411; as variances of covariances: Schäfer and Strimmer
(2005), doi:10.2202/1544-6115.1175.
"""

from dataclasses import dataclass

import numpy as np

from compare.measures.patterns import centred

__all__ = ["TrialNoise", "pooled_shrinkage", "trial_noise"]


@dataclass(frozen=True, eq=False)
class TrialNoise:
    """Means and covariances over trials.

    Parameters
    ----------
    means : numpy.ndarray
        (stimulus, unit), centred.
    roots : numpy.ndarray
        (stimulus, unit, factor): a stimulus's covariance is its root times the root's transpose.
    """

    means: np.ndarray
    roots: np.ndarray

    def size(self, alpha: float) -> float:
        """Give the summed squares of the means, weighted by alpha, and of the variances, by 2 - alpha."""
        return float(alpha * np.vdot(self.means, self.means) + (2 - alpha) * np.vdot(self.roots, self.roots))


def trial_noise(trials: np.ndarray, centre: np.ndarray, shrinkage: float) -> TrialNoise:
    """Give the means and covariances of trials.

    Parameters
    ----------
    trials : numpy.ndarray
        (stimulus, trial, unit), at least 2 trials.
    centre : numpy.ndarray
        (unit,), what is taken from the means.
    shrinkage : float
        How far each covariance Σ is drawn towards ``(tr Σ / units) I``.
    """
    means = trials.mean(axis=1)
    deviations = (trials - means[:, None]) / np.sqrt(trials.shape[1] - 1)
    roots = deviations.transpose(0, 2, 1)
    if shrinkage > 0 or trials.shape[1] > trials.shape[2]:
        variances, axes = np.linalg.eigh(roots @ deviations)
        variances = (1 - shrinkage) * variances + shrinkage * variances.mean(axis=1, keepdims=True)
        roots = axes * np.sqrt(np.maximum(variances, 0.0))[:, None]
    return TrialNoise(centred(means, centre), roots)


def pooled_shrinkage(trials: np.ndarray) -> float:
    """Estimate how far to shrink, one number for all stimuli: what is noise in the covariances over what is in them.

    ``Σ_i Σ_jk var(s_jk) / Σ_i ‖S_i - (tr S_i / p) I‖²``, at most 1. A rotation of the units does not change it.

    Parameters
    ----------
    trials : numpy.ndarray
        (stimulus, trial, unit), at least 3 trials.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pooled_shrinkage(rng.normal(size=(50, 5, 20))) > 0.9  # there is nothing but noise around one variance
    True
    >>> pooled_shrinkage(rng.normal(size=(50, 200, 2)) * [1, 5]) < 0.05
    True
    """
    count, units = trials.shape[1:]
    deviations = trials - trials.mean(axis=1, keepdims=True)
    products = deviations @ deviations.transpose(0, 2, 1)
    squares = float(np.vdot(products, products)) / (count - 1) ** 2
    lengths = np.diagonal(products, axis1=1, axis2=2)
    # The factor makes the estimate of the variances unbiased for Gaussian trials, however few.
    noise = count / ((count - 1) ** 2 * (count - 2)) * (float((lengths**2).sum()) - (count - 1) ** 2 / count * squares)
    structure = squares - float((lengths.sum(axis=1) ** 2).sum()) / (count - 1) ** 2 / units
    return float(np.clip(noise / structure, 0.0, 1.0)) if structure > 0 else 1.0
