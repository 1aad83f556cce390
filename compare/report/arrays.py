"""The arrays that some figures are drawn from; every one may be missing."""

from pathlib import Path

import numpy as np

from isocortex.files import read_arrays

__all__ = ["STORES", "load_arrays"]

STORES = ("network", "regions", "stimuli", "example", "filters")


def load_arrays(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Read ``network.npz``, ``regions.npz``, ``stimuli.npz``, ``example.npz`` and ``filters.npz``.

    Parameters
    ----------
    folder : pathlib.Path
        The folder ``activity`` of a study's output.

    Returns
    -------
    dict of str to dict of str to numpy.ndarray
        Store -> its arrays; a store whose file is missing is empty.

    Raises
    ------
    UnreadableFileError
        If a file is there but damaged.
    """
    return {name: read_arrays(folder / f"{name}.npz") if (folder / f"{name}.npz").is_file() else {} for name in STORES}
