"""The user's own images: an ``.npz`` archive, or a folder of pictures with one subfolder a class."""

import os
import warnings
from pathlib import Path

import numpy as np

from compare.datasets.images import ImageSet, check_images
from compare.errors import DataError, DataFileError
from isocortex.errors import MissingFileError
from isocortex.files import read_arrays

__all__ = ["load_archive", "load_folder", "load_images"]

SUFFIXES = (".png", ".jpg", ".jpeg")


def load_images(path: str | os.PathLike[str], resize: int | None = None) -> ImageSet:
    """Load the user's own labelled images, from an archive or a folder.

    Parameters
    ----------
    path : path-like
        An ``.npz`` file (see `load_archive`) or a folder (see `load_folder`).
    resize : int, optional
        Height and width in pixels that every image is brought to; without it all must have one size.

    Raises
    ------
    MissingFileError
        If there is nothing at `path`.
    DataFileError, DataError, UnreadableFileError
        If what is there cannot be read or used.
    """
    place = Path(path)
    if resize is not None and resize < 1:
        raise DataError(f"resize: must be at least 1 pixel, got {resize}")
    if place.is_dir():
        return load_folder(place, resize)
    if place.suffix == ".npz" or not place.exists():
        return load_archive(place, resize)
    raise DataFileError(f"{place}: images are read from an .npz file or from a folder of PNG or JPEG files")


def load_archive(path: str | os.PathLike[str], resize: int | None = None) -> ImageSet:
    """Load an ``.npz`` file with the arrays `images` and `labels`.

    `images` has shape (image, height, width) or (image, height, width, 3), uint8 in 0..255 or real in [0, 1];
    colours become luminance. `labels` holds one whole number or name an image.
    """
    stored = read_arrays(path)
    for wanted in ("images", "labels"):
        if wanted not in stored:
            raise DataError(f"{path}: holds no array {wanted!r} ({_names(stored)})")
    images = check_images(str(path), stored["images"])
    if resize is not None:
        from PIL import Image

        images = np.stack(
            [np.asarray(Image.fromarray(image).resize((resize, resize), _smooth())) for image in images]
        ).clip(0, 1)
    return ImageSet.of(str(path), images, stored["labels"])


def load_folder(path: str | os.PathLike[str], resize: int | None = None) -> ImageSet:
    """Load a folder of PNG and JPEG files with one subfolder a class; colours become luminance."""
    folder = Path(path)
    if not folder.is_dir():
        raise MissingFileError(f"{folder}: no such folder")
    groups = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(groups) < 2:
        raise DataError(f"{folder}: needs one subfolder a class and at least two of them, found {len(groups)}")
    images: list[np.ndarray] = []
    labels: list[str] = []
    first: Path | None = None
    for group in groups:
        files = sorted(file for file in group.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            raise DataError(f"{group}: holds no {', '.join(SUFFIXES)} file")
        for file in files:
            image = _picture(file, resize)
            if first is not None and image.shape != images[0].shape:
                raise DataError(
                    f"{file}: is {_size(image)} pixels, but {first} is {_size(images[0])}; "
                    "set resize to bring all to one size"
                )
            first = first or file
            images.append(image)
            labels.append(group.name)
    return ImageSet.of(str(folder), np.stack(images), labels)


def _picture(file: Path, resize: int | None) -> np.ndarray:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=("PNG", "JPEG")) as opened:
                picture = ImageOps.exif_transpose(opened).convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataFileError(f"{file}: not readable as a PNG or JPEG picture ({error})") from error
    if resize is not None:
        picture = picture.resize((resize, resize), _smooth())
    return np.asarray(picture)


def _smooth() -> int:
    from PIL import Image

    return Image.Resampling.BILINEAR


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"


def _names(stored: dict[str, np.ndarray]) -> str:
    return f"it holds {', '.join(sorted(stored))}" if stored else "it is empty"
