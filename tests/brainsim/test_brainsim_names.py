"""What brainsim shows, and what it raises."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import brainsim
from brainsim import errors
from isocortex.errors import IsocortexError


def test_public_names_are_all():
    """Every name without an underscore that is no module is in `__all__`, and nothing is missing."""
    shown = {name for name, value in vars(brainsim).items() if not name.startswith("_") and not inspect.ismodule(value)}

    assert shown == {name for name in brainsim.__all__ if not inspect.ismodule(getattr(brainsim, name))}


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ParameterError, ValueError),
        (errors.ModelError, ValueError),
        (errors.UnknownNameError, KeyError),
        (errors.KindError, TypeError),
        (errors.StimulusError, ValueError),
        (errors.MemoryLimitError, MemoryError),
        (errors.RecordingFileError, ValueError),
        (errors.BrainFileError, ValueError),
        (errors.ConnectivityFileError, ValueError),
    ],
)
def test_each_error_is_also_the_builtin(error, builtin):
    """People catch the builtin; the message is a sentence, not a quoted one."""
    raised = error("LIF.tau_m: must be positive")

    assert isinstance(raised, builtin)
    assert isinstance(raised, IsocortexError)
    assert str(raised) == "LIF.tau_m: must be positive"


def test_no_module_hides_a_public_name():
    """Importing every submodule leaves functions functions and classes classes."""
    before = {name: getattr(brainsim, name) for name in brainsim.__all__}
    builders = {name: getattr(brainsim.atlas, name) for name in brainsim.atlas.__all__}
    for module in pkgutil.walk_packages(brainsim.__path__, "brainsim."):
        importlib.import_module(module.name)

    assert before == {name: getattr(brainsim, name) for name in brainsim.__all__}
    assert all(callable(builder) and getattr(brainsim.atlas, name) is builder for name, builder in builders.items())


def test_importing_loads_nothing_heavy():
    """Brian2, Numba, xarray, SciPy and Matplotlib wait until they are needed."""
    heavy = ("brian2", "numba", "xarray", "scipy", "matplotlib", "networkx", "pandas")
    code = f"import sys, brainsim; print([name for name in {heavy} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"
