"""Which images are for training and which are held out, class by class."""

import numpy as np

from compare.datasets.images import ImageSet
from compare.errors import DataError
from isocortex.seeds import generator

__all__ = ["balanced_choice", "split"]


def split(data: ImageSet, held_out: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Divide a set into images for training and images held out.

    A set that says itself which images are for training is divided so when `held_out` is the share that it
    holds out: models may have been chosen on its training images. Any other set is divided at random, the
    same share of each class.

    Parameters
    ----------
    data : ImageSet
        What is divided.
    held_out : float
        Share of the images that are held out, between 0 and 1.
    seed : int
        Gives the random division.

    Returns
    -------
    train, held_out : numpy.ndarray
        Sorted indices of images, without overlap.

    Raises
    ------
    DataError
        If the share is not between 0 and 1, or a class would have no image on one side.

    Examples
    --------
    >>> from compare.datasets import digits
    >>> train, held_out = split(digits())
    >>> len(train), len(held_out)
    (8000, 2000)
    """
    if not 0 < held_out < 1:
        raise DataError(f"held_out: must lie between 0 and 1, got {held_out}")
    count = len(data.labels)
    everything = np.arange(count)
    if data.trained is not None:
        # Whatever the share, held-out images are taken from those that nobody chose a model on.
        available = everything[data.trained :]
        wanted = round(held_out * count)
        if wanted > len(available):
            raise DataError(
                f"held_out: {held_out} of {data.name} is {wanted} images, but only {len(available)} may be held out"
            )
        return everything[: data.trained], available[:wanted]
    random = generator(seed, "split")
    chosen = []
    for label, name in enumerate(data.classes):
        members = np.flatnonzero(data.labels == label)
        number = round(held_out * len(members))
        if number < 1 or number >= len(members):
            raise DataError(
                f"{data.name}: class {name!r} has {len(members)} images, too few to hold out {held_out:.0%} of them"
            )
        chosen.append(random.permutation(members)[:number])
    held = np.sort(np.concatenate(chosen))
    return np.setdiff1d(everything, held), held


def balanced_choice(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Choose `count` images, as evenly over the classes as the number allows.

    Parameters
    ----------
    labels : numpy.ndarray
        Shape (image,): the class of each image.
    count : int
        How many to choose.
    seed : int
        Gives the choice.

    Returns
    -------
    numpy.ndarray
        Indices into `labels`, ordered by class.

    Raises
    ------
    DataError
        If a class has too few images.

    Examples
    --------
    >>> chosen = balanced_choice(np.repeat([0, 1, 2], 10), 6)
    >>> np.repeat([0, 1, 2], 10)[chosen]
    array([0, 0, 1, 1, 2, 2])
    """
    random = generator(seed, "choice")
    classes = np.unique(labels)
    if count < len(classes):
        raise DataError(f"stimuli: {count} are fewer than the {len(classes)} classes; ask for at least one a class")
    shares = np.full(len(classes), count // len(classes))
    shares[random.permutation(len(classes))[: count % len(classes)]] += 1
    chosen = []
    for label, share in zip(classes, shares, strict=True):
        members = np.flatnonzero(labels == label)
        if len(members) < share:
            raise DataError(
                f"stimuli: {count} need {share} held-out images of class {label}, but there are {len(members)}; "
                f"ask for at most {np.bincount(labels)[classes].min() * len(classes)} stimuli, or hold out more"
            )
        chosen.append(np.sort(random.permutation(members)[:share]))
    return np.concatenate(chosen)
