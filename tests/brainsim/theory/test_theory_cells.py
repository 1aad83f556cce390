"""Closed forms of single cells against independent quadrature and their limits."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import erfcx

from brainsim import LIF, Normal, theory
from brainsim.errors import KindError, ModelError, ParameterError

CELL = LIF(C_m=250, tau_m=10, E_L=-70, V_th=-55, V_reset=-65, t_ref=2)
BRUNEL = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)


def current(t, tau, shape):
    """Peak 1 pA."""
    return np.exp(-t / tau) if shape == "exponential" else np.e * t / tau * np.exp(-t / tau)


def convolved(t, tau, shape, tau_m=10.0, capacitance=250.0):
    """Convolve that current with the membrane, by quadrature."""
    return quad(lambda s: current(s, tau, shape) * np.exp(-(t - s) / tau_m) / capacitance, 0, t, epsrel=1e-13)[0]


def test_the_potential_solves_the_membrane_equation():
    """A numerical solution of C dv/dt = g (E - v) + I meets the closed form."""
    solved = solve_ivp(lambda t, v: (-70 - v) / 10 + 300 / 250, (0, 50), [-66.0], rtol=1e-11, atol=1e-11).y[0, -1]

    assert float(theory.lif_potential(CELL, 50, 300, v0=-66)) == pytest.approx(solved, abs=1e-8)
    assert float(theory.lif_potential(CELL, 0, 300)) == -70


def test_the_rate_is_the_inverse_of_the_time_to_threshold():
    """The potential of theory, followed from reset, stands at threshold when the rate says."""
    currents = np.array([376.0, 400.0, 700.0, 1e5])
    interval = 1e3 / theory.lif_rate(CELL, currents) - 2

    assert theory.lif_potential(CELL, interval, currents, v0=-65) == pytest.approx(np.full(4, -55.0), abs=1e-9)
    assert theory.rheobase(CELL) == 375
    assert theory.lif_rate(CELL, [-100, 375]).tolist() == [0, 0]
    assert float(theory.lif_rate(CELL, 1e12)) == pytest.approx(500, rel=1e-6)  # nothing but refractoriness


def test_leak_may_stand_for_the_time_constant():
    """tau_m = C_m / g_L."""
    leaky = LIF(C_m=250, g_L=25, E_L=-70, V_th=-55, V_reset=-65, t_ref=2)

    assert theory.lif_rate(leaky, 500) == theory.lif_rate(CELL, 500)


@pytest.mark.parametrize("shape", ["exponential", "alpha"])
@pytest.mark.parametrize("tau", [0.05, 0.5, 5.0, 9.9, 10.0, 10.001, 12.0, 80.0])
def test_a_postsynaptic_potential_is_the_convolution(tau, shape):
    """Current by membrane, integrated numerically, at five times; nothing before the spike."""
    times = np.array([0.01, 0.7, 5.0, 20.0, 90.0])
    expected = [convolved(t, tau, shape) for t in times]

    assert theory.psp(CELL, times, tau, 1.0, shape) == pytest.approx(expected, rel=1e-9)
    assert theory.psp(CELL, [-5.0, 0.0], tau, 1.0, shape).tolist() == [0, 0]


@pytest.mark.parametrize("shape", ["exponential", "alpha"])
def test_a_postsynaptic_potential_passes_smoothly_through_equal_time_constants(shape):
    """Its slope with respect to tau_syn is the same from 1e-2 ms down to 1e-10 ms on either side of tau_m."""
    times = np.linspace(0.1, 60, 50)
    middle = theory.psp(CELL, times, 10.0, 1.0, shape)
    slope = (theory.psp(CELL, times, 10.001, 1.0, shape) - theory.psp(CELL, times, 9.999, 1.0, shape)) / 0.002
    for power in range(2, 11):
        for side in (-1, 1):
            off = side * 10.0**-power
            there = theory.psp(CELL, times, 10 + off, 1.0, shape)
            assert np.abs(there - middle - slope * off).max() <= 20 * off**2 * np.abs(slope).max() + 1e-15


@pytest.mark.parametrize("shape", ["exponential", "alpha"])
@pytest.mark.parametrize("tau", [0.02, 0.5, 9.0, 10.0, 10.0 + 1e-9, 300.0, 1e7])
def test_a_peak_is_the_highest_point(tau, shape):
    """A fine grid around the peak reaches its height and nothing above it."""
    time, height = theory.psp_peak(CELL, tau, -40.0, shape)
    around = theory.psp(CELL, time * np.linspace(0.9, 1.1, 2001), tau, -40.0, shape)

    assert around.min() == pytest.approx(height, rel=1e-12)
    assert abs(around.argmin() - 1000) <= 1


def test_numbers_must_be_numbers():
    """A list where one number is meant is refused by name."""
    for call in (
        lambda: theory.psp(CELL, 1, [1, 2], 1),
        lambda: theory.psp_peak(CELL, 1, [1, 2]),
        lambda: theory.bernoulli_cv(1, dt=[1, 2]),
        lambda: theory.brunel_input([1, 2], 5, 2),
    ):
        with pytest.raises(KindError, match="must be a number in"):
            call()


def test_a_weight_gives_the_potential_that_was_asked_for():
    """0.15 mV in the microcircuit of Potjans and Diesmann are 87.81 pA."""
    assert theory.weight_for_psp(CELL, 0.5, 0.15) == pytest.approx(87.81, abs=0.005)
    for shape in ("exponential", "alpha"):
        weight = theory.weight_for_psp(CELL, 2.0, -0.3, shape)
        assert theory.psp_peak(CELL, 2.0, weight, shape).height == pytest.approx(-0.3, rel=1e-12)


@pytest.mark.parametrize("mean", [-5.0, 4.0, 10.0, 15.0, 19.999, 20.0, 23.0, 60.0, 500.0])
@pytest.mark.parametrize("std", [0.7, 2.0, 8.0, 100.0])
def test_siegert_is_the_integral_it_stands_for(mean, std):
    """Adaptive quadrature of exp(u^2) (1 + erf(u)), written as erfcx(-u), wherever that does not overflow."""
    low, high = (10 - mean) / (np.sqrt(2) * std), (20 - mean) / (np.sqrt(2) * std)
    integral = quad(lambda u: erfcx(-u), low, high, epsrel=1e-12, limit=500)[0]

    rate = float(theory.siegert_rate(BRUNEL, mean, std))

    assert rate == pytest.approx(1e3 / (2 + 20 * np.sqrt(np.pi) * integral), rel=1e-9)


def test_siegert_without_noise_is_the_f_i_curve():
    """As the noise goes, the rate tends to that of constant current, with an error that goes as its variance."""
    cell = LIF(C_m=250, tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)
    quiet = theory.lif_rate(cell, np.array([21.0, 30.0]) * 250 / 20)
    errors = [np.abs(theory.siegert_rate(cell, [21.0, 30.0], std) / quiet - 1).max() for std in (1e-2, 1e-3, 1e-4)]

    assert errors[0] < 1e-3
    assert errors[1] == pytest.approx(errors[0] / 100, rel=0.01)
    assert errors[2] == pytest.approx(errors[0] / 1e4, rel=0.01)
    assert theory.siegert_rate(cell, [21.0, 30.0], 0.0) == pytest.approx(quiet, rel=1e-13)
    assert theory.siegert_rate(cell, [20.0, 19.0], [0.0, 1e-3]).tolist() == [0, 0]


def test_a_rare_rate_is_the_escape_over_a_barrier():
    """Far below threshold the rate is y exp(-y^2) / (tau sqrt(pi)) (1 - 1 / (2 y^2)), up to the next order."""
    y = np.array([8.0, 15.0, 25.0])
    rate = theory.siegert_rate(BRUNEL, 20 - y * np.sqrt(2), 1.0)
    escape = 1e3 * y * np.exp(-(y**2)) / (20 * np.sqrt(np.pi)) * (1 - 1 / (2 * y**2))

    assert np.all(np.abs(rate / escape - 1) < 2 / y**4)


@pytest.mark.parametrize(("mean", "std"), [(10.0, 3.0), (20.0, 0.5), (23.0, 5.0), (60.0, 8.0)])
def test_the_irregularity_is_the_integral_it_stands_for(mean, std):
    """CV^2 by adaptive quadrature of the double integral."""
    low, high = (10 - mean) / (np.sqrt(2) * std), (20 - mean) / (np.sqrt(2) * std)

    def inner(x):
        bounds = [-np.inf, x] if x < 0 else [-np.inf, 0, x]
        return sum(quad(lambda y: np.exp(-y * y) * erfcx(-y) ** 2, *ends, epsrel=1e-10)[0] for ends in pairwise(bounds))

    integral = quad(lambda x: np.exp(x * x) * inner(x), low, high, epsrel=1e-9)[0]
    spikes = 20e-3 * float(theory.siegert_rate(BRUNEL, mean, std))

    assert float(theory.siegert_cv(BRUNEL, mean, std)) == pytest.approx(
        spikes * np.sqrt(2 * np.pi * integral), rel=1e-8
    )


def test_irregularity_goes_from_clock_to_poisson():
    """Little noise moves spikes in proportion to itself; escapes over a high barrier are a Poisson process."""
    slopes = theory.siegert_cv(BRUNEL, 30.0, [1e-3, 1e-6, 1e-7, 1e-9]) / np.array([1e-3, 1e-6, 1e-7, 1e-9])

    assert slopes == pytest.approx(np.full(4, slopes[1]), rel=1e-4)
    assert theory.siegert_cv(BRUNEL, [0.0, -500.0], 1.0) == pytest.approx([1, 1], abs=1e-6)
    assert np.isnan(theory.siegert_cv(BRUNEL, 19.0, 0.0))


def test_coloured_noise_moves_threshold_and_reset():
    """sqrt(2) |zeta(1/2)| / 2 sqrt(tau_syn / tau_m), here 0.2309 standard deviations of Brunel's sigma."""
    from scipy.special import zetac

    shift = np.sqrt(2) * abs(zetac(0.5) + 1) / 2 * np.sqrt(1 / 20) * np.sqrt(2) * 3
    moved = LIF(tau_m=20, E_L=0, V_th=20 + shift, V_reset=10 + shift, t_ref=2)

    assert float(theory.siegert_rate(BRUNEL, 15, 3, tau_syn=1)) == pytest.approx(
        float(theory.siegert_rate(moved, 15, 3)), rel=1e-12
    )


def test_a_threshold_that_differs_between_cells_has_no_single_rate():
    """Theory speaks of one cell, and says so."""
    with pytest.raises(ParameterError, match="siegert_rate: V_th must be one number, got Normal"):
        theory.siegert_rate(LIF(V_th=Normal(-55, 1)), -60, 1)
    with pytest.raises(KindError, match="lif_rate: cell must be a LIF, got int"):
        theory.lif_rate(3, 100)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.psp(CELL, 1, 0, 1), "psp: tau_syn: must be positive, got 0 ms"),
        (lambda: theory.psp(CELL, [1, np.nan], 1, 1), "psp: time: must be finite"),
        (lambda: theory.psp(CELL, 1, 1, 1, "beta"), "psp: shape 'beta' is unknown"),
        (lambda: theory.psp_peak(CELL, 1, 1, "gauss"), "psp_peak: shape 'gauss' is unknown"),
        (lambda: theory.lif_potential(CELL, -1, 1), "lif_potential: time: must not be negative, got -1 ms"),
        (lambda: theory.siegert_rate(BRUNEL, 1, -1), "siegert_rate: std: must not be negative, got -1 mV"),
        (lambda: theory.shot_noise_current(1, 1, [1, 0]), "shot_noise_current: tau_syn: must be positive, got 0 ms"),
        (lambda: theory.bernoulli_cv(2e4, 0.1), "bernoulli_cv: rate must be at most one spike a step, 10000 Hz"),
        (lambda: theory.tsodyks_markram_steady_state(1, 1.5, 10), "U must be between 0 and 1, got 1.5"),
        (lambda: theory.psp(CELL, 1, 1, 1, np.ones(2)), "psp: shape"),
        (lambda: theory.shot_noise_current(1, 1e300, 1), "shot_noise_current: .* too large to compute with"),
        (lambda: theory.shot_noise_potential(CELL, 1, 1, 1e300), "shot_noise_potential: .* too large to compute with"),
        (lambda: theory.brunel_rate(1e300, 2), "brunel_input: too large to compute with: g=1e"),
        (lambda: theory.brunel_rate(-1, 2), "brunel_input: g: must not be negative, got -1"),
    ],
)
def test_numbers_that_cannot_be_used_are_named(call, message):
    """Function, argument, value."""
    with pytest.raises(ParameterError, match=message):
        call()


def test_brunels_table_is_reproduced():
    """Rates of the four states of Brunel's figure 8 in the diffusion approximation, for both resets in use."""
    states = [(3, 2), (6, 4), (5, 2), (4.5, 0.9)]
    zero = LIF(tau_m=20, E_L=0, V_th=20, V_reset=0, t_ref=2)

    assert [theory.brunel_rate(*state) for state in states] == pytest.approx([327.0, 55.8, 37.95, 6.52], abs=0.05)
    assert [theory.brunel_rate(*state, cell=zero) for state in states] == pytest.approx(
        [194.8, 49.15, 32.03, 5.83], abs=0.05
    )


@pytest.mark.parametrize("g", [3.0, 4.5, 8.0])
@pytest.mark.parametrize("eta", [0.0, 0.9, 4.0])
def test_brunels_rate_makes_itself(g, eta):
    """What the network fires at is what its input makes its cells fire at; only excitation lives on itself."""
    rate = theory.brunel_rate(g, eta)
    itself = float(theory.siegert_rate(BRUNEL, *theory.brunel_input(rate, g, eta)))

    assert itself == pytest.approx(rate, rel=1e-6, abs=1e-9)
    assert (rate > 0) == (eta > 0 or g < 4)


def test_brunels_rate_may_have_no_bound():
    """Without refractoriness and inhibition nothing stops the network."""
    endless = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=0)

    with pytest.raises(ModelError, match=r"brunel_rate: no rate up to 10000 Hz balances g=0 and eta=2"):
        theory.brunel_rate(0, 2, cell=endless)


@pytest.mark.parametrize("shape", ["exponential", "alpha"])
@pytest.mark.parametrize("tau", [0.5, 10.0, 30.0])
def test_campbells_theorem_by_quadrature(tau, shape):
    """Rate times the integrals of the response and of its square, for current and potential."""
    rate, weight = 4000.0, -20.0

    def moments(response):
        bounds = np.linspace(0, 40 * (tau + 10), 81)
        powers = (response, lambda t: response(t) ** 2)
        return [rate / 1e3 * sum(quad(f, a, b)[0] for a, b in pairwise(bounds)) for f in powers]

    ours = theory.shot_noise_current(rate, weight, tau, shape)
    assert [float(one) for one in ours] == pytest.approx(moments(lambda t: weight * current(t, tau, shape)), rel=1e-8)
    ours = theory.shot_noise_potential(CELL, rate, weight, tau, shape)
    assert [float(one) for one in ours] == pytest.approx(
        moments(lambda t: float(theory.psp(CELL, t, tau, weight, shape))), rel=1e-8
    )


def test_jumps_are_short_currents():
    """A current that is over at once moves the potential by its charge over the capacitance."""
    jump = theory.shot_noise_potential(CELL, 1000, 0.4, 0)
    brief = theory.shot_noise_potential(CELL, 1000, 0.4 * 250 / 1e-6, 1e-6)

    assert [float(one) for one in jump] == pytest.approx([4.0, 0.8])
    assert [float(one) for one in brief] == pytest.approx([4.0, 0.8], rel=1e-6)


def test_filtered_noise_by_its_spectrum():
    """The integral over frequencies of a Lorentzian, filtered by the membrane."""
    sigma, tau = 50.0, 5.0
    spectrum = quad(lambda w: 2 * tau / (1 + (w * tau) ** 2) / (1 + (w * 10) ** 2), 0, np.inf)[0] / np.pi

    assert float(theory.filtered_noise_std(CELL, sigma, tau)) == pytest.approx(10 / 250 * sigma * np.sqrt(spectrum))


def test_geometric_intervals():
    """Their coefficient of variation from their probabilities; 1 as the step goes to 0."""
    p, k = 0.3, np.arange(1, 400)
    weight = p * (1 - p) ** (k - 1)
    mean = np.sum(k * weight)

    assert float(theory.bernoulli_cv(300, dt=1)) == pytest.approx(np.sqrt(np.sum((k - mean) ** 2 * weight)) / mean)
    assert float(theory.bernoulli_cv(300, dt=1e-6)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("use", "tau_rec", "tau_facil"), [(0.5, 800.0, 0.0), (0.1, 100.0, 1000.0), (0.3, 0.0, 50.0)])
def test_short_term_plasticity_settles_where_theory_says(use, tau_rec, tau_facil):
    """Two hundred spikes one after the other, u and x stepped by hand."""
    for rate in (5.0, 40.0):
        u, x = 0.0, 1.0
        for _ in range(200):
            u += use * (1 - u)
            sent = u * x
            before = (u, x)
            x -= sent
            u *= np.exp(-1e3 / rate / tau_facil) if tau_facil else 0.0
            x = 1 - (1 - x) * (np.exp(-1e3 / rate / tau_rec) if tau_rec else 0.0)
        ours = theory.tsodyks_markram_steady_state(rate, use, tau_rec, tau_facil)
        assert [float(one) for one in ours] == pytest.approx([*before, sent], rel=1e-9)
