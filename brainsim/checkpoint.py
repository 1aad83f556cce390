"""A simulation as one file: the brain, what it is shown, and its state. Nothing is pickled, nothing is executed."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.brain import Brain
from brainsim.brainfile import pack, unpack
from brainsim.engine import Network, NeuronGroup
from brainsim.errors import BrainsimError, CheckpointFileError, MemoryLimitError
from brainsim.presented import Presented
from isocortex._version import __version__
from isocortex.errors import IsocortexError, UnreadableFileError
from isocortex.files import read_arrays, size_of, write_arrays

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

FORMAT = "isocortex simulation"
VERSION = 1
DAMAGED = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a simulation is beside its state.

    Parameters
    ----------
    brain : Brain
        Who.
    shown : Presented
        The one stimulus.
    dt : float
        Step in ms.
    seed, stimulus_id, trial : int
        Of the noise.
    engine : str
        That it was saved from.
    network : str
        Digest of what was built, "" before it is known.
    """

    brain: Brain
    shown: Presented
    dt: float
    seed: int
    stimulus_id: int
    trial: int
    engine: str
    network: str = ""

    @contextmanager
    def checking(self, path: str | os.PathLike[str]) -> Iterator[None]:
        """Say of which file it is that something does not fit.

        Raises
        ------
        CheckpointFileError
            For whatever the file holds that cannot be used.
        """
        try:
            yield
        except MemoryLimitError:
            raise
        except BrainsimError as error:
            raise CheckpointFileError(f"{path}: {error}") from error

    def check_network(self, network: Network) -> None:
        """Check that the brain was built as it was when it was saved.

        Raises
        ------
        CheckpointFileError
            If not: another version of brainsim draws other wiring.
        """
        if digest(network) != self.network:
            raise CheckpointFileError(
                f"this isocortex ({__version__}) builds another network from the brain; go on with the version that "
                "wrote the file"
            )


def digest(network: Network) -> str:
    """Give what tells one built network from another: its equations, parameters, initial values and synapses.

    Of long lists of synapses only how many they are and their longest delay are looked at.
    """
    made = hashlib.blake2b(digest_size=16)
    for group in network.groups:
        made.update(repr((group.name, group.size)).encode())
        if isinstance(group, NeuronGroup):
            texts = (group.equations, group.method, group.threshold, group.reset, group.refractory)
            made.update(repr((texts, sorted((name, unit) for name, (_, unit) in group.parameters.items()))).encode())
            for name in sorted(group.parameters):
                made.update(np.asarray(group.parameters[name][0], dtype=np.float64).tobytes())
            for name in sorted(group.initial):
                made.update(name.encode() + np.asarray(group.initial[name], dtype=np.float64).tobytes())
    for source in network.inputs:
        made.update(repr((type(source).__name__, source.target, source.variable)).encode())
    for projection in network.projections:
        wiring = projection.connections
        ends = (projection.source, projection.target, projection.variable)
        made.update(repr((*ends, wiring.sources, wiring.synapses, wiring.longest_delay)).encode())
    return made.hexdigest()


def write_checkpoint(
    path: str | os.PathLike[str], saved: Checkpoint, state: Mapping[str, np.ndarray], network: Network
) -> None:
    """Write a simulation; see :meth:`Simulation.save`."""
    described, arrays = pack(saved.brain)
    text = {
        "format": FORMAT,
        "version": VERSION,
        "isocortex": __version__,
        "brain": described,
        "network": digest(network),
        **{name: getattr(saved, name) for name in ("dt", "seed", "stimulus_id", "trial", "engine")},
        "bin_steps": saved.shown.bin_steps,
    }
    encoded = np.frombuffer(json.dumps(text, allow_nan=False).encode(), dtype=np.uint8)
    shown: dict[str, np.ndarray] = {}
    for group, given in saved.shown.rates.items():
        if isinstance(given, np.ndarray):
            shown[f"rates/{group}"] = given
        else:
            shown[f"listed/{group}/steps"], shown[f"listed/{group}/units"] = given[0]
    held = {f"state/{name}": values for name, values in state.items()}
    write_arrays(path, {"simulation": encoded, **arrays, **shown, **held})


def read_checkpoint(
    path: str | os.PathLike[str], classes: Iterable[type[Any]] = ()
) -> tuple[Checkpoint, dict[str, np.ndarray]]:
    """Read what :func:`write_checkpoint` wrote, and check what can be checked before the brain is built.

    Raises
    ------
    isocortex.errors.MissingFileError, CheckpointFileError
        If there is no such file, or it is damaged, or something else.
    """
    try:
        # Arrays lie in the file as they are, so a file that unpacks to more than its own size is not ours.
        arrays = read_arrays(path, limit=size_of(path))
    except UnreadableFileError as error:
        raise CheckpointFileError(str(error)) from error
    if "simulation" not in arrays:
        raise CheckpointFileError(f"{path}: is no saved simulation")
    try:
        text = json.loads(arrays["simulation"].tobytes())
        if text["format"] != FORMAT:
            raise CheckpointFileError(f"{path}: is of format {text['format']!r}, this reads {FORMAT!r}")
        if text["version"] != VERSION:
            raise CheckpointFileError(
                f"{path}: is of version {text['version']!r}, written by isocortex {text['isocortex']!r}; this one "
                f"({__version__}) reads version {VERSION}"
            )
        saved = _described(text, arrays, unpack(text["brain"], arrays, classes))
    except CheckpointFileError:
        raise
    except IsocortexError as error:
        raise CheckpointFileError(f"{path}: {error}") from error
    except DAMAGED as error:
        raise CheckpointFileError(f"{path}: is no saved simulation, or damaged ({error!r})") from error
    state = {name.removeprefix("state/"): values for name, values in arrays.items() if name.startswith("state/")}
    return saved, state


def _described(text: Mapping[str, Any], arrays: Mapping[str, np.ndarray], brain: Brain) -> Checkpoint:
    """Read the numbers; raise a ValueError where one cannot be."""
    whole = {name: text[name] for name in ("seed", "stimulus_id", "trial", "bin_steps")}
    for name, value in whole.items():
        if type(value) is not int or value < 0:
            raise ValueError(f"{name} must be a whole number, got {value!r}")
    if type(text["dt"]) is not float or not 0 < text["dt"] < np.inf:
        raise ValueError(f"dt must be a positive number, got {text['dt']!r}")
    if text["engine"] not in ("compiled", "brian2"):
        raise ValueError(f"engine {text['engine']!r} is unknown")
    rates: dict[int, Any] = {}
    for name, values in arrays.items():
        kind, _, group = name.partition("/")
        if kind == "rates":
            if values.dtype.kind not in "biuf" or values.ndim not in (2, 3) or values.shape[0] != 1:
                raise ValueError(f"rates of group {group} must be (1, unit) or (1, bin, unit), got {values.shape}")
            rates[int(group)] = values
        elif kind == "listed" and group.endswith("/steps"):
            number = group.removesuffix("/steps")
            rates[int(number)] = [(values, arrays[f"listed/{number}/units"])]
    shown = Presented(rates, whole.pop("bin_steps"), 1)
    return Checkpoint(brain, shown, text["dt"], **whole, engine=text["engine"], network=str(text["network"]))
