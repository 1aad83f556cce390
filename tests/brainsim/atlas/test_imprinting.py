"""Imprinting: mean rates of cells, gathering by filters, patches, shuffles."""

import numpy as np
import pytest

import brainsim
from brainsim import AMPA, LIF, Brain, PoissonDrive, Population, Region, wiring
from brainsim.atlas.anatomy import EXCITATORY
from brainsim.atlas.imprinting import correlate, imprint, permuted, stationary_rate


def test_rate_is_that_of_a_simulated_cell() -> None:
    """Under a dense barrage of weak synapses the rate is the one simulated, counted 1 mV further from threshold."""
    conductances = [6.0, 10.0, 16.0]
    for conductance in conductances:
        # 20 events a ms of conductance / (20 * 5 ms) nS each hold the receptor at the conductance.
        drive = PoissonDrive("V1.E", rate=20_000, receptor=AMPA(tau=5, E_rev=0), weight=conductance / 100)
        cells = Brain("cells", [Region("V1", [Population("E", EXCITATORY, size=50)])], [], drives=[drive])
        counts = brainsim.simulate(cells, duration=1000, dt=0.1).counts()["V1.E"]
        assert float(counts.mean()) == pytest.approx(float(stationary_rate(EXCITATORY, conductance)), rel=0.12)


def test_rate_of_constant_current_by_hand() -> None:
    """Without inhibition and far above threshold: 1 / (t_ref + tau ln(...)), both as the conductances set them."""
    cell = LIF(C_m=100, g_L=10, E_L=-60, V_th=-50, V_reset=-60, t_ref=2)
    level = -60 * 10 / 30 + 1
    expected = 1000 / (2 + 100 / 30 * np.log((level + 60) / (level + 50)))
    assert float(stationary_rate(cell, 20.0)) == pytest.approx(expected, rel=1e-6)


def test_inhibition_silences() -> None:
    """A cell held below threshold has no rate."""
    assert float(stationary_rate(EXCITATORY, 6.0)) > 0
    assert float(stationary_rate(EXCITATORY, 6.0, 20.0)) == 0


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 3), (1, 2)])
def test_gathering_is_what_the_wiring_does(stride: int, padding: int) -> None:
    """`correlate` and the synapses of `wiring.convolution` give the same sums."""
    rng = np.random.default_rng(0)
    rates, bank = rng.random((2, 10, 12, 3)), rng.random((4, 3, 5, 5))
    gathered = correlate(rates, bank, stride, (padding, padding))
    rule = wiring.convolution(bank, stride=stride, padding=padding)
    shape = rule.target_shape((10, 12, 3))
    assert gathered.shape == (2, *shape)
    ends = wiring.rule.Ends((10, 12, 3), shape, False, "test")
    synapses = rule.connect(ends, rng).matrix()
    np.testing.assert_allclose(gathered.reshape(2, -1), rates.reshape(2, -1) @ synapses, rtol=1e-5)


def test_patches_are_from_the_rates() -> None:
    """Each patch is one of the rates' own, and none comes from a silent place."""
    rates = np.zeros((4, 9, 9, 2))
    rates[:, 4:, 4:] = np.random.default_rng(1).random((4, 5, 5, 2)) + 0.5
    patches = imprint(rates, 12, 3, np.random.default_rng(2))
    assert patches.shape == (12, 2, 3, 3)
    windows = np.lib.stride_tricks.sliding_window_view(rates, (3, 3), axis=(1, 2)).reshape(-1, 2, 3, 3)
    for patch in patches:
        assert (windows == patch).all(axis=(1, 2, 3)).any()
        assert patch.sum() > 0


def test_patches_where_little_is_going_on() -> None:
    """With fewer active places than patches, the most active ones are used again."""
    rates = np.zeros((1, 6, 6, 1))
    rates[0, 2, 2] = 1
    patches = imprint(rates, 5, 2, np.random.default_rng(0))
    assert patches.shape == (5, 1, 2, 2)
    assert patches.sum() >= 1


def test_a_shuffle_keeps_every_weight_of_every_prototype() -> None:
    """The sorted weights of each prototype are unchanged, their places are not; another name shuffles otherwise."""
    bank = np.random.default_rng(3).random((6, 4, 3, 3))
    shuffled = permuted(bank, 0, "V2")
    np.testing.assert_array_equal(np.sort(shuffled.reshape(6, -1)), np.sort(bank.reshape(6, -1)))
    assert not np.array_equal(shuffled, bank)
    assert not np.array_equal(shuffled, permuted(bank, 0, "V4"))
