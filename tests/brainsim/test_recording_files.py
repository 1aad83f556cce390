"""Recordings as files: what is saved is loaded; what is damaged, foreign or hostile is refused."""

import dataclasses
import json

import h5py
import numpy as np
import pytest
import xarray
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainsim import Recording
from brainsim.errors import KindError, MemoryLimitError, ParameterError, RecordingFileError
from brainsim.recording import Spikes, Trace, netcdf
from brainsim.recording.check import check_recording
from isocortex.errors import MissingFileError, UnwritableFileError
from isocortex.files import read_arrays, write_arrays


def recording():
    """Give one population with two spikes, its potentials and the weights of its synapses."""
    return Recording(
        brain="b",
        dt=0.5,
        steps=20,
        stimulus_ids=(7,),
        trials=1,
        seed=2**70,
        spike_counts={"a.E": np.array([[[1, 1]]], np.int32)},
        first_steps={"a.E": np.array([[[3, 5]]], np.int32)},
        spike_lists={"a.E": Spikes(np.array([0, 2]), np.array([3, 5], np.int32), np.array([0, 1], np.uint32))},
        traces={("a.E", "v"): Trace(np.arange(8.0).reshape(1, 1, 4, 2), np.array([0, 1]), 5, "mV")},
        start_step=100,
        synapse_traces={("a -> b/c", "w"): Trace(np.ones((1, 1, 2, 3)), np.array([4, 5, 9]), 10, "nS", 2)},
    )


@pytest.fixture
def path(tmp_path):
    """Give the archive of a saved recording."""
    file = tmp_path / "one.npz"
    recording().save(file)
    return file


@pytest.fixture
def nc(tmp_path):
    """Give the netCDF file of a saved recording."""
    file = tmp_path / "one.nc"
    recording().save(file)
    return file


@pytest.mark.parametrize("suffix", [".npz", ".nc"])
def test_what_was_saved_is_loaded(tmp_path, suffix):
    """Every array with its type, every number, in both formats."""
    saved, file = recording(), tmp_path / f"one{suffix}"
    saved.save(file)
    loaded = Recording.load(file)

    for name in ("brain", "dt", "steps", "stimulus_ids", "trials", "seed", "start_step", "keep", "populations"):
        assert getattr(loaded, name) == getattr(saved, name)
    for one, other in zip(arrays_of(saved), arrays_of(loaded), strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert [(trace.every, trace.unit, trace.first) for trace in loaded.synapse_traces.values()] == [(10, "nS", 2)]
    assert list(loaded.synapse_traces) == [("a -> b/c", "w")]
    assert loaded.spikes("a.E")[0].tolist() == [51.5, 52.5]


def arrays_of(one):
    """List the arrays of a recording."""
    spikes = (one.spike_lists or {}).values()
    traces = [*one.traces.values(), *one.synapse_traces.values()]
    return [
        *one.spike_counts.values(),
        *one.first_steps.values(),
        *(array for its in spikes for array in (its.offsets, its.steps, its.units)),
        *(array for its in traces for array in (its.values, its.units)),
    ]


@pytest.mark.parametrize("suffix", [".npz", ".nc"])
def test_counts_without_spikes_and_silence_are_saved_too(tmp_path, suffix):
    """No spikes at all, and no spikes kept."""
    silent = dataclasses.replace(
        recording(),
        spike_counts={"a.E": np.zeros((1, 1, 2), np.int32)},
        first_steps={"a.E": np.full((1, 1, 2), -1, np.int32)},
        spike_lists={"a.E": Spikes(np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint32))},
        traces={},
    )
    for kept in (silent, dataclasses.replace(silent, spike_lists=None)):
        kept.save(tmp_path / f"silent{suffix}")
        loaded = Recording.load(tmp_path / f"silent{suffix}")

        assert loaded.keep == kept.keep
        assert loaded.counts()["a.E"].values.sum() == 0


def test_any_reader_of_netcdf_understands_the_file(nc):
    """Plain xarray gives times in ms and potentials in mV, with their units and axes; nothing of ours is needed."""
    spikes = xarray.open_dataset(nc, group="populations/a.E", engine="h5netcdf")
    potential = xarray.open_dataset(nc, group="traces/0", engine="h5netcdf")
    weights = xarray.open_dataset(nc, group="synapses/0", engine="h5netcdf")

    assert spikes["spike_time"].values.tolist() == [51.5, 52.5]
    assert spikes["spike_time"].attrs["units"] == "ms"
    assert spikes["first_spike"].dims == ("stimulus", "trial", "unit")
    assert spikes["first_spike"].values.ravel().tolist() == [51.5, 52.5]
    assert potential["time"].values.tolist() == [50.5, 53, 55.5, 58]
    assert potential["value"].attrs == {"long_name": "v", "units": "mV"}
    assert weights["time"].values.tolist() == [51.5, 56.5]
    assert (weights.attrs["of"], weights["synapse"].values.tolist()) == ("a -> b/c", [4, 5, 9])
    for one in (spikes, potential, weights):
        one.close()


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
        (array("units/0", [1, 1]), "do not agree with counts"),
        (array("first/0", [[[3, 20]]]), "first spikes outside the trial"),
        (array("steps/0", [3]), "different lengths"),
        (array("steps/0", [3, 99]), "outside the trial"),
        (array("steps/0", [5, 3]), "not in order of time"),
        (array("steps/0", [3.5, 5]), "spikes must be whole numbers"),
        (array("units/0", [0, 2]), "outside the population"),
        (array("units/0", [0, -1]), "outside the population"),
        (array("trace/0/values", np.zeros((1, 1, 4, 3))), "trace of shape"),
        (array("trace/0/units", [0.5, 1]), "of units that are whole ones"),
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


def moved(file):
    """Put a link to another file where spikes were."""
    del file["populations/a.E/spike_time"]
    file["populations/a.E/spike_time"] = h5py.ExternalLink("/etc/hostname", "/")


def elsewhere(file):
    """Let spikes lie outside the file."""
    del file["populations/a.E/spike_time"]
    file["populations/a.E"].create_dataset("spike_time", (2,), np.int32, external=[("/etc/hostname", 0, 8)])


def endless(file):
    """Claim far more spikes than the file can hold."""
    del file["populations/a.E/spike_time"]
    file["populations/a.E"].create_dataset("spike_time", (2**40,), np.int32, chunks=(2**20,), compression="gzip")


def packed(file):
    """Let a filter be needed that is none of HDF5's own."""
    del file["populations/a.E/spike_time"]
    file["populations/a.E"].create_dataset("spike_time", data=np.zeros(2, np.int32), chunks=(2,), compression="lzf")


def text(file):
    """Put words where numbers were."""
    del file["populations/a.E/spike_count"]
    file["populations/a.E"]["spike_count"] = np.array([[[b"a", b"b"]]], dtype=object)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.attrs.update({"format": "pickle"}), "is of format 'pickle'"),
        (lambda file: file.attrs.update({"keep": "all"}), "keep must be"),
        (lambda file: file.attrs.update({"steps": 4}), "outside the trial"),
        (lambda file: file.attrs.update({"dt_ms": "fast"}), "damaged"),
        (lambda file: file.attrs.pop("seed"), "damaged"),
        (lambda file: file.pop("populations"), "populations is missing"),
        (lambda file: file["traces/0"].pop("value"), "value is missing"),
        (lambda file: file["populations/a.E"].attrs.pop("position"), "damaged"),
        (moved, "is a link to somewhere else"),
        (elsewhere, "is no plain array"),
        (endless, "more bytes than it can be trusted with"),
        (packed, "is no plain array"),
        (text, "is no plain array"),
    ],
)
def test_hostile_netcdf_is_refused(nc, change, message):
    """Links out of the file, filters, claims of sizes and words for numbers reach nobody."""
    with h5py.File(nc, "a") as file:
        change(file)

    with pytest.raises(RecordingFileError, match=message):
        Recording.load(nc)


@pytest.mark.parametrize("name", ["one.npz", "one.nc"])
def test_truncated_and_foreign_files_are_refused(tmp_path, name):
    """Half a file is none, and a picture is no recording."""
    file = tmp_path / name
    recording().save(file)
    for content in (file.read_bytes()[:500], b"", b"\x89PNG\r\n" + bytes(1000)):
        file.write_bytes(content)

        with pytest.raises(RecordingFileError, match=r"damaged|not readable as an"):
            Recording.load(file)


@pytest.mark.parametrize("suffix", [".npz", ".nc"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_holds_together(tmp_path, suffix, data):
    """Whatever bytes are changed, nothing but our own errors comes out, and a recording that passes its checks."""
    whole, file = tmp_path / f"whole{suffix}", tmp_path / f"damaged{suffix}"
    if not whole.exists():
        recording().save(whole)
    content = bytearray(whole.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    file.write_bytes(content)
    try:
        loaded = Recording.load(file)
    except (RecordingFileError, MemoryLimitError):
        return
    check_recording(loaded)


def test_a_netcdf_file_of_somebody_else_is_refused(tmp_path):
    """It lacks what makes a recording."""
    xarray.Dataset({"temperature": ("x", [1.0, 2.0])}).to_netcdf(tmp_path / "weather.nc", engine="h5netcdf")

    with pytest.raises(RecordingFileError, match="is not a recording"):
        Recording.load(tmp_path / "weather.nc")


def test_what_will_not_fit_into_memory_is_not_read(nc, monkeypatch):
    """The figure is told before anything is taken."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 4)

    with pytest.raises(MemoryLimitError, match="needs about 8 B, 4 B are free"):
        Recording.load(nc)


@pytest.mark.parametrize("name", ["nowhere.npz", "nowhere.nc"])
def test_a_missing_file_says_so(tmp_path, name):
    """The path is named."""
    with pytest.raises(MissingFileError, match=rf"{name}: no such file"):
        Recording.load(tmp_path / name)


@pytest.mark.parametrize("name", ["inside.npz", "inside.nc"])
def test_a_file_that_cannot_be_written_says_so(path, name):
    """A file is no folder, and nothing is left behind."""
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        recording().save(path / name)
    assert [file.name for file in path.parent.iterdir()] == ["one.npz"]


def test_unknown_formats_and_identifiers_that_netcdf_cannot_hold_are_refused(tmp_path):
    """The suffix says the format; numbers of netCDF have 64 bits."""
    for ask in (recording().save, Recording.load):
        with pytest.raises(ParameterError, match=r"must end in .nc \(netCDF-4\) or .npz, got 'a.mat'"):
            ask("a.mat")
        with pytest.raises(KindError, match="path must be a string or a path, got 3"):
            ask(3)
    with pytest.raises(ParameterError, match="identifiers below"):
        dataclasses.replace(recording(), stimulus_ids=(2**63,)).save(tmp_path / "a.nc")
    assert netcdf.FORMAT.startswith("isocortex")
    assert list(tmp_path.iterdir()) == []
