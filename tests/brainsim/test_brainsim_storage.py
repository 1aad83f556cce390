"""Recordings as files: what is damaged, foreign or hostile is refused."""

import json

import numpy as np
import pytest

from brainsim import Recording
from brainsim.errors import RecordingFileError
from brainsim.recording import Spikes, Trace
from isocortex.errors import MissingFileError, UnwritableFileError
from isocortex.files import read_arrays, write_arrays


@pytest.fixture
def path(tmp_path):
    """Give a saved recording of one population with two spikes."""
    recording = Recording(
        brain="b",
        dt=0.5,
        steps=20,
        stimulus_ids=(7,),
        trials=1,
        seed=0,
        spike_counts={"a.E": np.array([[[1, 1]]], np.int32)},
        first_steps={"a.E": np.array([[[3, 5]]], np.int32)},
        spike_lists={"a.E": Spikes(np.array([0, 2]), np.array([3, 5], np.int32), np.array([0, 1], np.uint32))},
        traces={("a.E", "v"): Trace(np.zeros((1, 1, 4, 2)), np.array([0, 1]), 5, "mV")},
        start_step=100,
    )
    file = tmp_path / "one.npz"
    recording.save(file)
    return file


def described(**changes):
    """Give a change of the described part."""

    def change(arrays):
        content = json.loads(arrays["recording"].tobytes()) | changes
        arrays["recording"] = np.frombuffer(json.dumps(content).encode(), np.uint8)

    return change


def array(name, value):
    """Give a change of one array."""
    return lambda arrays: arrays.update({name: np.asarray(value)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (described(format="pickle"), "is of format 'pickle', this version reads"),
        (described(dt=-1), "must be positive"),
        (described(start_step=-1), "must not be negative"),
        (described(trials=3), "counts of shape"),
        (described(populations=["a.E", "a.I"]), "damaged"),
        (described(stimulus_ids=None), "damaged"),
        (described(dt=float("inf")), "must be positive"),
        (described(steps=float("inf")), "damaged"),
        (described(populations="a"), "populations must be a list"),
        (described(keep="all"), "keep 'spikes' or 'counts'"),
        (described(traces=[["a.E", "v", 5, "furlong", 0]]), "in 'furlong'"),
        (array("recording", [1, 2, 3]), "not a recording"),
        (array("counts/0", [[[1.5, 1]]]), "whole numbers"),
        (array("counts/0", [[[2, 1]]]), "do not agree with counts"),
        (array("first/0", [[[3, 20]]]), "first spikes outside the trial"),
        (array("steps/0", [3]), "different lengths"),
        (array("steps/0", [3, 99]), "outside the trial or the population"),
        (array("units/0", [0, 2]), "outside the trial or the population"),
        (array("trace/0", np.zeros((1, 1, 4, 3))), "trace of shape"),
        (lambda arrays: arrays.pop("offsets/0"), "damaged"),
        (lambda arrays: arrays.pop("recording"), "not a recording"),
    ],
)
def test_files_that_contradict_themselves_are_refused(path, change, message):
    """Every array is held against the others before anybody sees it."""
    arrays = read_arrays(path)
    change(arrays)
    write_arrays(path, arrays)

    with pytest.raises(RecordingFileError, match=message):
        Recording.load(path)


def test_what_was_saved_is_loaded(path):
    """The spikes at their times."""
    times, units = Recording.load(path).spikes("a.E")

    assert (times.tolist(), units.tolist()) == ([51.5, 52.5], [0, 1])


def test_a_truncated_file_is_refused(path):
    """Half a file is none."""
    path.write_bytes(path.read_bytes()[:500])

    with pytest.raises(RecordingFileError, match="not readable as an"):
        Recording.load(path)


def test_a_missing_file_says_so(tmp_path):
    """The path is named."""
    with pytest.raises(MissingFileError, match=r"nowhere.npz: no such file"):
        Recording.load(tmp_path / "nowhere.npz")


def test_a_file_that_cannot_be_written_says_so(path):
    """A file is no folder."""
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        Recording.load(path).save(path / "inside.npz")
