"""Layer by region: planted correspondences come back, unrelated data say "cannot tell", bad input is named."""

import json

import numpy as np
import pytest
import xarray as xr

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import RSA

FEW = {"bootstrap": 150, "permutations": 150}


@pytest.fixture(scope="module")
def network():
    """Four layers, each a nonlinear mixture of the one before."""
    rng = np.random.default_rng(0)
    layers, x = {}, rng.normal(size=(80, 12))
    for depth in range(4):
        x = np.tanh(x @ rng.normal(size=(x.shape[1], 40)) / 2)
        layers[f"layer{depth}"] = x
    return layers


@pytest.fixture(scope="module")
def regions(network):
    """Regions made from layers 0, 1 and 3: random mixtures of their units, four noisy trials."""
    rng = np.random.default_rng(1)
    return {
        name: network[layer][:, None] @ rng.normal(size=(40, 60)) + 2 * rng.normal(size=(80, 4, 60))
        for name, layer in (("V1", "layer0"), ("V4", "layer1"), ("IT", "layer3"))
    }


@pytest.fixture(scope="module", params=["rsa", "cka"])
def result(request, network, regions):
    """Map the planted correspondence, with everything that can be asked for."""
    rng = np.random.default_rng(2)
    return compare.map_layers(
        {"pixels": network["layer0"][:, :5], **network, "flatten": network["layer3"].copy()},
        regions,
        request.param,
        given={"noise": rng.normal(size=(80, 30)), "position": rng.normal(size=(80, 2))},
        nulls={
            "untrained network": {name: rng.normal(size=x.shape) for name, x in network.items()},
            "shuffled brain": compare.shuffled_stimuli(regions, seed=1),
        },
        baselines=["pixels"],
        **FEW,
    )


def test_planted_correspondence_is_recovered(result):
    """Every kind of assignment finds the layer that each region was made from."""
    planted = {"V1": "layer0", "V4": "layer1", "IT": "layer3"}

    assert result.assignment == {"best": planted, "one-to-one": planted, "ordered": planted}
    assert {name: found["layer"] for name, found in result.held_out_half.items()} == planted
    assert result.hierarchy["kendall"]["value"] == pytest.approx(1)


def test_similarity_is_the_plain_measure(result, network, regions):
    """A cell is what cka, or compare_rdms of two rdms, gives."""
    x, y = network["layer1"], regions["IT"]
    plain = compare.cka(x, y) if result.measure == "cka" else compare.compare_rdms(compare.rdm(x), compare.rdm(y))

    assert float(result.similarity.sel(layer="layer1", region="IT")) == pytest.approx(plain, abs=1e-12)


def test_intervals_hold_their_estimate(result):
    """Similarities lie within their intervals, and significant ones above 0."""
    assert (result.low <= result.similarity).all()
    assert (result.similarity <= result.high).all()
    assert (result.p_uncorrected <= result.p_value).all()
    assert float(result.p_value.sel(layer="layer0", region="V1")) == pytest.approx(1 / 151)


def test_similarity_stays_below_its_ceiling(result):
    """The layer that a region was made from reaches the noise ceiling and does not exceed it."""
    for layer, region in (("layer0", "V1"), ("layer1", "V4"), ("layer3", "IT")):
        lower, upper = result.ceiling[region]
        assert lower < upper < 1
        assert float(result.similarity.sel(layer=layer, region=region)) < upper + 0.02


def test_equal_layers_count_as_one(result):
    """A flattened copy shares wins with its original and takes none away; a baseline does not compete."""
    assert result.same_activity == (("layer3", "flatten"),)
    assert any("layer3, flatten" in note for note in result.notes)
    np.testing.assert_array_equal(result.wins.sel(layer="layer3"), result.wins.sel(layer="flatten"))
    assert result.wins.sel(layer="pixels").isnull().all()
    np.testing.assert_allclose(result.wins.drop_sel(layer=["pixels", "flatten"]).sum("layer"), 1)


def test_nulls_are_compared_pair_by_pair(result):
    """A network of noise and a brain with shuffled stimuli explain nothing, so the difference excludes 0."""
    for null in result.nulls.values():
        planted = {"layer": "layer0", "region": "V1"}
        assert abs(float(null.similarity.sel(planted))) < 0.2
        assert float(null.low.sel(planted)) > 0
        xr.testing.assert_allclose(null.difference, result.similarity - null.similarity)
    assert result.nulls["untrained network"].similarity.sel(layer="pixels").isnull().all()


def test_what_is_unrelated_to_both_takes_nothing_away(result):
    """Partial similarity given noise is the similarity itself, nearly."""
    assert result.partial.given == ("noise", "position")
    np.testing.assert_allclose(result.partial.similarity, result.similarity, atol=0.06)
    if result.measure == "rsa":
        assert any("squared Euclidean" in note for note in result.notes)


def test_to_dict_is_plain_json_with_the_agreed_keys(result):
    """Everything survives strict JSON; what cannot be estimated is null."""
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))

    assert plain == result.to_dict()
    assert {
        "measure", "layers", "regions", "similarity", "low", "high", "p_value", "wins", "ceiling", "partial", "nulls",
        "assignment", "best_minus_runner_up", "same_activity", "held_out_half", "hierarchy", "bootstrap",
        "generalises_to", "notes",
    } <= set(plain)  # fmt: skip
    assert plain["wins"][0] == [None, None, None]
    assert len(plain["similarity"]) == len(plain["layers"]) == 6
    assert set(plain["best_minus_runner_up"]["IT"]) == {"best", "runner_up", "difference", "low", "high"}


def test_repr_is_a_table(result):
    """What prints has a row a layer, what a star means, and the answer for each region."""
    text = repr(result)

    assert result.label in text
    assert "IT: layer3" in text
    assert "* p < 0.05, corrected for all cells" in text
    assert len(text.splitlines()) == 3 + len(result.layers) + len(result.regions)


def test_why_no_layer_is_named_is_said(network):
    """Nothing is closer than chance, two layers cannot be told apart, or the region does not vary."""
    rng = np.random.default_rng(3)
    layers = {name: network["layer0"] + 0.3 * rng.normal(size=network["layer0"].shape) for name in ("one", "two")}
    regions = {"noise": rng.normal(size=(80, 40)), "both": network["layer0"], "still": np.ones((80, 3))}
    found = compare.map_layers(layers, regions, "cka", **FEW)

    for text in (repr(found), found._repr_html_()):
        assert "noise: cannot tell (no layer is closer than chance)" in text
        assert "both: cannot tell (one or two)" in text or "both: cannot tell (two or one)" in text
        assert "still: cannot tell (hardly varies over stimuli)" in text


def test_unrelated_data_cannot_be_told():
    """Noise is given no layer by any assignment, in each of several data sets."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        layers = {f"layer{index}": rng.normal(size=(40, 20)) for index in range(4)}
        noise = {f"region{index}": rng.normal(size=(40, 20)) for index in range(3)}
        found = compare.map_layers(layers, noise, seed=seed, **FEW)
        assert set(found.assignment["best"].values()) == {None}
        assert set(found.assignment["one-to-one"].values()) == {None}


def test_tied_layers_cannot_be_told():
    """Two layers that are equally far from a region are both similar to it, and neither is named."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(60, 30))
    layers = {name: truth + rng.normal(size=(60, 30)) for name in ("left", "right")}
    found = compare.map_layers(layers, {"V1": truth}, "cka", **FEW)

    assert found.p_value.max() < 0.05
    assert found.assignment["best"] == {"V1": None}
    assert found.best_minus_runner_up["V1"]["low"] < 0 < found.best_minus_runner_up["V1"]["high"]


def test_partial_similarity_takes_away_what_is_given():
    """Two subjects that share nothing but position have a similarity, and none given position."""
    rng = np.random.default_rng(0)
    position = rng.uniform(-1, 1, size=(100, 2))
    layer, region = (position @ rng.normal(size=(2, 200)) + 0.5 * rng.normal(size=(100, 200)) for _ in range(2))
    for measure in (RSA("euclidean"), "cka"):
        found = compare.map_layers({"conv": layer}, {"V1": region}, measure, given={"position": position}, **FEW)
        assert float(found.low[0, 0]) > 0.7
        assert abs(float(found.partial.similarity[0, 0])) < 0.15


def test_given_may_be_a_ready_rdm():
    """A condensed RDM of squared distances serves both measures as the activity that it came from does."""
    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(3, 30, 6))
    for measure in (RSA("euclidean"), "cka"):
        settings = {"measure": measure, **FEW}
        from_rdm = compare.map_layers({"a": x}, {"b": y}, given={"z": compare.rdm(z, "euclidean")}, **settings)
        from_activity = compare.map_layers({"a": x}, {"b": y}, given={"z": z}, **settings)
        xr.testing.assert_allclose(from_rdm.partial.similarity, from_activity.partial.similarity, atol=1e-10)


def test_images_without_channels_are_told_from_trials():
    """Three axes are trials everywhere, so whoever gives images without channels reads what was made of them."""
    rng = np.random.default_rng(0)
    images, layer = rng.normal(size=(20, 6, 7)), rng.normal(size=(20, 5))
    flat, stacked = (
        compare.map_layers({"a": layer}, {"b": layer[:, None]}, given={"pixels": given}, **FEW)
        for given in (images[..., None], images)
    )

    assert not any("trials" in note for note in flat.notes)
    assert any(note.startswith("pixels (given): three axes") and "6 trials" in note for note in stacked.notes)


def test_few_trials_are_noted(network, regions):
    """A ceiling from three trials comes with the warning that it is low, one from four without."""
    few = compare.map_layers(network, {"V1": regions["V1"][:, :3], "IT": regions["IT"]}, **FEW)

    assert [note for note in few.notes if "ceiling" in note] == [
        "V1: with fewer than 4 trials the noise ceiling is rough"
    ]


def test_silent_stimuli_are_left_out_of_every_cell_and_counted(network, regions):
    """Stimuli that silence one region leave all cells; a region that is silent for most is left out itself."""
    quiet = {name: x.copy() for name, x in regions.items()}
    quiet["V4"][:7] = 0
    quiet["IT"][10:70] = 0
    found = compare.map_layers(network, quiet, **FEW)
    kept = compare.map_layers({k: v[7:] for k, v in network.items()}, {"V1": regions["V1"][7:]}, **FEW)

    assert found.stimuli == 73
    assert any("7 of 80 stimuli are left out" in note for note in found.notes)
    assert any("IT (regions): no variance over units for 60" in note for note in found.notes)
    np.testing.assert_allclose(found.similarity.sel(region="V1"), kept.similarity.sel(region="V1"), atol=1e-12)
    assert found.similarity.sel(region="IT").isnull().all()
    assert found.assignment["best"]["IT"] is None
    assert found.assignment["best"]["V1"] == "layer0"
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_null_that_falls_silent_changes_nothing_of_what_is_held_against_it(network, regions):
    """It is compared on the stimuli to which it responds, as if only these had been shown; the map is as without it."""
    quiet = {"V1": compare.shuffled_stimuli(regions, seed=1)["V1"]}
    quiet["V1"][:25] = 0
    other = {"untrained": {name: x[::-1] for name, x in network.items()}}
    found = compare.map_layers(network, regions, nulls={"rewired": quiet, **other}, **FEW)
    without = compare.map_layers(network, regions, nulls=other, **FEW)
    few = compare.map_layers(
        {name: x[25:] for name, x in network.items()},
        {name: x[25:] for name, x in regions.items()},
        nulls={"rewired": {"V1": quiet["V1"][25:]}},
        **FEW,
    )

    assert found.stimuli == 80
    assert list(found.nulls) == ["rewired", "untrained"]
    assert "nulls['rewired']: held against on the 55 stimuli that it responds to" in found.notes
    for name in ("similarity", "low", "high", "p_value"):
        xr.testing.assert_equal(getattr(found, name), getattr(without, name))
    for name in ("similarity", "difference"):
        null, expected = getattr(found.nulls["rewired"], name), getattr(few.nulls["rewired"], name)
        xr.testing.assert_allclose(null, expected)
    assert found.nulls["rewired"].similarity.sel(region="IT").isnull().all()


@pytest.mark.slow
def test_a_null_that_falls_silent_has_the_noise_of_its_own_stimuli(network, regions):
    """A noise covariance that is given is cut to the stimuli to which the null responds."""
    quiet = compare.shuffled_stimuli(regions, seed=1)["V1"]
    quiet[:25] = 0
    noise = np.linspace(1, 2, 80)
    known, half = (
        compare.map_layers(
            {name: x[start:] for name, x in network.items()},
            {name: x[start:] for name, x in regions.items()},
            RSA(method="whitened-cosine", noise_covariance=noise[start:]),
            nulls={"rewired": {"V1": quiet[start:]}},
            **FEW,
        )
        for start in (0, 25)
    )
    xr.testing.assert_allclose(known.nulls["rewired"].difference, half.nulls["rewired"].difference)


def test_a_region_that_is_nearly_always_the_same_names_no_layer(network):
    """A region that answers one stimulus only does not vary in a third of the bootstraps: no conclusion, no crash."""
    region = np.zeros((80, 5))
    region[3] = 1
    found = compare.map_layers(network, {"odd": region, "V1": network["layer0"]}, "cka", **FEW)

    assert found.assignment["best"] == {"odd": None, "V1": "layer0"}
    assert any("odd: hardly varies" in note for note in found.notes)


def test_nothing_that_varies_gives_a_map_of_nothing():
    """All regions silent: every cell is unknown, and nothing is concluded."""
    rng = np.random.default_rng(0)
    found = compare.map_layers({"a": rng.normal(size=(10, 4))}, {"b": np.zeros((10, 3, 4))}, **FEW)

    assert found.similarity.isnull().all()
    assert found.held_out_half == {}
    assert found.to_dict()["ceiling"] == {"b": [None, None]}


def test_same_seed_same_map_whatever_the_threads(network, regions):
    """The seed decides every number, the threads none."""
    one, again, other = (
        compare.map_layers(network, regions, seed=seed, threads=threads, **FEW).to_dict()
        for seed, threads in ((3, 1), (3, 2), (4, 2))
    )

    assert one == again
    assert one["low"] != other["low"]


def test_progress_is_reported(network, regions):
    """The caller's bar sees every bootstrap and permutation."""
    seen = []
    compare.map_layers(network, regions, progress=lambda total, what: seen.append(total) or seen.append, **FEW)

    assert seen[0] == 300 == sum(seen[1:])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"measure": "rca"}, InvalidOptionError, "measure: there is no 'rca'"),
        ({"bootstrap": 10}, InvalidOptionError, "bootstrap: must be a whole number of at least 100, got 10"),
        ({"permutations": 150.5}, InvalidOptionError, "permutations"),
        (
            {"confidence": 0.999},
            InvalidOptionError,
            "permutations: 150 cannot give a p-value below 0.001.*at least 1000",
        ),
        ({"confidence": 95}, InvalidOptionError, "confidence: must lie between 0 and 1, got 95"),
        ({"baselines": "pixel"}, InvalidOptionError, "baselines: there is no layer 'pixel'"),
        ({"network": {"a": np.ones((9, 3))}}, InvalidActivityError, r"regions\['V1'\]: has 80 stimuli"),
        ({"network": {}}, InvalidActivityError, "network: is empty"),
        ({"network": [1]}, ActivityTypeError, "network: must map names to arrays, got list"),
        ({"regions": {"V1": np.full((80, 3), np.nan)}}, InvalidActivityError, r"regions\['V1'\]: 80 of 80 stimuli"),
        ({"given": {"z": np.ones((7, 3))}}, InvalidActivityError, r"given\['z'\]: has 7 stimuli"),
        ({"given": {"z": np.full(3160, np.inf)}}, InvalidActivityError, r"given\['z'\]: 3160 dissimilarities"),
        ({"nulls": {"n": {"V9": np.ones((80, 3))}}}, InvalidActivityError, r"nulls\['n'\].*V9"),
        ({"nulls": {"n": {"V1": np.ones((9, 3))}}}, InvalidActivityError, "has 9 stimuli"),
        ({"nulls": {"n": {}}}, InvalidActivityError, r"nulls\['n'\]: is empty"),
    ],
)
def test_what_cannot_be_compared_is_named(network, regions, change, error, message):
    """Each kind of bad input has its error, with the name of the culprit."""
    settings = {"network": network, "regions": regions, **FEW, **change}

    with pytest.raises(error, match=message):
        compare.map_layers(settings.pop("network"), settings.pop("regions"), **settings)


@pytest.mark.parametrize(("measure", "least"), [("rsa", 3), ("cka", 4)])
def test_too_few_stimuli_say_how_many_are_needed(measure, least):
    """One stimulus fewer than a measure needs is refused, by number."""
    x = np.random.default_rng(0).normal(size=(least - 1, 6))

    with pytest.raises(TooFewStimuliError, match=f"needs at least {least}"):
        compare.map_layers({"a": x}, {"b": x}, measure, **FEW)


def test_the_fewest_stimuli_work():
    """With very few stimuli intervals are wide, but there are some."""
    x, y = np.random.default_rng(0).normal(size=(2, 5, 6))
    for measure in ("rsa", "cka"):
        found = compare.map_layers({"a": x}, {"b": y}, measure, **FEW)
        assert float(found.low[0, 0]) < float(found.high[0, 0])
        assert found.assignment["best"] == {"b": None}
