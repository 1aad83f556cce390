"""Intervals with a named target: stimuli and units, seeds of network and brain; by theory and by simulation."""

import numpy as np
import pytest

import compare
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference import Estimate
from compare.inference.intervals import crossed_ratio

FEW = {"bootstrap": 150, "permutations": 100}
CROSSED = "stimuli and units"


def _recorded(rng, stimuli=40, units=15):
    """Give a layer, and a region of which some of endlessly many units were recorded, each a mixture with noise."""
    latent = rng.normal(size=(stimuli, 4))
    layer = np.tanh(latent @ np.eye(4, 12) + latent @ np.ones((4, 12)) / 4)
    return {"conv": layer}, {"V1": latent @ rng.normal(size=(4, units)) + rng.normal(size=(stimuli, units))}


def test_two_factor_variance_counts_nothing_twice():
    """With A, B and C of stimuli, units and both: drawing both gives A + B + 3C, corrected to A + B + C."""
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 100_000)) * np.sqrt([[2.0], [1.0], [0.5]])
    d, e = rng.normal(size=(2, 100_000)) * np.sqrt(0.5)
    ratio = crossed_ratio(a + c, b + c, a + b + c + d + e, np.array(1.0))

    assert ratio**2 * 4.5 == pytest.approx(3.5, rel=0.03)


def test_two_factor_variance_lies_between_what_one_and_both_factors_give():
    """Where sampling noise says otherwise, the variance is that of the larger factor, or of both."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=50_000)
    one = crossed_ratio(a, 0.1 * a, 2 * a, np.array(1.0))
    both = crossed_ratio(a, a, a, np.array(1.0))

    assert one**2 * 4 == pytest.approx(1, rel=0.05)
    assert both == pytest.approx(1)


@pytest.mark.parametrize("measure", ["cka", "rsa", "procrustes"])
def test_intervals_over_units_are_wider_and_say_so(measure):
    """Few units make the interval over stimuli and units wider than that over stimuli; the estimate is the same."""
    layers, regions = _recorded(np.random.default_rng(2), units=8)
    stimuli, both = (
        compare.map_layers(layers, regions, measure, generalise=target, **FEW)
        for target in ("stimuli", "stimuli and units")
    )

    assert (stimuli.generalises_to, both.generalises_to) == ("stimuli", "stimuli and units")
    assert both.to_dict()["generalises_to"] == "stimuli and units"
    assert float(both.similarity[0, 0]) == float(stimuli.similarity[0, 0])
    assert float((both.high - both.low)[0, 0]) > 1.05 * float((stimuli.high - stimuli.low)[0, 0])
    assert float(both.low[0, 0]) < float(both.similarity[0, 0]) < float(both.high[0, 0])


@pytest.mark.slow
def test_intervals_over_units_cover_other_units():
    """A small sibling of evidence/coverage.py: what so many other units before other stimuli would give is held."""
    rng = np.random.default_rng(3)

    def sample(seed):
        layers, regions = _recorded(rng, 40, 8)
        found = compare.map_layers(layers, regions, "cka", generalise="stimuli and units", seed=seed, **FEW)
        return float(found.low[0, 0]), float(found.high[0, 0])

    truth = np.mean([compare.cka(*(next(iter(side.values())) for side in _recorded(rng, 40, 8))) for _ in range(400)])
    held = [low <= truth <= high for low, high in map(sample, range(40))]
    assert np.mean(held) >= 0.84  # 0.95 less three standard errors of 40 repetitions


def test_threads_change_no_bit_of_units_drawn_anew():
    """Units are drawn from the seed and the number of the draw, not from who computes it."""
    layers, regions = _recorded(np.random.default_rng(4), 20, 6)
    one, three = (
        compare.map_layers(layers, regions, "cka", generalise="stimuli and units", threads=threads, **FEW).to_dict()
        for threads in (1, 3)
    )
    assert one == three


def test_estimates_are_mapped_and_subtracted_draw_by_draw():
    """A difference of two estimates has the draws, units and both of the difference."""
    rng = np.random.default_rng(5)
    one, other = (
        Estimate(np.zeros(2), *rng.normal(size=(2, 9, 2)), units=rng.normal(size=(9, 2)), both=rng.normal(size=(9, 2)))
        for _ in range(2)
    )
    apart = one.minus(other)

    for name in ("value", "draws", "left_out", "units", "both"):
        np.testing.assert_array_equal(getattr(apart, name), getattr(one, name) - getattr(other, name))
    np.testing.assert_array_equal(one.map(lambda part: part[..., 0]).units, one.units[:, 0])
    assert len(one.where(lambda draws: draws[:, 0] > 0).draws) == (one.draws[:, 0] > 0).sum()
    assert one.minus(Estimate(np.zeros(2), np.zeros((9, 2)), None)).left_out is None


def _seeds(rng, networks, brains, spread=1.0):
    """Networks and brains before the same stimuli, each with its own share of what is common to all."""
    image = rng.normal(size=(30, 10))
    nets = [{"a": image + spread * rng.normal(size=(30, 10)), "b": rng.normal(size=(30, 10))} for _ in range(networks)]
    return nets, [{"V1": image + spread * rng.normal(size=(30, 10))} for _ in range(brains)]


def test_seeds_are_compared_every_network_with_every_brain():
    """Each cell of `each` is the plain measure of its pair, and the mean over pairs is the similarity."""
    networks, brains = _seeds(np.random.default_rng(6), 3, 2)
    found = compare.across_seeds(networks, brains, "cka")

    assert found.each.shape == (3, 2, 2, 1)
    assert float(found.each[2, 1, 0, 0]) == pytest.approx(compare.cka(networks[2]["a"], brains[1]["V1"]), abs=1e-12)
    np.testing.assert_allclose(found.similarity, found.each.mean(("network", "brain")))
    assert found.generalises_to == "seeds of network and brain"
    assert found.to_dict()["generalises_to"] == found.generalises_to
    assert compare.across_seeds(networks, brains[:1], "cka").generalises_to == "seeds of network"


@pytest.mark.parametrize(("networks", "brains"), [(4, 4), (5, 1), (3, 6)])
def test_intervals_over_seeds_cover_other_seeds(networks, brains):
    """For random effects of networks, brains and pairs, Student's interval holds the mean over endless seeds."""
    from compare.mapping.seeds import _interval

    rng = np.random.default_rng(7)
    held = []
    for _ in range(2000):
        each = (
            rng.normal(size=(networks, 1)) * 1.0
            + (brains > 1) * rng.normal(size=(1, brains)) * 0.7
            + 0.5 * rng.normal(size=(networks, brains))
        )
        _, low, high = _interval(each, 0.95)
        held.append(low <= 0 <= high)
    assert 0.93 <= np.mean(held) <= 0.985


def test_the_leading_layer_is_named_over_seeds():
    """A layer that leads in every seed is named, smallest distance included; layers that are equal are not."""
    networks, brains = _seeds(np.random.default_rng(8), 4, 4, 0.3)

    assert compare.across_seeds(networks, brains, "cka").assignment == {"V1": "a"}
    assert compare.across_seeds(networks, brains, "procrustes").assignment == {"V1": "a"}
    equal = [{"a": one["b"], "b": one["b"] + 1} for one in networks]
    assert compare.across_seeds(equal, brains, "cka").assignment == {"V1": None}
    assert compare.across_seeds([{"a": one["a"]} for one in networks], brains).assignment == {"V1": None}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda n, b: compare.across_seeds(n[:1], b[:1]), TooFewStimuliError, "got one of each"),
        (lambda n, b: compare.across_seeds(n[0], b), InvalidActivityError, "networks: must be a sequence"),
        (lambda n, b: compare.across_seeds(n, []), InvalidActivityError, "regions: must be a sequence"),
        (
            lambda n, b: compare.across_seeds([n[0], {"a": n[1]["a"]}], b),
            InvalidActivityError,
            r"networks\[1\]: has a,",
        ),
        (lambda n, b: compare.across_seeds(n, b, confidence=2), InvalidOptionError, "between 0 and 1, got 2"),
        (
            lambda n, b: compare.map_layers(n[0], b[0], generalise="units", **FEW),
            InvalidOptionError,
            "generalise: there is no 'units'",
        ),
        (
            lambda n, b: compare.map_layers(
                n[0], {"x": b[0]["V1"][:, :1]}, "cka", generalise="stimuli and units", **FEW
            ),
            TooFewStimuliError,
            r"regions\['x'\]: 1 units, too few to be drawn anew",
        ),
        (
            lambda n, b: compare.map_layers(n[0], b[0], "cca", generalise=CROSSED, **FEW),
            TooFewStimuliError,
            "too few for halves of them",
        ),
    ],
)
def test_what_cannot_be_generalised_is_named(call, error, message):
    """Each kind of bad input has its error."""
    networks, brains = _seeds(np.random.default_rng(9), 2, 2)
    if "halves" in message:
        networks = [{"a": np.random.default_rng(0).normal(size=(30, 16))}]
    with pytest.raises(error, match=message):
        call(networks, brains)


def test_noise_corrected_similarity_divides_by_both_ceilings():
    """A layer with trials counts too; one and the same geometry comes near 1, and what exceeds it is told."""
    rng = np.random.default_rng(10)
    signal = rng.normal(size=(60, 1, 6)) @ rng.normal(size=(6, 30))
    region, layer = (signal + 3 * rng.normal(size=(60, 4, 30)) for _ in range(2))
    found = compare.map_layers({"still": signal[:, 0], "noisy": layer}, {"V1": region}, "cka", **FEW)
    one_sided = float(found.similarity[0, 0]) / found.ceiling["V1"][1]

    assert float(found.noise_corrected[0, 0]) == pytest.approx(one_sided)
    np.testing.assert_allclose(found.noise_corrected.values, 1, atol=0.06)
    exceeding = int((found.noise_corrected > 1).sum())
    assert any(f"exceeds 1 in {exceeding} of 2" in note for note in found.notes) == (exceeding > 0)
    without = compare.map_layers({"still": signal[:, 0]}, {"V1": region}, "bures", **FEW)
    assert without.noise_corrected.isnull().all()
