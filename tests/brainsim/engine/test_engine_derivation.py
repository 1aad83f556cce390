"""Update steps derived in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainsim.engine import derivation
from brainsim.engine.integrate import Question, integrate

LEAKY = Question(
    "dv/dt = -v / tau : volt\ntau : second (constant)\nV : volt (constant)", "v > V", "v = V", True, "exact"
)
NOISY = Question(
    "dv/dt = -v / tau + V * xi * tau**-0.5 : volt\ntau : second (constant)\nV : volt (constant)",
    "v > V",
    "",
    False,
    "euler",
)
WRONG = Question("dv/dt = -v : volt", "v > v", "", False, "euler")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Brian2 count as not imported, so that a process is worth it."""
    monkeypatch.setattr(derivation, "LIBRARY", "what nobody imports")


@pytest.mark.usefixtures("elsewhere")
def test_another_process_derives_the_same_step() -> None:
    """Steps from another process are those that this one derives, and what Brian2 refuses is refused in its words."""
    here = [integrate(LEAKY), integrate(NOISY)]
    derivation.begin([LEAKY, NOISY, WRONG, LEAKY])
    assert len(set(derivation._running.values())) == 1
    assert [derivation.derived(LEAKY), derivation.derived(NOISY)] == here
    with pytest.raises(ValueError, match="expected unit") as there:
        derivation.derived(WRONG)
    with pytest.raises(ValueError, match="expected unit") as again:
        integrate(WRONG)
    assert str(there.value) == str(again.value)
    assert not derivation._running


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("output", ["", "[", "{}", "[1]", "[]"])
def test_a_process_that_fails_is_done_without(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    """Where another process gives nothing of use, the step is derived here."""
    real = subprocess.Popen

    def broken(_: object, **options: object) -> object:
        return real([sys.executable, "-c", f"import sys; sys.stdin.read(); print({output!r})"], **options)

    monkeypatch.setattr(subprocess, "Popen", broken)
    derivation.begin([LEAKY])
    assert derivation._running
    assert derivation.derived(LEAKY) == integrate(LEAKY)


@pytest.mark.usefixtures("elsewhere")
def test_where_no_process_can_be_started_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without processes the step is derived here."""
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: (_ for _ in ()).throw(OSError("no processes")))
    derivation.begin([LEAKY])
    assert not derivation._running
    assert derivation.derived(LEAKY) == integrate(LEAKY)


def test_a_cold_run_imports_no_brian2(tmp_path: Path) -> None:
    """With empty caches a run in a fresh interpreter gives spikes, and leaves Brian2 and matplotlib unimported."""
    code = (
        "import sys, brainsim; brain = brainsim.atlas.coba();"
        "rec = brainsim.simulate(brain, duration=30);"
        "print(len(rec.spikes('cortex.E')[0]) > 0, *(name in sys.modules for name in ('brian2', 'matplotlib')))"
    )
    environment = {**os.environ, "ISOCORTEX_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]
    assert done.stderr == ""
