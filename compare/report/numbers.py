"""How numbers and names are written, the same in figures, tables and sentences."""

import math
from collections.abc import Sequence

__all__ = ["best_possible", "fixed", "listed", "measure_name", "p_value", "seconds", "signed", "span", "thousands"]

ALIGNING = ("procrustes", "bures", "unit-matching")  # noise aligns with noise: a copy without it is no bound
MEASURES = {
    "bures": ("Bures similarity", "normalised Bures similarity"),
    "cca": ("CCA", "mean canonical correlation"),
    "cka": ("debiased CKA", "debiased linear CKA"),
    "pls": ("PLS predictivity", "PLS predictivity"),
    "procrustes": ("Procrustes distance", "angular Procrustes distance"),
    "pwcca": ("PWCCA", "projection-weighted canonical correlation"),
    "ridge": ("ridge predictivity", "ridge predictivity"),
    "rsa": ("RSA", "Spearman correlation of RDMs"),
    "svcca": ("SVCCA", "mean canonical correlation of principal components"),
    "unit-matching": ("distance of matched units", "angular distance of matched units"),
}
"""What a measure is called in a sentence, and on an axis."""


def fixed(value: float | None, places: int = 2) -> str:
    """Write a number with a fixed count of decimals and a true minus sign; a dash if there is none.

    Examples
    --------
    >>> fixed(-0.125, 1), fixed(-0.001), fixed(None)
    ('−0.1', '0.00', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def signed(value: float | None, places: int = 2) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed(0.1), signed(-0.1)
    ('+0.10', '−0.10')
    """
    text = fixed(value, places)
    return text if value is None or text.startswith("−") or text == "–" or float(text) == 0 else f"+{text}"


def span(low: float | None, high: float | None, places: int = 2) -> str:
    """Write an interval; negative ends take a comma, for a dash would be misread.

    Examples
    --------
    >>> span(0.51, 0.6), span(-0.1, 0.2)
    ('.51–.60', '−.10, .20')
    """
    ends = [fixed(end, places).replace("0.", ".", 1) for end in (low, high)]
    return ", ".join(ends) if any(end.startswith("−") for end in ends) else "–".join(ends)


def thousands(value: float | None) -> str:
    r"""Write a count with thin spaces between thousands.

    Examples
    --------
    >>> thousands(1234567), thousands(4096)
    ('1\u2009234\u2009567', '4096')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.0f}".replace(",", "\u2009") if abs(value) >= 10_000 else f"{value:.0f}"


def seconds(value: float | None) -> str:
    """Write a duration so that it can be read at a glance.

    Examples
    --------
    >>> seconds(0.02), seconds(41.27), seconds(150)
    ('0.02 s', '41.3 s', '150 s')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def p_value(value: float | None) -> str:
    """Write a p value.

    Examples
    --------
    >>> p_value(0.0004), p_value(0.031)
    ('< 0.001', '0.031')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> listed(["V1"]), listed(["V1", "V4", "IT"])
    ('V1', 'V1, V4 and IT')
    """
    shown = list(names)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def measure_name(key: str, axis: bool = False) -> str:
    """Give a measure's name for a sentence, or for an axis.

    Examples
    --------
    >>> measure_name("rsa"), measure_name("cka", axis=True)
    ('RSA', 'debiased linear CKA')
    """
    return MEASURES.get(key, (key, key))[1 if axis else 0]


def best_possible(key: str) -> str:
    """Give what reaches the upper end of a noise ceiling by this measure.

    Examples
    --------
    >>> best_possible("rsa"), best_possible("procrustes")
    ('a noise-free copy of the region', 'the geometry closest to all measurements of the region')
    """
    return f"{'the geometry closest to all measurements' if key in ALIGNING else 'a noise-free copy'} of the region"
