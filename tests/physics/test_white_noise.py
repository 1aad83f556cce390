"""White noise against theory: the Ornstein-Uhlenbeck process, a random walk, and what multiplies noise."""

import numpy as np
import pytest

import brainsim
from brainsim import Brain, Equations, Population, Record, Region


def traces(model, variable, size, duration, every, dt=0.1, seed=0):
    """Simulate noisy units: their values (sample, unit)."""
    brain = Brain("noise", [Region("c", [Population("E", model, size=size)])])
    record = [Record("c.E", variable, every=every)]
    recording = brainsim.simulate(brain, duration=duration, dt=dt, record=record, seed=seed)
    return recording.traces["c.E", variable].values[0, 0]


@pytest.mark.parametrize("method", ["euler", "heun"])
def test_an_ornstein_uhlenbeck_process(method):
    """Mean mu, variance sigma^2, autocorrelation exp(-t / tau): within four standard errors, and the step's bias."""
    mu, sigma, tau, dt = -3.0, 2.5, 5.0, 0.1
    text = "dx/dt = (mu - x)/tau + sigma*sqrt(2/tau)*xi : volt"
    model = Equations(
        text,
        threshold="",
        reset="",
        parameters={"mu": (mu, "mV"), "sigma": (sigma, "mV"), "tau": (tau, "ms")},
        method=method,
        initial={"x": mu},
    )
    x = traces(model, "x", 2000, 130, 1.0)[30:]
    independent = 2000 * 100 / (2 * tau)  # units times samples, in correlation times
    # Euler's rule makes the variance larger by 1 / (1 - dt / 2 tau), Heun's by next to nothing.
    variance = sigma**2 / (1 - dt / (2 * tau)) if method == "euler" else sigma**2

    assert x.mean() == pytest.approx(mu, abs=4 * sigma / np.sqrt(independent))
    assert x.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / independent))
    for lag in (1, 3, 5, 10, 20):
        correlation = np.mean((x[lag:] - mu) * (x[:-lag] - mu)) / variance
        assert correlation == pytest.approx(np.exp(-lag / tau), abs=5 * np.sqrt(1 / independent))
    kurtosis = np.mean((x - mu) ** 4) / x.var() ** 2
    assert kurtosis == pytest.approx(3, abs=5 * np.sqrt(24 / independent))


def test_a_random_walk_spreads_with_the_root_of_time():
    """Variance sigma^2 t at every time, whatever the step; units and noises are independent."""
    text = "dx/dt = s*xi_a : 1\ndy/dt = s*xi_b : 1"
    model = Equations(text, threshold="", reset="", parameters={"s": (1, "ms**-0.5")})
    for dt in (0.1, 0.5):
        x = traces(model, "x", 5000, 20, 5.0, dt, seed=1)
        times = dt + 5.0 * np.arange(4)
        assert np.allclose(x.var(axis=1), times, rtol=4 * np.sqrt(2 / 5000))
    y = traces(model, "y", 5000, 20, 5.0, 0.5, seed=1)
    assert abs(np.corrcoef(x[-1], y[-1])[0, 1]) < 4 / np.sqrt(5000)
    assert abs(np.corrcoef(x[-1, 1:], x[-1, :-1])[0, 1]) < 4 / np.sqrt(5000)


@pytest.mark.parametrize("method", ["heun", "milstein"])
def test_noise_that_is_multiplied_is_stratonovich(method):
    """The mean logarithm of dx = s x dW stays 0, as exp(s W) has it; Ito's would fall by s^2 t / 2."""
    model = Equations(
        "dx/dt = s*x*xi : 1",
        threshold="",
        reset="",
        parameters={"s": (0.2, "ms**-0.5")},
        method=method,
        initial={"x": 1},
    )
    x = np.log(traces(model, "x", 4000, 10, 10 - 0.01, 0.01)[-1])

    assert x.mean() == pytest.approx(0, abs=4 * np.sqrt(0.4 / 4000) + 2e-3)
    assert x.var() == pytest.approx(0.04 * 10, rel=0.1)
