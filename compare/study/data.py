"""The images of a study: divided, placed on the canvas, and some of the held-out ones chosen as stimuli."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.datasets import ImageSet, balanced_choice, digits, load_images, shifted, split
from compare.errors import DataError
from compare.settings import StudySettings
from compare.study.stage import Workspace
from isocortex.errors import MissingFileError, nearest
from isocortex.seeds import child_seed

__all__ = ["Images", "images", "prepare", "run_data"]

STIMULI = "activity/stimuli.npz"
FULL_RANK = ("cca", "pwcca")  # measures that see nothing but 1 where dimensions reach the stimuli


@dataclass(frozen=True, eq=False)
class Images:
    """Images on their canvas, (image, height, width, 1) in [0, 1], with labels and positions.

    `chosen` says which of the held-out images are the stimuli that both sides are shown.
    """

    source: ImageSet
    train: np.ndarray
    train_labels: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray
    positions: np.ndarray
    chosen: np.ndarray

    @property
    def stimuli(self) -> np.ndarray:
        """The stimuli, shape (stimulus, height, width, 1)."""
        return self.held_out[self.chosen]

    @property
    def labels(self) -> np.ndarray:
        """The class of each stimulus."""
        return self.held_out_labels[self.chosen]


def prepare(settings: StudySettings) -> Images:
    """Load, divide and place the images of a study.

    Raises
    ------
    MissingFileError, UnreadableFileError, DataError
        If the images cannot be read or used, or are too few for what the study asks.
    """
    about, seed = settings.data, child_seed(settings.study.seed, "data", settings.data.seed)
    _check_measures(settings)
    source = _load(settings)
    train, held_out = split(source, about.held_out, seed)
    placed, _ = shifted(source.images[train], about.canvas, about.max_shift, child_seed(seed, "train"))
    shown, positions = shifted(source.images[held_out], about.canvas, about.max_shift, child_seed(seed, "held out"))
    chosen = balanced_choice(source.labels[held_out], about.stimuli, seed)
    fewest = int(np.bincount(source.labels[held_out][chosen]).min())
    if fewest < settings.comparison.folds:
        raise DataError(
            f"[data] stimuli: {about.stimuli} give {fewest} of a class, fewer than the {settings.comparison.folds} "
            "folds of the readout; ask for more stimuli or fewer folds"
        )
    return Images(source, placed, source.labels[train], shown, source.labels[held_out], positions[chosen], chosen)


def _check_measures(settings: StudySettings) -> None:
    """Refuse too few stimuli for a measure before anything is computed."""
    from compare.measures.named import measure_named

    for name in settings.comparison.measures:
        needed = measure_named(name).least_stimuli
        if settings.data.stimuli < needed:
            raise DataError(
                f"[data] stimuli: {settings.data.stimuli} are too few for the measure {name!r}, which needs {needed}; "
                "ask for more stimuli or for another measure"
            )
        pixels = settings.data.canvas**2  # a row of every comparison
        if name in FULL_RANK and pixels >= settings.data.stimuli - 1:
            raise DataError(
                f"[comparison] measures: {name!r} asks for fewer dimensions than stimuli, but the pixels alone have "
                f"{pixels} before {settings.data.stimuli} stimuli; take 'svcca' or 'cka'"
            )


def images(work: Workspace) -> Images:
    """Give the study's images, made once a process."""
    return work.once("images", lambda: prepare(work.settings))


def run_data(work: Workspace) -> dict[str, Any]:
    """Choose and place the images."""
    data, about = images(work), work.settings.data
    work.save(STIMULI, {"images": data.stimuli, "labels": data.labels, "positions": data.positions})
    return {
        "data": {
            "name": data.source.name,
            "origin": data.source.origin,
            "licence": data.source.licence,
            "train": len(data.train),
            "held_out": len(data.held_out),
            "stimuli": len(data.chosen),
            "classes": list(data.source.classes),
            "canvas": [about.canvas, about.canvas],
            "max_shift": about.max_shift,
            "checksum": _checksum(data.source),
        }
    }


def _checksum(source: ImageSet) -> str:
    """Tell images apart by what they hold: later stages depend on it, since they read the images again."""
    digest = hashlib.blake2b(source.images.tobytes(), digest_size=16)
    digest.update(source.labels.tobytes() + repr(source.classes).encode())
    return digest.hexdigest()


def _load(settings: StudySettings) -> ImageSet:
    about = settings.data
    if about.images == "digits":
        return digits()
    try:
        return load_images(about.images, about.resize or None)
    except MissingFileError as error:
        name = about.images.replace("\\", "/").rsplit("/", 1)[-1]
        hint = f"; {nearest(name, ['digits'])}" if "did you mean" in nearest(name, ["digits"]) else ""
        raise MissingFileError(f"[data] images: {error}{hint}") from None
