"""One quantity against another: f-I curves, spectra, correlograms."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.analysis import spectral_peaks
from brainsim.errors import KindError
from brainsim.plots.canvas import axes_or_new, labelled
from isocortex.style import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from xarray import DataArray

__all__ = ["correlogram", "fi_curve", "spectrum"]


def fi_curve(
    currents: Any,
    rates: Any,
    theory: Any = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how a neuron's rate grows with the current that is injected into it.

    Parameters
    ----------
    currents : array-like (current)
        In pA.
    rates : array-like (current) or mapping of str to array-like
        In Hz; one curve, or several with their labels.
    theory : array-like (current) or mapping of str to array-like, optional
        The same from theory (:func:`brainsim.theory.lif_rate`), as lines under the dots.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If rates are not as many as currents.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = fi_curve([0, 200, 400], rates=[0, 12, 31], theory=[0, 12.5, 31.2])
    >>> axes.get_xlabel()
    'Injected current (pA)'
    >>> plt.close(axes.figure)
    """
    current = np.asarray(currents, dtype=np.float64)
    curves = dict(labelled(rates))
    lines = {} if theory is None else dict(labelled(theory))
    for label, values in [*curves.items(), *lines.items()]:
        if np.shape(values) != current.shape or current.ndim != 1:
            which = f" of {label}" if label else ""
            raise KindError(f"fi_curve: rates{which} must be one a current, got {np.shape(values)} for {current.shape}")
    axes = axes_or_new(ax)
    for position, (label, values) in enumerate(lines.items()):
        shown = "theory" if label is None or len(lines) == 1 else f"theory, {label}"
        axes.plot(current, values, color=colour(position), linewidth=1.0, label=shown, alpha=0.6 if curves else 1.0)
    for position, (label, values) in enumerate(curves.items()):
        line = "none" if lines else "solid"
        axes.plot(
            current, values, "o", markersize=3, linestyle=line, color=colour(position), label=label or "simulated"
        )
    axes.set(xlabel="Injected current (pA)", ylabel="Rate (Hz)")
    axes.set_ylim(bottom=0)
    if lines or len(curves) > 1:
        axes.legend()
    return axes


def spectrum(
    power: "DataArray | Mapping[str, DataArray]", highest: float | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw power spectra of population rates; dots are their peaks, dashed lines independent Poisson units.

    Parameters
    ----------
    power : xarray.DataArray (frequency) or mapping of str to xarray.DataArray
        From :func:`brainsim.analysis.power_spectrum`; one, or several with their labels.
    highest : float, optional
        Up to which frequency is drawn, Hz.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError, ParameterError
        If it is no spectrum.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=100, seed=1)
    >>> axes = spectrum(brainsim.analysis.power_spectrum(recording, "cortex.E", segment=50))
    >>> axes.get_xlabel()
    'Frequency (Hz)'
    >>> plt.close(axes.figure)
    """
    drawn = [(label, one, spectral_peaks(one, high=highest)) for label, one in labelled(power)]
    axes = axes_or_new(ax)
    top = max(one["frequency"].values[-1] for _, one, _ in drawn) if highest is None else highest
    for position, (label, one, peaks) in enumerate(drawn):
        frequency, inside = one["frequency"].values, (one["frequency"].values > 0) & (one["frequency"].values <= top)
        shade = colour(position)
        axes.plot(frequency[inside], one.values[inside], color=shade, linewidth=1.0, label=label)
        if one.attrs.get("poisson_level"):
            axes.axhline(one.attrs["poisson_level"], color=shade, linestyle="dashed", linewidth=0.8)
        for peak in peaks[:3]:
            axes.plot(peak.frequency_hz, peak.power, "o", color=shade, markersize=3)
            text = f"{peak.frequency_hz:.0f} Hz"
            axes.annotate(text, (peak.frequency_hz, peak.power), (4, 1), textcoords="offset points", fontsize=7)
    axes.set(xlim=(0, top), yscale="log", xlabel="Frequency (Hz)", ylabel="Power (Hz²/Hz)")
    if any(label is not None for label, _, _ in drawn):
        axes.legend()
    return axes


def correlogram(correlation: "DataArray | Mapping[str, DataArray]", ax: "Axes | None" = None) -> "Axes":
    """Draw correlation coefficients against the lag.

    Parameters
    ----------
    correlation : xarray.DataArray (lag) or mapping of str to xarray.DataArray
        From :func:`brainsim.analysis.cross_correlation`; one, or several with their labels.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If it is no correlation.

    Examples
    --------
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=100, seed=1)
    >>> axes = correlogram(brainsim.analysis.cross_correlation(recording, "cortex.E", "cortex.I", max_lag=20))
    >>> axes.get_xlabel()
    'Lag of cortex.I behind cortex.E (ms)'
    >>> plt.close(axes.figure)
    """
    drawn = list(labelled(correlation))
    for _, one in drawn:
        if getattr(one, "dims", None) != ("lag",):
            raise KindError(f"correlogram: must come from cross_correlation, got {type(one).__name__}")
    axes = axes_or_new(ax)
    axes.axhline(0, color="0.7", linewidth=0.6, zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.6, zorder=0)
    for position, (label, one) in enumerate(drawn):
        axes.plot(
            one["lag"].values, one.values, color=colour(position), drawstyle="steps-mid", linewidth=1.0, label=label
        )
    lags = drawn[0][1]["lag"].values
    told = drawn[0][1].attrs
    lag = f"Lag of {told['second']} behind {told['first']} (ms)" if len(drawn) == 1 else "Lag (ms)"
    axes.set(xlim=(lags[0], lags[-1]), xlabel=lag, ylabel="Correlation coefficient")
    if any(label is not None for label, _ in drawn):
        axes.legend()
    return axes
