"""How faithful a conversion is, which layer fails, and what it costs: counted against brute force."""

from dataclasses import replace

import numpy as np
import pytest

import ann
from ann import layers as L
from compare.conversion import ARITHMETIC, WITH_MEMORY, Costs, energy, fidelity, plots, read_out, to_spiking
from compare.errors import ConversionError, InvalidActivityError, InvalidOptionError


@pytest.fixture(scope="module")
def converted():
    """Give a small network with every kind of stage, its brain, images and what the brain said to them."""
    stack = [
        L.Conv2D(3, 3, padding="same", activation="relu", input_shape=(6, 6, 1)),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(8, "relu"),
        L.Dense(3, "softmax"),
    ]
    model, x = ann.Sequential(stack, seed=3), np.random.default_rng(0).random((12, 6, 6, 1))
    brain = to_spiking(model, x, percentile=100)
    return model, brain, x, read_out(brain, x, 80, threads=1)


def test_a_faithful_conversion_passes(converted):
    """Rates and activations correlate as numpy says they do, and no layer fails."""
    model, brain, x, read = converted
    labels = model.predict(x).argmax(axis=1)
    found = fidelity(model, brain, x, labels, read=read)
    told = read.activity["dense_1"].ravel()
    expected = np.corrcoef(told, model.activations(x)["dense_1"].ravel())[0, 1]
    assert found.layers["correlation"].sel(layer="dense_1") == pytest.approx(expected)
    assert found.failing == ()
    assert found.verdict == "every layer is told after 80 steps"
    assert found.network_accuracy == 1.0
    assert found.accuracy[-1] == found.agreement
    assert list(found.layers["least"]) == [0.99, 0.99, 0.99, 0.9]
    assert found.layers["error"].sel(layer="conv2d_1") <= 1
    assert "dense_1" in str(found)
    assert "accuracy: network 100.0%" in str(found)
    assert "<pre>" in found._repr_html_()


def test_the_layer_that_fails_is_named(converted):
    """A scale that cuts off most of a layer makes that layer the first to fail, and the reason is told."""
    model, brain, x, _ = converted
    regions = list(brain.regions)
    (cells,) = regions[2].populations
    low = replace(cells, model=replace(cells.model, V_th=0.05 * cells.model.V_th), initial={})
    regions[2] = replace(regions[2], populations=[low])
    found = fidelity(model, brain.replace(regions=regions), x, steps=80, threads=1)
    assert found.failing[0] == "dense_1"
    assert found.layers["saturated"].sel(layer="dense_1") > 0.1
    assert "dense_1 fails first" in found.verdict
    assert "raise percentile=" in found.verdict
    assert found.accuracy is None
    assert "accuracy" not in str(found)


def test_why_a_layer_fails_is_told(converted):
    """Few steps leave counts right but coarse; where counts are off by more than a spike, spikes came unevenly."""
    model, brain, x, read = converted
    few = fidelity(model, brain, x, steps=9, least=0.9999, threads=1)
    assert few.failing[0] == "conv2d_1"
    assert "right to a spike, but spikes are few" in few.verdict
    noise = np.random.default_rng(0).normal(0, 0.5, read.activity["dense_1"].shape)
    uneven = replace(read, activity={**read.activity, "dense_1": read.activity["dense_1"] + noise})
    found = fidelity(model, brain, x, read=uneven)
    assert found.failing == ("dense_1",)
    assert "come unevenly" in found.verdict


def test_a_layer_that_says_nothing_fails(converted):
    """Without any spike the correlation is undefined, which is no success."""
    model, brain, x, read = converted
    dark = {name: np.zeros_like(one) for name, one in read.activity.items()}
    found = fidelity(model, brain, x, read=replace(read, activity=dark))
    assert np.isnan(found.layers["correlation"]).all()
    assert len(found.failing) == 4


def test_another_network_is_refused(converted):
    """A brain is held against the network that it was converted from, and what it said to these images."""
    model, brain, x, read = converted
    other = ann.Sequential([L.Flatten(input_shape=(6, 6, 1)), L.Dense(3)], seed=0)
    with pytest.raises(ConversionError, match="convert this network"):
        fidelity(other, brain, x)
    with pytest.raises(ConversionError, match="read: conv2d_1 has the shape"):
        fidelity(model, brain, x[:3], read=read)
    with pytest.raises(ConversionError, match="is no conversion of this network"):
        energy(other, brain, read)


def test_operations_are_counted_synapse_by_synapse(converted):
    """Multiply-accumulates, synaptic operations and updates are those of a count by hand."""
    model, brain, _, read = converted
    found = energy(model, brain, read)
    table = found.layers
    # 3 filters of 9 weights at 36 places (the network multiplies its zero padding too), 27 to 8 to 3 units.
    assert table["macs"].values.tolist() == [36 * 27, 0, 27 * 8, 8 * 3]
    assert table["analog"].values.tolist() == [36 * 27, 0, 0, 0]
    assert table["updates"].values.tolist() == [108 * 80, 27 * 80, 8 * 80, 3 * 80]
    first, pooled, dense = (read.counts[name].sum() / 12 for name in ("conv2d_1", "max_pooling2d_1", "dense_1"))
    np.testing.assert_allclose(table["synaptic_operations"], [0, first, pooled * 8, dense * 3])
    assert found.synaptic_operations.sum() == pytest.approx(float(table["synaptic_operations"].sum()))
    assert found.steps == 80


def test_energy_is_operations_times_costs(converted):
    """Both energies follow from the counts; at the break-even rate they are equal."""
    model, brain, _, read = converted
    for costs in (ARITHMETIC, WITH_MEMORY, Costs(2.0, 0.01, 0.0)):
        found = energy(model, brain, read, costs)
        total = {name: float(found.layers[name].sum()) for name in found.layers}
        network = total["macs"] * costs.multiply_accumulate + total["weights"] * costs.fetch
        arrived = total["synaptic_operations"] * (costs.accumulate + costs.fetch)
        rest = total["analog"] * costs.multiply_accumulate + 27 * costs.fetch + total["updates"] * costs.update
        assert found.network == pytest.approx(network / 1e3)
        assert found.spiking[-1] == pytest.approx((arrived + rest) / 1e3)
        assert (np.diff(found.spiking) >= 0).all()
        scale = found.break_even / (total["spikes"] / 146)
        assert rest + scale * arrived == pytest.approx(network)
        assert "synaptic operations" in str(found)
        assert costs.source in found._repr_html_().replace("&#x27;", "'")


def test_costs_are_not_negative():
    """Each is a number of pJ."""
    for wrong in (-1, float("nan"), "x", True):
        with pytest.raises(InvalidOptionError, match=r"Costs\.accumulate: must be a number of pJ"):
            Costs(1.0, wrong, 1.0)


def test_figures_show_what_was_found(converted):
    """Each takes Axes and gives them back, with the numbers in them."""
    import matplotlib.pyplot as plt

    model, brain, x, read = converted
    found = fidelity(model, brain, x, np.zeros(12, dtype=int), read=read)
    figure, axes = plt.subplots(1, 3)
    try:
        assert plots.accuracy_over_time(found, axes[0]) is axes[0]
        np.testing.assert_allclose(axes[0].lines[0].get_ydata(), 100 * found.accuracy)
        plots.correlations(found, axes[1])
        assert [label.get_text() for label in axes[1].get_xticklabels()] == list(found.layers["layer"].values)
        plots.energy_over_time(energy(model, brain, read), axes[2])
        assert len(axes[2].lines) == 2
        assert plots.correlations(found).figure is not figure
        with pytest.raises(InvalidActivityError, match="has no accuracy to draw"):
            plots.accuracy_over_time(fidelity(model, brain, x, read=read))
    finally:
        plt.close("all")
