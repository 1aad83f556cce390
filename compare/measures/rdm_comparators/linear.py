"""Cosine and Pearson's correlation of two RDMs: for distances whose size means something."""

import numpy as np

__all__ = ["cosine", "pearson"]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Give ``ab / ‖a‖‖b‖``, which sees the zero of the distances; NaN if one is all zeros."""
    size = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / size) if size > 0 else float("nan")


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Give the cosine after both means are removed; NaN if one does not vary."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return cosine(a - a.mean(), b - b.mean())
