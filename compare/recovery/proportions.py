"""How well a share is known."""

import numpy as np

__all__ = ["effective_count", "wilson"]


def wilson(share: np.ndarray, count: np.ndarray | float, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Wilson's interval of a share of `count` independent cases.

    Wilson (1927), Journal of the American Statistical Association 22:209-212, doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> [round(float(end), 3) for end in wilson(np.array(0.8), 10, 0.95)]
    [0.49, 0.943]
    """
    from scipy.special import ndtri

    z = ndtri(0.5 + confidence / 2)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)


def effective_count(right: np.ndarray) -> np.ndarray:
    """Give how many independent cases the mean over (..., repetition, case) is worth.

    Cases of one repetition share their stimuli. The mean's variance over repetitions says what they are worth
    together (Kish 1965, Survey Sampling, section 5.4): no less than one case a repetition, no more than all.

    Examples
    --------
    >>> float(effective_count(np.array([[1, 1], [0, 0], [1, 1], [0, 0]])))
    4.0
    """
    repetitions, cases = right.shape[-2:]
    share = right.mean(axis=(-2, -1))
    variance = right.mean(axis=-1).var(axis=-1, ddof=1 if repetitions > 1 else 0) / repetitions
    independent = share * (1 - share)
    worth = np.where(variance > 0, independent / np.where(variance > 0, variance, 1.0), 0.0)
    return np.clip(worth, repetitions, repetitions * cases)
