"""Files appear whole or not at all, and nothing that is read is executed."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from isocortex.errors import (
    InvalidTypeError,
    InvalidValueError,
    MissingFileError,
    UnreadableFileError,
    UnwritableFileError,
)
from isocortex.files import atomic_path, read_arrays, read_json, size_of, write_arrays, write_json, write_text


def test_arrays_come_back_as_they_were(tmp_path):
    """Dtype, shape and bits survive the way to disk and back."""
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b/c": np.array([True, False])}

    write_arrays(tmp_path / "x.npz", arrays)
    back = read_arrays(tmp_path / "x.npz")

    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_failed_write_leaves_the_old_file(tmp_path):
    """An error in the middle of writing keeps what was there and leaves no litter."""
    path = tmp_path / "x.txt"
    write_text(path, "old")

    def write_half():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_half()

    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.txt"]


def test_json_of_numpy_values_is_plain(tmp_path):
    """NumPy numbers become numbers, NaN becomes null, paths become text."""
    write_json(tmp_path / "x.json", {"a": np.float32(0.5), "b": np.nan, "c": np.arange(2), "d": (1, tmp_path)})

    assert read_json(tmp_path / "x.json") == {"a": 0.5, "b": None, "c": [0, 1], "d": [1, str(tmp_path)]}


@pytest.mark.parametrize("read", [read_json, read_arrays])
def test_missing_file_is_named(tmp_path, read):
    """A path that is not there is named in a FileNotFoundError."""
    with pytest.raises(MissingFileError, match="nowhere") as caught:
        read(tmp_path / "nowhere")

    assert isinstance(caught.value, FileNotFoundError)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 truncated"])
def test_damaged_archive_is_refused(tmp_path, content):
    """An archive that is empty, foreign or truncated is an UnreadableFileError."""
    path = tmp_path / "x.npz"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=r"x\.npz"):
        read_arrays(path)


def test_truncated_archive_is_refused(tmp_path):
    """Losing the second half of a good archive is noticed."""
    path = tmp_path / "x.npz"
    write_arrays(path, {"a": np.arange(1000)})
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(UnreadableFileError, match=r"x\.npz"):
        read_arrays(path)


def test_pickle_is_never_loaded(tmp_path):
    """A pickle inside an archive, or in its place, is refused and its code does not run."""
    trap = tmp_path / "trap"

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(trap),))

    bare = tmp_path / "bare.npz"
    bare.write_bytes(pickle.dumps(Trap()))
    wrapped = tmp_path / "wrapped.npz"
    with wrapped.open("wb") as stream:
        np.savez(stream, a=np.array([Trap()], dtype=object))

    for path in (bare, wrapped):
        with pytest.raises(UnreadableFileError):
            read_arrays(path)
    assert not trap.exists()


def test_objects_are_not_written(tmp_path):
    """An object array is refused before anything is on disk."""
    with pytest.raises(UnreadableFileError, match="'a'"):
        write_arrays(tmp_path / "x.npz", {"a": np.array([{}])})

    assert not list(tmp_path.iterdir())


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path):
    """A zip bomb is recognised by its directory, before it is unpacked."""
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", b"0" * 10**6)

    with pytest.raises(UnreadableFileError, match="1000000 bytes"):
        read_arrays(path, limit=10**5)


def test_archive_that_claims_what_it_does_not_hold_is_refused(tmp_path):
    """A header with a shape beyond all memory, and a member that is no array, are UnreadableFileErrors."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    for name, content in (("a.npy", header.getvalue()), ("a", b"text")):
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
            archive.writestr(name, content)
        with pytest.raises(UnreadableFileError, match=r"x\.npz.*archive"):
            read_arrays(tmp_path / "x.npz")


@pytest.mark.parametrize("flags", [0x01, 0x20, 0x40])
def test_archive_that_claims_to_be_encrypted_or_patched_is_refused(tmp_path, flags):
    """Bits of a member's header that Python answers with a RuntimeError."""
    path = tmp_path / "x.npz"
    write_arrays(path, {"a": np.zeros(3)})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= flags
    content[content.index(b"PK\x01\x02") + 8] |= flags
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=r"x\.npz: not readable"):
        read_arrays(path)


def test_json_is_refused_when_foreign_or_too_large(tmp_path):
    """Text that is not JSON, JSON that is nested without end or above the limit, are UnreadableFileErrors."""
    path = tmp_path / "x.json"
    path.write_text("[" * 100_000)
    with pytest.raises(UnreadableFileError, match="JSON"):
        read_json(path)

    path.write_text("{")
    with pytest.raises(UnreadableFileError, match="JSON"):
        read_json(path)

    path.write_text("[1, 2, 3]")
    with pytest.raises(UnreadableFileError, match="9 bytes"):
        read_json(path, limit=8)


def test_unwritable_place_is_named(tmp_path):
    """A folder that cannot be made is an UnwritableFileError that names the file."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UnwritableFileError, match=r"file/x\.txt"):
        write_text(tmp_path / "file" / "x.txt", "")


def test_a_header_that_ends_too_soon_is_refused(tmp_path):
    """NumPy's own reader of headers gives up with an error of Python's tokenizer."""
    text = b"{'descr': '<f8', 'shape': (3,".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)

    with pytest.raises(UnreadableFileError, match="not readable as an"):
        read_arrays(tmp_path / "a.npz")


def test_a_flag_that_asks_for_a_password_is_refused(tmp_path):
    """A damaged flag names an encryption that nobody used."""
    file = tmp_path / "a.npz"
    write_arrays(file, {"x": np.zeros(3)})
    content = bytearray(file.read_bytes())
    for header in (b"PK\x03\x04", b"PK\x01\x02"):
        place = content.index(header) + (6 if header.endswith(b"\x04") else 8)
        content[place] |= 0x41
    file.write_bytes(content)

    with pytest.raises(UnreadableFileError, match="not readable as an"):
        read_arrays(file)


@pytest.mark.parametrize("ask", [read_arrays, read_json, size_of, lambda path: write_text(path, "x")])
def test_a_path_that_is_none_is_refused(ask):
    """A number would be taken for an open file by the system's own functions."""
    with pytest.raises(InvalidTypeError, match="path: must be a string or a path, got 3"):
        ask(3)


def test_a_folder_is_no_file(tmp_path):
    """It is there, so "no such file" would send people looking for it."""
    with pytest.raises(MissingFileError, match="is a folder, not a file"):
        size_of(tmp_path)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a\0"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name):
    """In reading and in writing, and nothing is left behind."""
    for use in (read_arrays, read_json, lambda path: write_json(path, 1), lambda path: write_arrays(path, {})):
        with pytest.raises(InvalidValueError, match="path: no file can have the name"):
            use(f"{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_no_file(tmp_path):
    """Such a file is not there, and cannot be written."""
    with pytest.raises(MissingFileError, match="no such file"):
        read_json(tmp_path / ("a" * 300))
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        write_json(tmp_path / ("a" * 300), 1)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_unpacks_without_measure_is_refused(tmp_path, compression):
    """An archive's own reader unpacks such a member whole, whatever size it claims."""
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", compression) as archive, archive.open("x.npy", "w") as stream:
        np.lib.format.write_array(stream, np.ones(3))
    with pytest.raises(UnreadableFileError, match=r"x\.npy is compressed as no \.npz archive is"):
        read_arrays(path)


def test_json_of_numbers_without_end_is_refused(tmp_path):
    """Python reads no number of more than 4300 digits."""
    (tmp_path / "x.json").write_text("9" * 5000)
    with pytest.raises(UnreadableFileError, match="not readable as JSON"):
        read_json(tmp_path / "x.json")
