"""Labelled images to compare on: the digits that ship, or the user's own; and their placing on a canvas."""

from compare.datasets.canvas import shifted
from compare.datasets.digits import digits
from compare.datasets.files import load_archive, load_folder, load_images
from compare.datasets.images import ImageSet
from compare.datasets.split import balanced_choice, split

__all__ = ["ImageSet", "balanced_choice", "digits", "load_archive", "load_folder", "load_images", "shifted", "split"]
