"""The house keeps its rules: public names, who imports whom, cheap imports."""

import importlib
import pkgutil
import subprocess
import sys
import types

import pytest

PACKAGES = ["isocortex", "brainsim", "ann", "compare"]
HEAVY = [
    "brian2",
    "numba",
    "matplotlib",
    "sklearn",
    "torch",
    "onnx",
    "onnxruntime",
    "safetensors",
    "autograd",
    "xarray",
    "pandas",
]


def _public_packages():
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if module.ispkg and not any(part.startswith("_") for part in module.name.split(".")):
                yield module.name


@pytest.mark.parametrize("name", list(_public_packages()))
def test_public_names_are_what_all_says(name):
    """Whatever a package shows without an underscore is in `__all__`, sorted, and is there."""
    package = importlib.import_module(name)
    listed = list(package.__all__)
    shown = [
        key
        for key, value in vars(package).items()
        if not key.startswith("_") and not isinstance(value, types.ModuleType)
    ]

    assert set(shown) <= set(listed)
    assert sorted(listed) == sorted(set(listed))
    for key in listed:
        assert getattr(package, key) is not None


@pytest.mark.parametrize("name", PACKAGES)
def test_every_module_says_what_it_is_for(name):
    """Each module opens with a docstring."""
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        assert importlib.import_module(module.name).__doc__, module.name


@pytest.mark.parametrize("name", ["isocortex", "brainsim", "ann", "compare", "compare.cli"])
def test_imports_are_cheap(name):
    """Importing a package loads none of the heavy libraries; they come when they are used."""
    code = f"import sys, {name}; print(*[m for m in {HEAVY} if m in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == []


def test_ann_loads_no_more_than_training_needs():
    """What explains, searches and exchanges networks, and the reading of installed versions, come when asked for."""
    later = ["ann.estimators", "ann.explain", "ann.gradcheck", "ann.interchange", "ann.search", "importlib.metadata"]
    code = f"import sys, ann; print(*[m for m in {later} if m in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == []


def test_who_may_import_whom():
    """The import rules of pyproject.toml hold."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout
