"""Similarity through time: planted latencies come back, noise has none, recordings are binned, size of the test."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

import brainsim
import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.mapping.hierarchy.peak_latency import latency_score, peak_latency

TIMES = np.arange(5.0, 80, 10)
FEW = {"bootstrap": 150, "permutations": 150}


@pytest.fixture(scope="module")
def network():
    """Four layers that share nothing."""
    rng = np.random.default_rng(0)
    return {f"layer{index}": rng.normal(size=(50, 20)) for index in range(4)}


@pytest.fixture(scope="module")
def brain(network):
    """Make a population that does what layer k does at 15 + 15 k ms, in four noisy trials."""
    rng = np.random.default_rng(1)
    weight = np.exp(-(((TIMES - 15 - 15 * np.arange(4)[:, None]) / 10) ** 2))
    signal = sum(np.multiply.outer(x, w) for x, w in zip(network.values(), weight, strict=True))
    return signal[:, None] + rng.normal(size=(50, 4, 20, len(TIMES)))


@pytest.fixture(scope="module", params=["cka", "rsa"])
def found(request, network, brain):
    """Compare them."""
    options = {"distance": "euclidean"} if request.param == "rsa" else {}
    return compare.time_courses(network, brain, TIMES, request.param, **FEW, **options)


def test_planted_latencies_come_back(found):
    """Each layer peaks when it was planted, within its interval, and later layers later."""
    np.testing.assert_allclose(found["peak_latency"], 15 + 15 * np.arange(4), atol=5.1)
    truth = 15 + 15 * np.arange(4)
    assert ((found["peak_low"] <= truth) & (truth <= found["peak_high"])).sum() >= 3
    assert ((found["peak_high"] - found["peak_low"]) >= 10 - 1e-9).all()  # no better than a bin
    assert float(found["latency_hierarchy"]) == pytest.approx(1)
    assert float(found["latency_hierarchy_p"]) == pytest.approx(1 / 24)


def test_curves_lie_in_their_intervals(found):
    """Every moment has an interval around its similarity, and a p-value that is small only near the peak."""
    assert ((found["low"] <= found["similarity"]) & (found["similarity"] <= found["high"])).mean() > 0.95
    late = found["p_value"].sel(layer="layer0", time=75)
    assert float(late) > 0.05
    assert float(found["p_value"].sel(layer="layer0", time=15)) < 0.05


def test_each_moment_is_the_measure_itself(network, brain):
    """A point of a curve is what the plain function gives for that moment's mean over trials."""
    found = compare.time_courses(network, brain, TIMES, **FEW)
    expected = compare.cka(network["layer2"], brain[..., 3].mean(axis=1))

    assert float(found["similarity"].sel(layer="layer2")[3]) == pytest.approx(expected)


def test_noise_has_no_latency(network):
    """A brain that does nothing with the stimuli peaks nowhere, so there is no hierarchy either."""
    noise = np.random.default_rng(2).normal(size=(50, 2, 20, 6))
    found = compare.time_courses(network, noise, np.arange(6), seed=1, **FEW)

    assert found["peak_latency"].isnull().all()
    assert found["peak_low"].isnull().all()
    assert np.isnan(float(found["latency_hierarchy"]))


def test_named_axes_come_in_any_order(network, brain):
    """A DataArray brings its times and is turned as needed; everything else is units."""
    table = xr.DataArray(
        brain.reshape(50, 4, 4, 5, len(TIMES)), dims=("stimulus", "trial", "row", "column", "time"),
        coords={"time": TIMES},
    ).transpose("time", "row", "stimulus", "column", "trial")  # fmt: skip
    one = compare.time_courses(network, table, **FEW)
    two = compare.time_courses(network, brain, TIMES, **FEW)

    xr.testing.assert_allclose(one, two)
    single = table.isel(trial=0, drop=True)
    assert compare.time_courses(network, single, **FEW).sizes["time"] == len(TIMES)


def test_a_recording_is_binned():
    """Spikes of a simulated brain are counted in bins, whose middles are the times; one region or all."""
    rng = np.random.default_rng(0)
    pictures = brainsim.atlas.strokes(12, size=32)
    recording = brainsim.simulate(
        brainsim.atlas.ventral_stream(pictures, prototypes=(6, 6, 6)), pictures, duration=60, trials=2, threads=1
    )
    layers = {"pixels": pictures.reshape(12, -1), "noise": rng.normal(size=(12, 30))}
    whole = compare.time_courses(layers, recording, bin_ms=20, **FEW)
    retina = compare.time_courses(layers, recording, region="retina", bin_ms=20, **FEW)

    assert whole["time"].values.tolist() == [10, 30, 50]
    counts = np.concatenate(
        [recording.binned(20, name)[name].values.mean(axis=1) for name in ("retina.ON", "retina.OFF")], axis=-1
    )
    expected = compare.cka(layers["pixels"], counts[:, 1])
    assert float(retina["similarity"].sel(layer="pixels", time=30)) == pytest.approx(expected)
    assert not np.allclose(whole["similarity"], retina["similarity"])
    with pytest.raises(InvalidOptionError, match="region: the recording has no 'V9'"):
        compare.time_courses(layers, recording, region="V9", **FEW)
    with pytest.raises(InvalidOptionError, match="times_ms: a recording has its own"):
        compare.time_courses(layers, recording, TIMES, **FEW)


def test_the_peak_of_a_distance_is_its_smallest(network, brain):
    """By a distance a layer is closest when it is least."""
    found = compare.time_courses(network, brain[..., :4], TIMES[:4], "procrustes", bootstrap=100, permutations=100)

    assert float(found["peak_latency"].sel(layer="layer0")) in (5, 15)


def test_latency_scores_are_scipys():
    """The score is Spearman's correlation with the layers' numbers; layers without a peak do not count."""
    latency = np.array([40, 30, np.nan, 70, 90.0])
    score = latency_score(latency, np.tile(latency, (3, 1)), np.random.default_rng(0))

    assert score["value"] == pytest.approx(spearmanr([0, 1, 3, 4], latency[[0, 1, 3, 4]]).statistic)
    assert score["low"] == pytest.approx(score["high"])
    assert np.isnan(latency_score(np.array([1, 2, np.nan]), latency[None, :3], np.random.default_rng(0))["value"])
    assert np.isnan(latency_score(np.ones(4), np.ones((2, 4)), np.random.default_rng(0))["value"])
    assert np.isnan(peak_latency(TIMES, np.full(len(TIMES), np.nan)))


def test_layers_that_peak_at_random_show_no_order_more_often_than_alpha():
    """Under no order p falls below 5 % at most that often."""
    rng = np.random.default_rng(0)
    below = [latency_score(peaks, peaks[None], rng)["p_value"] <= 0.05 for peaks in rng.random((300, 5))]

    assert np.mean(below) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"times_ms": None}, InvalidOptionError, "times_ms: when the moments are"),
        ({"times_ms": TIMES[::-1]}, InvalidActivityError, "times_ms: must be increasing"),
        ({"times_ms": [1, 2]}, InvalidActivityError, "times_ms: 2 times, but the activity has 8"),
        ({"activity": np.zeros((50, 3, 8))}, InvalidActivityError, r"must be \(stimulus, trial, unit, time\)"),
        ({"activity": np.full((50, 1, 3, 8), "a")}, ActivityTypeError, "must hold real numbers"),
        (
            {"activity": xr.DataArray(np.ones((2, 3)), dims=("stimulus", "unit"))},
            InvalidActivityError,
            "no axis 'time'",
        ),
        ({"activity": np.ones((40, 1, 3, 8))}, InvalidActivityError, "has 40 stimuli"),
        ({"region": "V1"}, InvalidOptionError, "region: only a recording"),
        ({"bootstrap": 3}, InvalidOptionError, "bootstrap"),
        ({"permutations": 3}, InvalidOptionError, "permutations"),
        ({"measure": "rca"}, InvalidOptionError, "measure: there is no 'rca'"),
    ],
)
def test_what_has_no_time_course_is_refused(network, brain, change, error, message):
    """Each kind of bad input has its error."""
    settings = {"activity": brain, "times_ms": TIMES, **FEW, **change}

    with pytest.raises(error, match=message):
        compare.time_courses(network, settings.pop("activity"), settings.pop("times_ms"), **settings)
