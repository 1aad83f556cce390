"""Subjects: networks, brains, recordings and plain mappings all become {name: array}."""

import importlib
import pkgutil

import numpy as np
import pytest

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.nulls import shuffled_stimuli, side_of_null
from compare.subjects import checked_activity


@pytest.fixture
def images():
    """Five random images of 6 x 6."""
    return np.random.default_rng(0).uniform(size=(5, 6, 6, 1)).astype(np.float32)


def test_a_network_gives_its_layers_flattened(images):
    """Layers in order, as (stimulus, unit), with the values that the network computes."""
    import ann

    model = ann.Sequential(
        [ann.layers.Conv2D(3, 3, name="conv", input_shape=(6, 6, 1)), ann.layers.Flatten(), ann.layers.Dense(2)], seed=0
    )
    found = compare.activity(model, images)

    assert list(found) == list(model.activations(images))
    np.testing.assert_array_equal(found["conv"], model.activations(images)["conv"].reshape(5, -1))


def test_a_brain_gives_its_regions_excitatory_counts(images):
    """Regions as (stimulus, trial, unit): the counts that simulate gives, inhibitory units on request only."""
    import brainsim
    from brainsim import AMPA, GABA_A, LIF, Brain, Population, Projection, Region, wiring

    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    brain = Brain(
        "small",
        regions=[
            Region(
                "retina",
                [
                    Population("ON", brainsim.Poisson(), shape=(6, 6)),
                    Population("OFF", brainsim.Poisson(), shape=(6, 6)),
                ],
            ),
            Region("V1", [Population("E", cell, size=36), Population("I", cell, size=4)]),
        ],
        projections=[
            Projection("retina.ON", "V1.E", wiring.one_to_one(), AMPA(tau=5, E_rev=0), weight=60, delay=1),
            Projection("V1.E", "V1.I", wiring.all_to_all(), AMPA(tau=5, E_rev=0), weight=2, delay=1),
            Projection("V1.I", "V1.E", wiring.all_to_all(), GABA_A(tau=10, E_rev=-80), weight=2, delay=1),
        ],
        inputs={"retina": brainsim.Retina()},
    )
    found = compare.activity(brain, images, trials=2, seed=3, duration=50)
    recording = brainsim.simulate(brain, images, duration=50, trials=2, seed=3, keep="counts")

    assert {name: array.shape for name, array in found.items()} == {"retina": (5, 2, 72), "V1": (5, 2, 36)}
    np.testing.assert_array_equal(found["V1"], recording.counts()["V1.E"])
    assert compare.activity(brain, images, duration=50, excitatory=False)["V1"].shape == (5, 1, 40)
    assert compare.activity(recording)["V1"].shape == (5, 2, 40)


def test_a_mapping_is_checked_and_keeps_its_order():
    """Plain arrays come back as (stimulus, trial, unit)."""
    found = compare.activity({"b": np.ones((3, 2)), "a": np.ones((3, 4, 2)), "c": np.ones((3, 2, 2, 2))})

    assert {name: array.shape for name, array in found.items()} == {"b": (3, 1, 2), "a": (3, 4, 2), "c": (3, 1, 8)}


def test_trials_of_what_answers_once_are_refused(images):
    """Neither a network nor a recording sees a stimulus again: asking for that is told, not ignored."""
    import ann

    network = ann.Sequential([ann.layers.Flatten(input_shape=images.shape[1:]), ann.layers.Dense(3)], seed=0)

    for subject, stimuli in ((network, images), ({"V1": np.ones((4, 2, 3))}, None)):
        with pytest.raises(InvalidOptionError, match="trials: only a simulated brain sees a stimulus again, got 3"):
            compare.activity(subject, stimuli, trials=3)


def test_layers_have_no_trials():
    """A layer (stimulus, time, unit) of a network is flattened, not averaged over time."""
    assert checked_activity({"rnn": np.ones((3, 4, 2))}, "network", layers=True)["rnn"].shape == (3, 1, 8)


def test_shuffled_stimuli_keep_patterns_and_lose_labels():
    """All arrays are permuted alike, so what they say about each other stays."""
    x = np.arange(20.0).reshape(10, 2)
    found = shuffled_stimuli({"a": x, "b": -x}, seed=1)

    assert not np.array_equal(found["a"][:, 0], x)
    np.testing.assert_array_equal(found["a"], -found["b"])
    np.testing.assert_array_equal(np.sort(found["a"].ravel()), x.ravel())
    np.testing.assert_array_equal(found["a"], shuffled_stimuli({"a": x}, seed=1)["a"])
    np.testing.assert_array_equal(
        shuffled_stimuli({"a": x}, np.random.default_rng(2))["a"],
        shuffled_stimuli({"a": x}, np.random.default_rng(2))["a"],
    )


def test_a_null_stands_in_for_the_side_that_bears_its_names():
    """Names of layers, names of regions, or an error where they are neither or both."""
    assert side_of_null("n", {"conv": 0}, ["conv", "dense"], ["V1"]) == "layers"
    assert side_of_null("n", {"V1": 0}, ["conv", "dense"], ["V1"]) == "regions"
    with pytest.raises(InvalidActivityError, match="dense2"):
        side_of_null("n", {"conv": 0, "dense2": 0}, ["conv", "dense"], ["V1"])
    with pytest.raises(InvalidActivityError, match="both layers and regions"):
        side_of_null("n", {"retina": 0}, ["retina", "conv"], ["retina", "V1"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: compare.activity(3), ActivityTypeError, "int is neither"),
        (lambda: compare.activity({1: np.ones((3, 2))}), ActivityTypeError, "names must be non-empty text, got 1"),
        (lambda: compare.activity({"a": np.ones((3, 2)), "b": np.ones((4, 2))}), InvalidActivityError, "has 4 stimuli"),
        (lambda: compare.activity(type("Net", (), {"activations": None})()), InvalidActivityError, "none were given"),
    ],
)
def test_what_is_no_subject_is_named(call, error, message):
    """Each kind of bad subject has its error."""
    with pytest.raises(error, match=message):
        call()


def test_no_module_hides_a_public_name():
    """Whatever module of compare has been imported, the public functions are still functions."""
    for module in pkgutil.walk_packages(compare.__path__, "compare."):
        importlib.import_module(module.name)

    for name in compare.__all__:
        assert callable(getattr(compare, name)), name
    with pytest.raises(AttributeError, match="no attribute 'rmd'"):
        compare.rmd  # noqa: B018
    assert set(dir(compare)) >= set(compare.__all__)
