"""The data sets that ship and the user's own images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compare.datasets import ImageSet, balanced_choice, digits, load_images, shifted, split
from compare.errors import DataError, DataFileError
from isocortex.errors import InvalidValueError, MissingFileError, UnreadableFileError


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Make a folder of two classes with three pictures of 6 x 5 pixels each."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for index in range(3):
            pixels = random.integers(0, 256, (5, 6, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{index}.png")
    return tmp_path


def archive(folder: Path, **arrays: np.ndarray) -> Path:
    """Write an archive of the user's own images."""
    np.savez(folder / "own.npz", **arrays)
    return folder / "own.npz"


def test_digits_are_ten_thousand_of_ten_classes() -> None:
    """The digits that ship are whole: shape, range, classes, and every class in both halves."""
    data = digits()
    assert data.images.shape == (10_000, 28, 28)
    assert data.images.min() == 0
    assert data.images.max() == 1
    assert data.classes == tuple("0123456789")
    train, held_out = split(data)
    assert set(data.labels[train]) == set(data.labels[held_out]) == set(range(10))
    assert np.array_equal(np.concatenate([train, held_out]), np.arange(10_000))


def test_shifting_moves_an_image_and_changes_nothing_else() -> None:
    """A shifted image is the image itself, found at its stated place on an empty canvas."""
    images = digits().images[:50]
    stimuli, positions = shifted(images, canvas=40, max_shift=6, seed=3)
    assert stimuli.dtype == np.float32
    for image, stimulus, (down, right) in zip(images, stimuli[..., 0], positions, strict=True):
        assert np.array_equal(stimulus[6 + down : 34 + down, 6 + right : 34 + right], image)
        assert stimulus.sum() == pytest.approx(image.sum(), rel=1e-5)


def test_every_shift_is_equally_likely() -> None:
    """Over many images each of the 13 shifts along an axis comes up about as often."""
    _, positions = shifted(np.zeros((13_000, 1, 1), np.float32), canvas=13, max_shift=6, seed=0)
    counts = np.array([np.bincount(axis + 6, minlength=13) for axis in positions.T])
    assert np.abs(counts - 1000).max() < 150  # five standard deviations


def test_the_same_seed_gives_the_same_positions() -> None:
    """Positions are a function of the seed alone."""
    images = np.zeros((20, 4, 4), np.float32)
    first, second, other = (shifted(images, 12, 4, seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_no_shift_centres() -> None:
    """With a largest shift of 0 every image stands at the centre."""
    stimuli, positions = shifted(np.ones((2, 4, 4), np.float32), canvas=8, max_shift=0)
    assert not positions.any()
    assert stimuli[0, 2:6, 2:6].all()


def test_bytes_and_reals_give_the_same_stimuli() -> None:
    """Images in 0..255 and the same in 0..1 are the same stimuli."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 4), dtype=np.uint8)
    real = pixels.astype(np.float32) / np.float32(255)
    assert np.array_equal(shifted(pixels, 8, 2)[0], shifted(real, 8, 2)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 28, 28), 40, 7), "set canvas to at least 42"),
        (((2, 28, 30), 40, 6), "30 pixels wide"),
        (((2, 28), 40, 6), "must have shape"),
    ],
)
def test_a_canvas_too_small_is_refused(arguments: tuple[tuple[int, ...], int, int], message: str) -> None:
    """An image that would leave the canvas is refused with the size that would do."""
    shape, canvas, max_shift = arguments
    with pytest.raises(DataError, match=message):
        shifted(np.zeros(shape, np.float32), canvas, max_shift)


def test_a_negative_shift_is_refused() -> None:
    """A largest shift below 0 is refused."""
    with pytest.raises(InvalidValueError, match="max_shift: must not be negative, got -1"):
        shifted(np.zeros((1, 4, 4), np.float32), 8, -1)


def test_split_keeps_the_shares_of_classes() -> None:
    """A set without its own division is divided class by class, without overlap, by the seed."""
    labels = np.repeat(["a", "b"], [40, 10])
    data = ImageSet.of("x", np.zeros((50, 4, 4), np.uint8), labels)
    train, held_out = split(data, 0.2, seed=1)
    assert np.bincount(data.labels[held_out]).tolist() == [8, 2]
    assert sorted([*train, *held_out]) == list(range(50))
    assert not np.array_equal(held_out, split(data, 0.2, seed=2)[1])


def test_held_out_digits_are_never_training_digits() -> None:
    """A smaller share of the digits is still taken from the last 2,000, which no model was chosen on."""
    train, held_out = split(digits(), 0.1)
    assert (train.max(), held_out.min(), len(held_out)) == (7999, 8000, 1000)


@pytest.mark.parametrize(("share", "message"), [(0.0, "between 0 and 1"), (1.0, "between"), (0.3, "only 2000 may be")])
def test_a_share_that_cannot_be_held_out_is_refused(share: float, message: str) -> None:
    """Nothing, everything, or more than the set holds out is refused."""
    with pytest.raises(DataError, match=message):
        split(digits(), share)


def test_a_class_of_one_image_cannot_be_divided() -> None:
    """A class with too few images for both sides is named."""
    data = ImageSet.of("x", np.zeros((11, 4, 4), np.uint8), ["a"] * 10 + ["b"])
    with pytest.raises(DataError, match="class 'b' has 1 images"):
        split(data, 0.2)


def test_stimuli_are_chosen_evenly() -> None:
    """Every class gets its share and a remainder is spread, without an image twice."""
    labels = np.random.default_rng(0).integers(0, 10, 2000)
    chosen = balanced_choice(labels, 203, seed=0)
    counts = np.bincount(labels[chosen])
    assert len(np.unique(chosen)) == 203
    assert (counts.min(), counts.max()) == (20, 21)
    assert (np.diff(labels[chosen]) >= 0).all()


@pytest.mark.parametrize(("count", "message"), [(1, "at least one a class"), (20, "but there are 5")])
def test_too_few_images_for_the_stimuli_are_refused(count: int, message: str) -> None:
    """Fewer stimuli than classes, or more than a class has, are refused."""
    with pytest.raises(DataError, match=message):
        balanced_choice(np.repeat([0, 1], [5, 50]), count)


def test_an_archive_of_colour_images_becomes_luminance(tmp_path: Path) -> None:
    """Colours are weighted by Rec. 601; names of classes are kept."""
    images = np.zeros((4, 6, 5, 3))
    images[..., 1] = 1.0
    data = load_images(archive(tmp_path, images=images, labels=np.array(["b", "a", "b", "a"])))
    assert data.images.shape == (4, 6, 5)
    assert np.allclose(data.images, 0.587)
    assert [data.classes[label] for label in data.labels] == ["b", "a", "b", "a"]


def test_an_archive_is_resized_on_demand(tmp_path: Path) -> None:
    """Resizing brings every image to the size asked for and keeps a uniform image uniform."""
    images = np.full((3, 6, 5), 0.25, np.float32)
    data = load_images(archive(tmp_path, images=images, labels=np.array([0, 1, 1])), resize=8)
    assert data.images.shape == (3, 8, 8)
    assert np.allclose(data.images, 0.25)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((4, 6)), [0, 1, 0, 1], r"must have shape .* got \(4, 6\)"),
        (np.zeros((4, 6, 6, 4)), [0, 1, 0, 1], "must have shape"),
        (np.zeros((0, 6, 6)), [], "must have shape"),
        (np.zeros((4, 6, 6), np.int64), [0, 1, 0, 1], "must be uint8 .* got int64"),
        (np.full((4, 6, 6), np.nan), [0, 1, 0, 1], "image 0 holds NaN"),
        (np.full((4, 6, 6), 7.0), [0, 1, 0, 1], "must lie in 0 to 1, got 7 to 7"),
        (np.zeros((4, 6, 6)), [0, 1, 0], r"4 images need 4 labels, got an array of shape \(3,\)"),
        (np.zeros((4, 6, 6)), [0.5, 1, 0, 1], "whole numbers or names, got float64"),
        (np.zeros((4, 6, 6)), [2, 2, 2, 2], "every label is 2"),
    ],
)
def test_images_that_cannot_be_used_are_named(
    tmp_path: Path, images: np.ndarray, labels: list[float], message: str
) -> None:
    """Wrong shapes and types, NaN, wrong ranges, labels of another length and a single class are told apart."""
    path = archive(tmp_path, images=images, labels=np.array(labels))
    with pytest.raises(DataError, match=message) as caught:
        load_images(path)
    assert "own.npz" in str(caught.value)


def test_an_archive_without_labels_says_what_it_holds(tmp_path: Path) -> None:
    """A missing array is named beside those that are there."""
    with pytest.raises(DataError, match=r"no array 'labels' \(it holds images\)"):
        load_images(archive(tmp_path, images=np.zeros((4, 6, 6))))


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    """An archive of nothing is told apart from one of other things."""
    with pytest.raises(DataError, match=r"no array 'images' \(it is empty\)"):
        load_images(archive(tmp_path))


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """Nothing there, no archive, and a file of another kind each have their own line."""
    with pytest.raises(MissingFileError, match="no such file"):
        load_images(tmp_path / "none.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK not really")
    with pytest.raises(UnreadableFileError, match=r"broken\.npz"):
        load_images(tmp_path / "broken.npz")
    (tmp_path / "own.csv").write_text("1,2")
    with pytest.raises(DataFileError, match=r"own\.csv: images are read from"):
        load_images(tmp_path / "own.csv")
    with pytest.raises(DataError, match="resize: must be at least 1"):
        load_images(tmp_path, resize=0)


def test_objects_in_an_archive_are_not_unpickled(tmp_path: Path) -> None:
    """An archive of Python objects is refused, not run."""
    path = archive(tmp_path, images=np.array([{"a": 1}], dtype=object), labels=np.array([0]))
    with pytest.raises(UnreadableFileError):
        load_images(path)


def test_a_folder_of_pictures_has_its_subfolders_as_classes(pictures: Path) -> None:
    """Pictures become luminance, classes are the names of the folders."""
    data = load_images(pictures)
    assert data.images.shape == (6, 5, 6)
    assert data.classes == ("cat", "dog")
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    expected = np.asarray(Image.open(pictures / "cat" / "0.png").convert("L")) / 255
    assert np.allclose(data.images[0], expected)


def test_pictures_of_two_sizes_need_a_resize(pictures: Path) -> None:
    """A picture of another size is named; with a resize all come to one size."""
    Image.new("L", (9, 9)).save(pictures / "dog" / "9.jpeg")
    with pytest.raises(DataError, match=r"9\.jpeg: is 9 x 9 pixels, but .*0\.png is 6 x 5; set resize"):
        load_images(pictures)
    assert load_images(pictures, resize=7).images.shape == (7, 7, 7)


def test_folders_that_cannot_be_used_are_named(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A damaged picture, an empty class, and a folder without classes are each named."""
    (pictures / "dog" / "x.png").write_bytes(b"no picture")
    with pytest.raises(DataFileError, match=r"x\.png: not readable as a PNG or JPEG"):
        load_images(pictures)
    (pictures / "ant").mkdir()
    with pytest.raises(DataError, match=r"ant: holds no \.png"):
        load_images(pictures)
    with pytest.raises(DataError, match="at least two of them, found 0"):
        load_images(tmp_path_factory.mktemp("empty"))


def test_loading_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A missing folder is told apart from a missing archive."""
    from compare.datasets import load_folder

    with pytest.raises(MissingFileError, match="no such folder"):
        load_folder(tmp_path / "none")
