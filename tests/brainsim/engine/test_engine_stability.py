"""Steps that are too long for an explicit method."""

import dataclasses

import numpy as np
import pytest

from brainsim.engine.errors import NetworkError
from brainsim.engine.network import NeuronGroup
from brainsim.engine.stability import check_stable

CELL = NeuronGroup(
    "cell",
    3,
    "dv/dt = -v / tau : volt",
    parameters={"tau": (1e-3, "second"), "V_th": (1e-2, "volt"), "V_reset": (0.0, "volt")},
)
# Where |R(z)| = 1 on the negative real axis, R the method's stability function (Hairer and Wanner 1996, IV.2).
LIMITS = {"euler": 2.0, "heun": 2.0, "rk2": 2.0, "rk4": 2.785293563405282}


def with_method(method: str, **changes: object) -> NeuronGroup:
    """Give `CELL`, integrated by a method."""
    return dataclasses.replace(CELL, method=method, **changes)


@pytest.mark.parametrize("method", [name for name in LIMITS if name != "heun"])
def test_the_limit_is_that_of_the_theory(method: str) -> None:
    """A step just below the limit of stability passes, one just above it does not."""
    check_stable(with_method(method), 0.999 * LIMITS[method] * 1e-3)
    with pytest.raises(NetworkError, match=rf"cell: v cannot be integrated by '{method}' in steps of"):
        check_stable(with_method(method), 1.001 * LIMITS[method] * 1e-3)


def test_noise_changes_nothing() -> None:
    """With white noise the limit of forward Euler is the same."""
    noisy = with_method("euler", equations="dv/dt = -v / tau + V_th * xi / sqrt(tau) : volt")
    check_stable(noisy, 1.99e-3)
    with pytest.raises(NetworkError, match="which are too long"):
        check_stable(noisy, 2.01e-3)


@pytest.mark.parametrize("method", ["exact", "exponential_euler"])
def test_methods_that_bear_every_step_pass(method: str) -> None:
    """Exact and exponential integration are never refused."""
    check_stable(with_method(method), 1.0)


def test_the_step_that_is_advised_will_do() -> None:
    """The message names the first unit that is unstable, and a step that passes."""
    fast = {**CELL.parameters, "tau": (np.array([1e-3, 0.1e-3, 1e-3]), "second")}
    with pytest.raises(NetworkError, match=r"\(unit 1\).*; 0\.125 ms is short enough"):
        check_stable(with_method("euler", parameters=fast), 0.5e-3)
    check_stable(with_method("euler", parameters=fast), 0.125e-3)


def test_what_grows_by_itself_is_not_refused() -> None:
    """An equation that runs away is no fault of the method, nor is one whose variable stands still."""
    for equations in ("dv/dt = v / tau : volt", "dv/dt = V_th / tau : volt"):
        check_stable(with_method("euler", equations=equations), 5e-3)
