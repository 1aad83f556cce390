"""Recordings as netCDF-4 files, which describe themselves; ``docs/recording.md`` shows the layout.

Spikes are CF's contiguous ragged array: ``row_size`` says how many belong to each trial. Times are stored as whole
steps with CF's ``scale_factor`` and ``add_offset``, so that any reader gives them in ms, and ours gives the very steps.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.errors import ParameterError, RecordingFileError
from brainsim.memory import require
from brainsim.recording.recording import Recording
from brainsim.recording.spikes import Spikes
from brainsim.recording.trace import Trace
from isocortex import __version__
from isocortex.files import DEFAULT_LIMIT, atomic_path

if TYPE_CHECKING:
    import h5netcdf
    import h5py

__all__ = ["read_netcdf", "write_netcdf"]

FORMAT = "isocortex recording 1"
# Whole numbers shrink to a fraction at little cost; potentials hardly shrink at all.
PACKED: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}

# Deflate, shuffle, checksum: what HDF5 itself undoes. For any other filter it would load a plug-in, which is code.
FILTERS = {1, 2, 3}


def write_netcdf(path: Path, recording: Recording) -> None:
    """Write a recording; see :meth:`Recording.save`."""
    import h5netcdf

    if max(recording.stimulus_ids) >= 2**63:
        raise ParameterError(f"Recording.save: netCDF holds identifiers below 2**63, got {max(recording.stimulus_ids)}")
    with atomic_path(path) as temporary, h5netcdf.File(temporary, "w") as file:
        file.attrs.update(
            {
                "Conventions": "CF-1.11",
                "title": f"Recording of {recording.brain}",
                "source": f"isocortex {__version__}",
                "format": FORMAT,
                "brain": recording.brain,
                "dt_ms": float(recording.dt),
                "steps": np.int64(recording.steps),
                "start_step": np.int64(recording.start_step),
                "seed": str(int(recording.seed)),  # as text: a seed may have more than 64 bits
                "keep": recording.keep,
            }
        )
        file.dimensions = {"stimulus": len(recording.stimulus_ids), "trial": recording.trials}
        ids = np.array(recording.stimulus_ids, dtype=np.int64)
        _put(file, "stimulus", ("stimulus",), ids, {"long_name": "identifier of the stimulus"})
        for position, name in enumerate(recording.populations):
            group = file.create_group(f"populations/{name}")
            group.attrs.update({"population": name, "position": np.int64(position)})
            _put_population(group, recording, name)
        for kind, axis, traces in (
            ("traces", "unit", recording.traces),
            ("synapses", "synapse", recording.synapse_traces),
        ):
            for position, ((of, variable), trace) in enumerate(traces.items()):
                group = file.create_group(f"{kind}/{position}")
                group.attrs.update({"of": of, "variable": variable, "position": np.int64(position)})
                _put_trace(group, recording, trace, axis, variable)


def _put_population(group: "h5netcdf.Group", recording: Recording, name: str) -> None:
    steps = _step_attributes(recording)
    group.dimensions = {"unit": recording.sizes[name]}
    table = ("stimulus", "trial", "unit")
    about = {"long_name": "number of spikes", "units": "1"}
    _put(group, "spike_count", table, recording.spike_counts[name], about)
    about = {"long_name": "time of the first spike", **steps}
    _put(group, "first_spike", table, recording.first_steps[name], about, fillvalue=np.int32(-1))
    if recording.spike_lists is None:
        return
    spikes = recording.spike_lists[name]
    group.dimensions["spike"] = len(spikes.steps)
    sizes = np.diff(spikes.offsets).reshape(len(recording.stimulus_ids), recording.trials)
    about = {"long_name": "number of spikes in the trial", "sample_dimension": "spike"}
    _put(group, "row_size", table[:2], sizes, about)
    _put(group, "spike_time", ("spike",), spikes.steps, {"long_name": "start of the spike's step", **steps})
    _put(group, "spike_unit", ("spike",), spikes.units, {"long_name": "number of the unit that spiked"})


def _put_trace(group: "h5netcdf.Group", recording: Recording, trace: Trace, axis: str, variable: str) -> None:
    group.dimensions = {"time": trace.values.shape[2], axis: len(trace.units)}
    group.attrs.update({"every": np.int64(trace.every), "first": np.int64(trace.first)})
    about = {"long_name": "end of the sample's step", **_step_attributes(recording, after=1)}
    _put(group, "time", ("time",), trace.steps(), about)
    _put(group, axis, (axis,), trace.units, {"long_name": f"number of the {axis}"})
    axes = ("stimulus", "trial", "time", axis)
    about = {"long_name": variable, "units": trace.unit}
    value = group.create_variable("value", axes, trace.values.dtype)
    if trace.values.size:
        value[...] = trace.values
    value.attrs.update(about)


def _step_attributes(recording: Recording, after: int = 0) -> dict[str, Any]:
    return {
        "units": "ms",
        "scale_factor": float(recording.dt),
        "add_offset": (recording.start_step + after) * recording.dt,
    }


def _put(
    group: "h5netcdf.Group",
    name: str,
    axes: tuple[str, ...],
    values: np.ndarray,
    attributes: Mapping[str, Any],
    fillvalue: Any = None,
) -> None:
    settings = PACKED if values.size > 64 else {}
    variable = group.create_variable(name, axes, values.dtype, fillvalue=fillvalue, **settings)
    if values.size:
        variable[...] = values
    variable.attrs.update(attributes)


def read_netcdf(path: Path) -> Recording:
    """Read a recording; see :meth:`Recording.load`."""
    import h5py

    with h5py.File(path, "r") as file:
        if (form := _told(file, "format")) != FORMAT:
            raise RecordingFileError(f"{path}: is of format {form!r}, this version reads {FORMAT!r}")
        # What counts of silent brains shrink to is far below a hundredth, so small files may unpack to a few GiB.
        reader = _Reader(max(DEFAULT_LIMIT, 100 * path.stat().st_size))
        populations = reader.groups(file, "populations", "population")
        keep = _told(file, "keep")
        if keep not in ("spikes", "counts"):
            raise ValueError("keep must be 'spikes' or 'counts'")
        return Recording(
            brain=str(_told(file, "brain")),
            dt=float(_told(file, "dt_ms")),
            steps=int(_told(file, "steps")),
            stimulus_ids=tuple(reader.array(file, "stimulus").tolist()),
            trials=int(reader.node(file, "trial").shape[0]),
            seed=int(_told(file, "seed")),
            spike_counts={name: reader.array(group, "spike_count") for (name,), group in populations.items()},
            first_steps={name: reader.array(group, "first_spike") for (name,), group in populations.items()},
            spike_lists=None if keep == "counts" else {
                name: _spikes(reader, group) for (name,), group in populations.items()
            },
            traces=_traces(reader, file, "traces", "unit"),
            start_step=int(_told(file, "start_step")),
            synapse_traces=_traces(reader, file, "synapses", "synapse"),
        )  # fmt: skip


def _spikes(reader: "_Reader", group: "h5py.Group") -> Spikes:
    sizes = reader.array(group, "row_size").ravel()
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return Spikes(offsets, reader.array(group, "spike_time"), reader.array(group, "spike_unit"))


def _traces(reader: "_Reader", file: "h5py.File", kind: str, axis: str) -> dict[tuple[str, str], Trace]:
    traces = {}
    for key, group in reader.groups(file, kind, "of", "variable").items() if kind in file else ():
        value = reader.array(group, "value")
        unit = str(_told(group["value"], "units"))
        every, first = int(_told(group, "every")), int(_told(group, "first"))
        traces[key[0], key[1]] = Trace(value, reader.array(group, axis), every, unit, first)
    return traces


def _told(node: Any, name: str) -> Any:
    """Give an attribute, which netCDF writes as an array of one."""
    value = np.asarray(node.attrs[name])
    if value.size != 1:
        raise ValueError(f"{node.name}: its attribute {name} must be one value")
    return value.item()


def _filters(data: "h5py.Dataset") -> set[int]:
    properties = data.id.get_create_plist()
    return {properties.get_filter(position)[0] for position in range(properties.get_nfilters())}


class _Reader:
    """Takes arrays out of a file, and only such as lie in it: no links, no plug-ins, no more bytes than allowed."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def node(self, group: "h5py.Group", name: str) -> Any:
        import h5py

        link = group.get(name, getlink=True)
        if link is None:
            raise KeyError(f"{group.name}/{name} is missing")
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{group.name}/{name} is a link to somewhere else")
        return group[name]

    def groups(self, file: "h5py.File", name: str, *labels: str) -> dict[tuple[str, ...], "h5py.Group"]:
        """Give the groups inside a group by their labels, in the order of their attribute ``position``."""
        parent = self.node(file, name)
        found = [self.node(parent, child) for child in parent]
        found.sort(key=lambda group: int(_told(group, "position")))
        return {tuple(str(_told(group, label)) for label in labels): group for group in found}

    def array(self, group: "h5py.Group", name: str) -> np.ndarray:
        data = self.node(group, name)
        if data.dtype.kind not in "iuf" or data.is_virtual or data.external or not _filters(data) <= FILTERS:
            raise ValueError(f"{data.name} is no plain array of numbers")
        self.left -= data.nbytes
        if self.left < 0:
            raise ValueError(f"{data.name}: the file unpacks to more bytes than it can be trusted with")
        require(data.nbytes, f"{data.name} of the recording", "free memory, or read it piece by piece with xarray")
        return data[...]
