"""Activity on disk: the same numbers as in memory, a chunk at a time, whole or not at all."""

import json
import tracemalloc

import numpy as np
import pytest

import compare
import compare.subjects.collected
import compare.subjects.on_disk
from compare.errors import (
    DataFileError,
    FolderError,
    InvalidActivityError,
    MemoryLimitError,
    MissingFileError,
    UnwritableFileError,
)
from compare.subjects.on_disk import on_disk
from compare.subjects.source import Source

RNG = np.random.default_rng(0)
LAYERS = {"../conv 1": RNG.normal(size=(11, 6)).astype(np.float32), "dense": RNG.normal(size=(11, 2, 4))}


@pytest.mark.parametrize("chunk", [None, 1, 4, 11, 50])
def test_numbers_are_those_in_memory(tmp_path, chunk):
    """Read-only memory maps in the order of the layers, whatever the names look like."""
    found = compare.activity(LAYERS, chunk=chunk, out=tmp_path / "kept")
    expected = compare.activity(LAYERS)

    assert list(found) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert isinstance(found[name], np.memmap)
        assert not found[name].flags.writeable
    assert {file.name for file in tmp_path.iterdir()} == {"kept"}


def test_a_folder_is_a_subject(tmp_path):
    """What was kept is opened again; layers= chooses; it may be kept elsewhere."""
    compare.activity(LAYERS, out=tmp_path / "kept")
    again = compare.activity(tmp_path / "kept")
    copy = compare.activity(tmp_path / "kept", out=tmp_path / "copy", layers="dense")

    assert isinstance(again["dense"], np.memmap)
    np.testing.assert_array_equal(again["dense"], LAYERS["dense"])
    assert list(copy) == ["dense"]
    np.testing.assert_array_equal(copy["dense"], LAYERS["dense"])


def test_measures_and_maps_take_memory_maps(tmp_path):
    """The same numbers as from memory."""
    layers = {"a": RNG.normal(size=(30, 20)), "b": RNG.normal(size=(30, 20))}
    kept = compare.activity(layers, chunk=7, out=tmp_path / "kept")
    options = {"bootstrap": 100, "permutations": 100}

    np.testing.assert_array_equal(compare.rdm(kept["a"]), compare.rdm(layers["a"]))
    assert compare.cka(kept["a"], kept["b"]) == compare.cka(layers["a"], layers["b"])
    np.testing.assert_array_equal(
        compare.map_layers(kept, kept, **options).low, compare.map_layers(layers, layers, **options).low
    )


def test_memory_is_that_of_a_chunk(tmp_path):
    """However many stimuli: the peak is less than two chunks, of 64 in the end."""
    units, chunk, count = 20_000, 4, 64
    one = chunk * units * 8

    def rows(start, stop):
        return {"a": np.full((stop - start, units // 2), float(start)), "b": np.ones((stop - start, units // 2))}

    source = Source("network", chunk * count, rows, layers=True)
    on_disk(source, tmp_path / "warm", chunk, None)
    tracemalloc.start()
    try:
        found = on_disk(source, tmp_path / "kept", chunk, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert one < peak < 2 * one
    assert found["a"].nbytes + found["b"].nbytes == count * one
    assert found["a"][-1, 0] == chunk * (count - 1)


def test_what_was_kept_before_is_replaced_and_nothing_else(tmp_path):
    """Maps that are open still hold the old numbers; a folder with anything else in it is refused."""
    old = compare.activity({"a": np.zeros((3, 2))}, out=tmp_path / "kept")
    new = compare.activity({"b": np.ones((4, 2))}, out=tmp_path / "kept")

    assert old["a"].max() == 0
    assert list(compare.activity(tmp_path / "kept")) == ["b"] == list(new)
    (tmp_path / "kept" / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match=r"holds 'thesis\.txt', which was not written here"):
        compare.activity(LAYERS, out=tmp_path / "kept")
    with pytest.raises(FolderError, match="is a file"):
        compare.activity(LAYERS, out=tmp_path / "kept" / "thesis.txt")
    assert list(compare.activity(tmp_path / "kept")) == ["b"]


def test_what_fails_halfway_leaves_what_was_there(tmp_path):
    """A NaN in the last chunk: the folder kept before is untouched, and nothing lies beside it."""
    compare.activity(LAYERS, out=tmp_path / "kept")
    bad = np.ones((9, 3))
    bad[8, 1] = np.nan
    with pytest.raises(InvalidActivityError, match="counted from number 8"):
        compare.activity({"a": bad}, chunk=4, out=tmp_path / "kept")

    assert list(compare.activity(tmp_path / "kept")) == list(LAYERS)
    assert {file.name for file in tmp_path.iterdir()} == {"kept"}


def test_layers_that_change_from_chunk_to_chunk_are_named(tmp_path):
    """In size or in number, on disk and in memory."""
    for rows in (
        lambda start, stop: {"a": np.ones((stop - start, 2)), "b": np.ones((stop - start, 2 + start))},
        lambda start, stop: {"a": np.ones((stop - start, 2)), **({"b": np.ones((stop - start, 2))} if start else {})},
    ):
        source = Source("network", 6, rows, layers=True)
        with pytest.raises(InvalidActivityError, match=r"network\['b'\]: differs in size between stimuli 0 and 3"):
            on_disk(source, tmp_path / "kept", 3, None)
        with pytest.raises(InvalidActivityError, match=r"network\['b'\]: differs"):
            compare.subjects.collected.in_memory(source, 3, None)
    with pytest.raises(InvalidActivityError, match="gave 2 answers to 6 stimuli"):
        Source("network", 6, lambda start, stop: {"a": np.ones((2, 2))}, layers=True).read(0, 6)


def test_memory_and_disk_are_asked_before_they_are_taken(tmp_path, monkeypatch):
    """The error says how much is needed, and what to do; no folder is left."""
    layers = {"a": np.ones((100, 1000))}
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 100_000)
    with pytest.raises(
        MemoryLimitError, match=r"a chunk of 50 stimuli: needs about .*97.7 KiB are free; take a smaller"
    ):
        compare.activity(layers, chunk=50, out=tmp_path / "kept")
    source = Source("network", 100, lambda start, stop: {"a": np.ones((stop - start, 1000))}, layers=True)
    with pytest.raises(MemoryLimitError, match=r"network: needs about .*keep it on disk with out="):
        compare.subjects.collected.in_memory(source, 2, None)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    with pytest.raises(MemoryLimitError, match="of disk, 1000 B are free"):
        compare.activity(layers, chunk=2, out=tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []


def test_chunks_fill_a_gibibyte_at_most(monkeypatch):
    """By default; whoever asks for more gets it."""
    monkeypatch.setattr("compare.subjects.collected.FILL", 100)
    asked = []

    def rows(start, stop):
        asked.append(stop - start)
        return {"a": np.ones((stop - start, 3))}

    source = Source("network", 9, rows, layers=True)
    compare.subjects.collected.in_memory(source, None, None)
    assert asked == [1, 4, 4, 1]
    asked.clear()
    compare.subjects.collected.in_memory(source, 8, None)
    assert asked == [1, 8, 1]


def test_folders_that_are_damaged_are_refused(tmp_path):
    """No index, a foreign one, one that leads elsewhere, a truncated or foreign array, stimuli that differ."""
    kept = tmp_path / "kept"
    compare.activity(LAYERS, out=kept)
    index = json.loads((kept / "activity.json").read_text())
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="empty: holds no activity that activity"):
        compare.activity(tmp_path / "empty")
    for change in ({"format": "another"}, {"files": {"a": "../../secret.npy"}}, {"files": {}}, {"files": [1]}):
        (kept / "activity.json").write_text(json.dumps({**index, **change}))
        with pytest.raises(DataFileError, match="holds no activity that was kept here"):
            compare.activity(kept)
    (kept / "activity.json").write_text("[]")
    with pytest.raises(DataFileError, match="holds no activity that was kept here"):
        compare.activity(kept)
    (kept / "activity.json").write_text(json.dumps(index))
    file = kept / index["files"]["dense"]
    content = file.read_bytes()
    for damaged in (content[:40], content[:-8], b"nothing"):
        file.write_bytes(damaged)
        with pytest.raises(DataFileError, match=r"dense\.npy: not readable as an array"):
            compare.activity(kept)
    np.save(file, np.ones(11))
    with pytest.raises(DataFileError, match=r"holds shape \(11,\)"):
        compare.activity(kept)
    np.save(file, np.ones((10, 4)))
    with pytest.raises(DataFileError, match="different numbers of stimuli"):
        compare.activity(kept)


def test_progress_counts_stimuli(tmp_path):
    """Each chunk as it is done, on disk and in memory."""
    for out in (tmp_path / "kept", None):
        seen = []

        def opened(total, description, seen=seen):
            seen.append(total)
            return seen.append

        subject = Source("network", 5, lambda start, stop: {"a": np.ones((stop - start, 2))}, layers=True)
        if out is None:
            compare.subjects.collected.in_memory(subject, 2, opened)
        else:
            on_disk(subject, out, 2, opened)
        assert seen == [5, 2, 2, 1]


def test_a_map_holds_one_layer_at_a_time(tmp_path):
    """Twelve layers on disk, one of them in memory; so what is mapped may be larger than memory."""
    stimuli, units = 40, 20_000
    rng = np.random.default_rng(0)
    layers = compare.activity(
        {f"layer{n}": rng.normal(size=(stimuli, units)) for n in range(12)}, out=tmp_path / "kept"
    )
    regions = {"V1": rng.normal(size=(stimuli, 30))}
    options = {"bootstrap": 100, "permutations": 100, "threads": 1}
    compare.map_layers(regions, regions, **options)
    tracemalloc.start()
    try:
        compare.map_layers(layers, regions, **options)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * layers["layer0"].nbytes


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file stands in the way."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        compare.activity(LAYERS, out=tmp_path / "file" / "kept")
    assert (tmp_path / "file").read_text() == "mine"
