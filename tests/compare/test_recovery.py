"""Model recovery: planted layers come back, hopeless data say "cannot tell", reliability is what it is called."""

import json
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binomtest

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.recovery.planting import Noise, measured_noise, one_trial, plant
from compare.recovery.proportions import effective_count, wilson

FAST = {"bootstrap": 100, "permutations": 100, "threads": 1}


@pytest.fixture(scope="module")
def network():
    """Four layers, each a nonlinear mixture of the one before."""
    rng = np.random.default_rng(0)
    layers, x = {}, rng.normal(size=(60, 12))
    for depth in range(4):
        x = np.tanh(x @ rng.normal(size=(x.shape[1], 40)) / 2)
        layers[f"layer{depth}"] = x
    return layers


@pytest.fixture(scope="module")
def recovered(network):
    """Recover them at two numbers of stimuli and of trials."""
    return compare.recover_layers(
        network, 0.4, units=40, stimuli=[20, 60], trials=[1, 8], repetitions=4, seed=1, **FAST
    )


def test_planted_layers_come_back(recovered):
    """With all stimuli and eight trials every layer is named nearly every time, and no wrong one ever."""
    best = recovered.counts.sel(stimuli=60, trials=8)

    assert np.diag(best.values[:, :4]).min() >= 3
    assert best.values.sum() == 4 * 4
    assert int(recovered.wrong["value"].sel(stimuli=60, trials=8).sum()) == 0


def test_more_stimuli_and_trials_tell_more(recovered):
    """Accuracy grows with both, as the power of any test does."""
    share = recovered.overall["value"]

    assert share.sel(stimuli=60, trials=8) > share.sel(stimuli=20, trials=1)
    assert float(share.sel(stimuli=20, trials=1)) < 0.5


def test_what_was_not_named_right_is_mostly_not_told(recovered):
    """Too few data are answered by "cannot tell", not by a wrong layer."""
    assert float(recovered.wrong["value"].max()) <= 1 / 4
    assert int(recovered.counts.sel(stimuli=20, trials=1, found="cannot tell").sum()) > 8


@pytest.mark.parametrize("measure", ["cka", "rsa"])
def test_hopeless_noise_is_told(network, measure):
    """Units of which a hundredth is signal recover nothing, by either measure."""
    found = compare.recover_layers(
        network, 0.01, units=10, stimuli=30, trials=1, repetitions=4, measure=measure, **FAST
    )

    assert int(found.counts.sel(found="cannot tell").sum()) >= 15


def test_mixtures_are_recovered_too(network):
    """A region of random mixtures of a layer's units has its geometry, and is found by it."""
    found = compare.recover_layers(network, 0.6, units=80, made_of="mixtures", repetitions=3, measure="cka", **FAST)

    assert np.diag(found.counts.squeeze().values).tolist() == [3, 3, 3, 3]


def test_layers_that_are_the_same_count_as_one(network):
    """Flattening a layer plants the same region, so naming the layer before it is right; a note says so."""
    found = compare.recover_layers(
        {"conv": network["layer0"], "flatten": network["layer0"].copy(), "dense": network["layer3"]},
        0.8, units=40, repetitions=3, **FAST,
    )  # fmt: skip

    assert found.accuracy["value"].squeeze().values.tolist() == [1, 1, 1]
    assert any("conv, flatten: the same geometry" in note for note in found.notes)


def test_baselines_are_not_planted(network):
    """Pixels that compete for nothing are neither planted nor named."""
    layers = {"pixels": network["layer1"][:, :20], "a": network["layer0"], "b": network["layer3"]}
    found = compare.recover_layers(layers, 0.8, units=40, repetitions=2, baselines="pixels", **FAST)

    assert found.layers == ["a", "b"]
    assert found.counts.squeeze().values.tolist() == [[2, 0, 0], [0, 2, 0]]


def test_needed_is_the_smallest_number_that_lasts():
    """The smallest number of stimuli from which on every larger one reaches the level too."""
    named = np.zeros((4, 1, 10, 2), int)
    named[..., 1] = 1
    named[0, 0, :5] = -1  # half right at 10 stimuli
    named[2, 0, :3, 1] = -1  # 0.7 for the second layer at 30
    found = compare.RecoveryResult(
        xr.DataArray(named, dims=("stimuli", "trials", "repetition", "planted"),
                     coords={"stimuli": [10, 20, 30, 40], "trials": [4], "planted": ["a", "b"]}),
        "RSA", 10, 0.5, "units", 0.95, (),
    )  # fmt: skip
    needed = found.needed((0.5, 0.8))

    assert needed.sel(level=0.8, planted="a").item() == 20
    assert needed.sel(level=0.8, planted="b").item() == 40
    assert needed.sel(level=0.8, planted="every layer").item() == 40
    assert needed.sel(level=0.5, planted="every layer").item() == 10
    assert found.counts.sel(stimuli=10, planted="a").values.tolist() == [[5, 0, 5]]
    assert "every layer named in 80%: 40 stimuli with 4 trials" in repr(found)
    with pytest.raises(InvalidOptionError, match="levels: must be shares"):
        found.needed([80])


def test_too_little_data_are_told_by_needed(recovered):
    """Where no number of stimuli was enough, there is none, and the text says so."""
    never = recovered.needed().sel(level=0.9, trials=1, planted="every layer")

    assert np.isnan(never.item())
    assert "more than 60 stimuli with 1 trials" in repr(recovered)


def test_everything_is_plain_data(recovered):
    """What the report reads is JSON, with None where nothing was enough."""
    plain = json.loads(json.dumps(recovered.to_dict(), allow_nan=False))

    assert plain["found"] == ["layer0", "layer1", "layer2", "layer3", "cannot tell"]
    assert np.shape(plain["counts"]) == (2, 2, 4, 5)
    assert plain["needed"][1][0][-1] is None


def test_same_seed_same_answers_whatever_computes_them(network):
    """Threads and a pool of processes give the same numbers, another seed others."""
    settings = {"units": 10, "stimuli": 20, "trials": 2, "repetitions": 2, **FAST}
    one = compare.recover_layers(network, 0.3, seed=5, **settings)
    two = compare.recover_layers(network, 0.3, seed=5, **(settings | {"threads": 2}))
    with ProcessPoolExecutor(1) as pool:
        three = compare.recover_layers(network, 0.3, seed=5, parallel=pool, **settings)

    xr.testing.assert_identical(one.named, two.named)
    xr.testing.assert_identical(one.named, three.named)


def test_progress_is_reported(network):
    """The caller's bar sees every repetition."""
    seen = []
    compare.recover_layers(
        network, 0.5, units=5, stimuli=[10, 12], repetitions=2,
        progress=lambda total, what: seen.append(total) or seen.append, **FAST,
    )  # fmt: skip

    assert seen == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("mixtures", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_planted_units_are_as_reliable_as_asked(share, mixtures):
    """Spearman-Brown on the planted region gives the reliability that was put in, for its mean over trials."""
    layer = np.random.default_rng(0).normal(size=(2000, 30)) * np.arange(1, 31)
    region = plant(layer, 20, mixtures, Noise(np.array([share])), 4, np.random.default_rng(1))
    found = compare.reliability(region).values

    assert found.mean() == pytest.approx(4 * share / (1 + 3 * share), abs=0.01)
    np.testing.assert_allclose(found, 4 * share / (1 + 3 * share), atol=0.06)


def test_a_recording_plants_its_own_noise():
    """Reliability and the correlation of noise between units are those of the recording."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(400, 6, 1))
    recording = rng.normal(size=(400, 1, 8)) + (shared + rng.normal(size=(400, 6, 8))) / np.sqrt(2)
    noise = measured_noise(recording)
    region = plant(rng.normal(size=(400, 50)), 8, False, noise, 40, rng)
    residual = (region - region.mean(axis=1, keepdims=True)).reshape(-1, 8)

    np.testing.assert_allclose(noise.reliability, 0.5, atol=0.06)
    np.testing.assert_allclose(np.corrcoef(residual.T)[np.triu_indices(8, 1)], 0.5, atol=0.06)
    found = compare.recover_layers({"a": rng.normal(size=(20, 9)), "b": rng.normal(size=(20, 9))}, recording,
                                   repetitions=1, **FAST)  # fmt: skip
    assert found.units == 8


def test_reliability_of_means_goes_back_to_one_trial():
    """Spearman and Brown's formula is undone; what `compare.reliability` gives knows its trials."""
    single = np.array([0.1, 0.5, 0.9])
    for trials in (1, 2, 7):
        mean = trials * single / (1 + (trials - 1) * single)
        np.testing.assert_allclose(one_trial(mean, trials), single)
        table = xr.DataArray(mean, dims="unit", attrs={"trials": trials})
        np.testing.assert_allclose(measured_noise(table).reliability, single)


def test_units_without_signal_stay_and_unknown_ones_go():
    """A unit that is not reliable carries only noise; one that was silent is counted and left out."""
    noise = measured_noise([0.0, 0.0, -0.3, np.nan, 0.5])
    region = plant(np.random.default_rng(0).normal(size=(500, 9)), 4, False, noise, 60, np.random.default_rng(2))

    assert noise.silent == 1
    assert sorted(noise.reliability) == [0, 0, 0, 0.5]
    signal = region.mean(axis=1).var(axis=0)
    assert (signal < 0.1).sum() == 3


def test_wilson_is_scipys():
    """The interval of a share is that of scipy's binomial test, at both ends too."""
    for right, total in ((0, 12), (7, 12), (12, 12)):
        low, high = wilson(np.array(right / total), total, 0.9)
        ends = binomtest(right, total).proportion_ci(0.9, "wilson")
        np.testing.assert_allclose([low, high], [ends.low, ends.high], atol=1e-12)


def test_wilsons_interval_of_cases_that_go_together_covers():
    """Cases that share their repetition count as few: 95 % intervals hold the truth 93 times in 100 or more."""
    rng = np.random.default_rng(0)
    chance = rng.beta(2, 1, size=(600, 40, 1))  # a repetition's own chance of being right; mean 2/3
    right = (rng.random((600, 40, 5)) < chance).astype(float)
    share = right.mean(axis=(1, 2))
    low, high = wilson(share, effective_count(right), 0.95)
    naive = wilson(share, 200.0, 0.95)

    assert 0.93 <= np.mean((low <= 2 / 3) & (high >= 2 / 3)) <= 0.98
    assert np.mean((naive[0] <= 2 / 3) & (naive[1] >= 2 / 3)) < 0.9


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"reliability": "high"}, ActivityTypeError, "reliability: must hold real numbers, got str"),
        (
            {"reliability": xr.Dataset()},
            ActivityTypeError,
            "reliability: .* real numbers, got Dataset",
        ),
        ({"reliability": 1.2}, InvalidOptionError, "reliability: must not lie above 1, got 1.2"),
        ({"reliability": [0.0, -1.0]}, InvalidOptionError, "none of 2 units is reliable"),
        ({"reliability": np.ones((3, 4))}, InvalidOptionError, r"got shape \(3, 4\)"),
        ({"reliability": np.ones((9, 1, 4))}, TooFewStimuliError, "at least 2 trials"),
        ({"stimuli": [10, 90]}, InvalidOptionError, "stimuli: the network has 60, got 90"),
        ({"stimuli": []}, InvalidOptionError, "stimuli: is empty"),
        ({"trials": 0}, InvalidOptionError, "trials: must be whole numbers of at least 1, got 0"),
        ({"repetitions": 2.5}, InvalidOptionError, "repetitions: must be whole"),
        ({"units": -1}, InvalidOptionError, "units: must be whole"),
        ({"made_of": "unit"}, InvalidOptionError, "made_of: there is no 'unit'"),
        ({"nulls": {}}, InvalidOptionError, "there is no option 'nulls'"),
        ({"baselines": ["layer0", "layer1", "layer2"]}, InvalidActivityError, "nothing could be mistaken"),
        ({"baselines": "pixels"}, InvalidOptionError, "there is no layer 'pixels'"),
        ({"measure": "rca"}, InvalidOptionError, "measure: there is no 'rca'"),
        ({"network": {"a": np.ones((60, 3))}}, InvalidActivityError, "nothing could be mistaken"),
        (
            {"network": {"a": np.random.default_rng(0).normal(size=(60, 3)), "b": np.ones((60, 3))}},
            InvalidActivityError,
            r"network\['b'\]: no unit varies",
        ),
    ],
)
def test_what_cannot_be_planted_is_refused(network, change, error, message):
    """Each kind of bad input has its error, with the name of the culprit."""
    settings = {"network": network, "reliability": 0.5, "repetitions": 1, **FAST, **change}

    with pytest.raises(error, match=message):
        compare.recover_layers(settings.pop("network"), settings.pop("reliability"), **settings)


def test_no_more_units_than_were_recorded():
    """Noise of a recording is shared among its units; there is none for more."""
    rng = np.random.default_rng(0)
    recording = rng.normal(size=(30, 1, 5)) + rng.normal(size=(30, 4, 5))
    layers = {name: rng.normal(size=(30, 9)) for name in "ab"}

    with pytest.raises(InvalidOptionError, match="units: 5 usable units were recorded, got 6"):
        compare.recover_layers(layers, recording, units=6, **FAST)


def test_as_many_trials_as_were_recorded_are_planted(network):
    """A recording, and what `reliability` gives, know how many they had; a number does not."""
    rng = np.random.default_rng(0)
    recorded = rng.normal(size=(60, 1, 10)) + rng.normal(size=(60, 5, 10))
    for reliability, expected in ((recorded, 5), (compare.reliability(recorded), 5), (0.5, 4)):
        found = compare.recover_layers(network, reliability, units=10, repetitions=1, stimuli=20, **FAST)
        assert found.named.sizes["trials"] == 1
        assert int(found.named["trials"][0]) == expected
