"""How many bits about the class a linear readout gets out of the activity: a lower bound of what is there.

The mutual information of the true class S and the class Ŝ that was read from held-out stimuli,
``I(S; Ŝ) = Σ p(s, ŝ) log₂ [p(s, ŝ) / p(s) p(ŝ)]``, is at most that of the class and the activity, since reading adds
nothing (data processing inequality; Quian Quiroga and Panzeri 2009, Nature Reviews Neuroscience 10:173-185,
doi:10.1038/nrn2578).

Shares of few counts make ``I`` too large. The jackknife (Quenouille 1956, Biometrika 43:353-360) takes that away to
first order from what leaving out one stimulus changes, and gives the standard error; of entropies it is less biased
than Miller's correction (Paninski 2003, Neural Computation 15:1191-1253, doi:10.1162/089976603321780272), and in tables
of few counts by far.

However few the counts, a share of errors e leaves at least ``H(S) - h(e) - e log₂ (C - 1)`` bits (Fano 1961,
Transmission of Information; h is the entropy of one binary choice, C the number of classes). With the Wilson interval
of e this is a bound that leans on no table, and the interval of ``I`` is drawn wide enough to hold it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.checks import check_count, check_share
from compare.decoding import check_classes, class_folds, labelled_patterns, read_classes, wilson
from isocortex.progress import Advance
from isocortex.seeds import generator

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DecodedInformation", "confusion_information", "decoded_information", "jackknife"]


@dataclass(frozen=True, eq=False)
class DecodedInformation:
    """Bits about the class in what a cross-validated linear readout answers.

    Parameters
    ----------
    bits : float
        Mutual information of true and read class, its bias subtracted. Not clipped: below 0 by chance where there is
        none.
    low, high : float
        Its interval over stimuli of the same kind, the readout as it was fitted here: two-sided by the jackknife's
        standard error, and wide enough to hold Fano's bound at either end of the accuracy's interval. It covers at
        least what `confidence` says, and more where errors are systematic or the table is nearly empty.
    standard_error : float
        Of the jackknife.
    p_value : float
        Share of permutations of the labels that reach as much, the one given among them; NaN without permutations.
    entropy : float
        Of the labels, in bits: no readout can give more.
    bias : float
        What was subtracted, as the jackknife finds it.
    accuracy : float
        Share of stimuli read right.
    confusion : xarray.DataArray
        (true, read), counts.
    permutations : int
        How many.
    confidence : float
        Nominal coverage of the interval.
    """

    bits: float
    low: float
    high: float
    standard_error: float
    p_value: float
    entropy: float
    bias: float
    accuracy: float
    confusion: "xr.DataArray"
    permutations: int
    confidence: float

    @property
    def saturated(self) -> bool:
        """Whether the interval reaches what the labels have: easier classes, or more of them, could not give more."""
        return self.high >= self.entropy - 1e-9

    def __float__(self) -> float:
        return self.bits

    def __repr__(self) -> str:
        stimuli = int(self.confusion.sum())
        p = "" if np.isnan(self.p_value) else f", p = {self.p_value:.3g} ({self.permutations} permutations)"
        end = "; saturated: the labels have no more" if self.saturated else ""
        return (
            f"<DecodedInformation: {self.bits:.3f} bits of {self.entropy:.3f}, {self.confidence:.0%} interval "
            f"{self.low:.3f} to {self.high:.3f}{p}; {stimuli} stimuli, accuracy {self.accuracy:.3f}{end}>"
        )


def decoded_information(
    x: Any,
    labels: Any,
    *,
    folds: int = 5,
    permutations: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    advance: Advance | None = None,
) -> DecodedInformation:
    """Estimate how many bits about the class a linear readout gets from the activity.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is read.
    labels : array-like
        The class of each stimulus.
    folds : int
        Of the cross-validation, stratified by class; see `compare.readout`.
    permutations : int
        Of the labels within each fold, the readout fitted anew to each; 0 for none.
    confidence : float
        Nominal coverage of the interval.
    seed : int
        Of the folds and permutations.
    advance : callable, optional
        Told of each fold that is done.

    Returns
    -------
    DecodedInformation

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 classes, or a class has fewer stimuli than folds.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If activity and labels do not match, or a number is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.tile([0, 1, 2, 3], 25)
    >>> found = decoded_information(rng.normal(size=(100, 6)) + 9 * np.eye(6)[labels], labels, permutations=99)
    >>> round(found.entropy, 3), found.saturated, found.p_value
    (2.0, True, 0.01)
    """
    import xarray as xr

    patterns, classes = labelled_patterns(x, labels, "x", "labels")
    check_count("folds", folds, 2)
    check_count("permutations", permutations, 0)
    check_share("confidence", confidence)
    check_classes(classes, folds, "folds")
    names, index = np.unique(classes, return_inverse=True)
    parts = class_folds(classes, folds, seed)
    assignments = _with_permuted(index, parts, permutations, generator(seed, "decoded information"))
    read = read_classes(patterns, assignments, parts, advance)
    counts = np.stack([_counts(true, answer, len(names)) for true, answer in zip(assignments, read, strict=True)])
    plain, (bias, error) = confusion_information(counts), jackknife(counts[0])
    bits = float(plain[0]) - bias
    entropy = _entropy(np.bincount(index))
    low, high = _interval(bits, error, entropy, counts[0], confidence)
    return DecodedInformation(
        bits=bits,
        low=low,
        high=high,
        standard_error=error,
        p_value=float(np.mean(plain >= plain[0] - 1e-12)) if permutations else float("nan"),
        entropy=entropy,
        bias=bias,
        accuracy=float(np.mean(read[0] == index)),
        confusion=xr.DataArray(counts[0], dims=("true", "read"), coords={"true": names, "read": names}, name="stimuli"),
        permutations=int(permutations),
        confidence=confidence,
    )


def confusion_information(counts: np.ndarray) -> np.ndarray:
    """Give the mutual information of tables of counts (..., true, read), in bits, nothing subtracted.

    Examples
    --------
    >>> float(confusion_information(np.array([[50, 0], [0, 50]])))
    1.0
    """
    counts = np.asarray(counts, dtype=float)
    total = counts.sum(axis=(-2, -1))
    margins = _bits(counts.sum(axis=-1)).sum(axis=-1) + _bits(counts.sum(axis=-2)).sum(axis=-1)
    return (_bits(counts).sum(axis=(-2, -1)) - margins + _bits(total)) / total


def jackknife(counts: np.ndarray) -> tuple[float, float]:
    """Give the bias and the standard error of the information of one table of counts, by leaving out each stimulus.

    All stimuli of a cell are alike, so that there is one table less one stimulus for each cell that is not empty.
    """
    counts = np.asarray(counts, dtype=float)
    total = counts.sum()
    cells = np.argwhere(counts > 0)
    fewer = np.repeat(counts[None], len(cells), axis=0)
    fewer[np.arange(len(cells)), cells[:, 0], cells[:, 1]] -= 1
    left_out, weight = confusion_information(fewer), counts[counts > 0]
    mean = weight @ left_out / total
    bias = (total - 1) * (mean - float(confusion_information(counts)))
    return float(bias), float(np.sqrt((total - 1) / total * (weight @ (left_out - mean) ** 2)))


def _bits(counts: np.ndarray) -> np.ndarray:
    positive = counts > 0
    return np.where(positive, counts * np.log2(np.where(positive, counts, 1)), 0.0)


def _with_permuted(
    index: np.ndarray, parts: list[tuple[np.ndarray, np.ndarray]], permutations: int, rng: np.random.Generator
) -> np.ndarray:
    """Give the classes, and below them permutations within each fold, so that every fold keeps its share of each."""
    assignments = np.tile(index, (permutations + 1, 1))
    for row in assignments[1:]:
        for _, held_out in parts:
            row[held_out] = rng.permutation(row[held_out])
    return assignments


def _counts(true: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    return np.bincount(true * classes + read, minlength=classes**2).reshape(classes, classes)


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _interval(bits: float, error: float, entropy: float, counts: np.ndarray, confidence: float) -> tuple[float, float]:
    from scipy.stats import norm

    half = float(norm.ppf((1 + confidence) / 2)) * error
    worst, best = wilson(int(np.trace(counts)), int(counts.sum()), confidence)
    low = min(bits - half, _fano(worst, entropy, len(counts)))
    high = max(bits + half, _fano(best, entropy, len(counts)))
    return max(low, 0.0), min(max(high, 0.0), entropy)


def _fano(accuracy: float, entropy: float, classes: int) -> float:
    """Give the least information that an accuracy leaves; 0 where guessing reaches it."""
    if accuracy <= 1 / classes:
        return 0.0
    errors = np.array([accuracy, 1 - accuracy])
    return max(entropy + float(_bits(errors).sum()) - (1 - accuracy) * float(np.log2(max(classes - 1, 1))), 0.0)
