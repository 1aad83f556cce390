"""A whole study, from the user's own images to the page, on a brain and a network so small that it takes seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brainsim
import compare.study.stages as listed
from brainsim import AMPA, GABA_A, LIF, Brain, Poisson, Population, Projection, Region, Retina, wiring
from compare.study import run_study
from isocortex.files import read_arrays

STAGES_KEPT = ("activity/network.npz", "activity/regions.npz", "activity/stimuli.npz", "activity/example.npz")


def small_stream(images: np.ndarray, feedback: bool = True, shuffled: bool = False, seed: int = 0) -> Brain:
    """Build a stream of three regions, in the place of the atlas' own."""
    side = images.shape[1]
    random = np.random.default_rng(1)
    bank = random.random((4, 1, 5, 5)) * (random.random((4, 1, 5, 5)) > 0.5)
    if shuffled:
        bank = random.permuted(bank.reshape(4, -1), axis=1).reshape(bank.shape)
    edges, pool = wiring.convolution(bank, stride=2, padding="same"), wiring.pooling(2, 2)
    simple = edges.target_shape((side, side))
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=2)
    excitation, inhibition = AMPA(tau=5, E_rev=0), GABA_A(tau=10, E_rev=-80)
    local = wiring.fixed_probability(0.2)
    regions = [
        Region("retina", [Population("ON", Poisson(), shape=(side, side))], function="contrast"),
        Region("V1", [Population("E", cell, shape=simple), Population("I", cell, size=20)], function="edges"),
        Region("IT", [Population("E", cell, shape=pool.target_shape(simple))], function="objects"),
    ]
    projections = [
        Projection("retina.ON", "V1.E", edges, excitation, weight=6, delay=2),
        Projection("V1.E", "V1.I", local, excitation, weight=2, delay=1),
        Projection("V1.I", "V1.E", local, inhibition, weight=1, delay=1),
        Projection("V1.E", "IT.E", pool, excitation, weight=20, delay=3),
    ]
    return Brain("small stream", regions, projections, inputs={"retina": Retina()}, seed=seed)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a study file beside the user's own images: bars, upright or lying."""
    monkeypatch.setattr(brainsim.atlas, "ventral_stream", small_stream, raising=False)
    random = np.random.default_rng(0)
    images = random.random((200, 12, 12)) * 0.1
    labels = np.arange(200) % 2
    for image, label, place in zip(images, labels, random.integers(2, 9, 200), strict=True):
        (image if label else image.T)[place : place + 2] = 1
    np.savez(tmp_path / "bars.npz", images=images, labels=labels)
    file = tmp_path / "bars.toml"
    file.write_text(
        """
        [study]
        name = "bars"
        [data]
        images = "bars.npz"
        stimuli = 24
        canvas = 16
        max_shift = 2
        [network]
        filters = [4]
        dense = 8
        epochs = 4
        [simulation]
        trials = 2
        duration = 50
        [comparison]
        bootstrap = 100
        """
    )
    return file


@pytest.fixture
def unpictured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawing of the page out, for tests of the numbers."""
    stages = [replace(stage, run=lambda work: None) if stage.name == "report" else stage for stage in listed.STAGES]
    monkeypatch.setattr(listed, "STAGES", tuple(stages))


def without_times(results: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs between two runs of the same study."""
    kept = {key: value for key, value in results.items() if key not in ("times", "total_s")}
    kept["isocortex"] = {key: value for key, value in results["isocortex"].items() if key != "created"}
    return kept


def test_a_study_runs_from_images_to_the_page(study: Path) -> None:
    """Every part of the results is there and fits the others; the page and the activity stand in the folder."""
    out = study.with_name("out")
    results = run_study(study, out)
    assert (out / "index.html").read_text(encoding="utf-8").count("<svg") + len(list((out / "figures").iterdir())) > 5
    assert all((out / name).exists() for name in STAGES_KEPT)
    assert results["data"]["train"] == 160
    assert results["simulation"]["trials_simulated"] == 48
    assert len(results["network"]["training"]["loss"]) == 4
    assert {region["name"] for region in results["brain"]["regions"]} == {"retina", "V1", "IT"}
    assert all(0 <= region["silent_share"] <= 1 for region in results["brain"]["regions"])
    layers = [layer["name"] for layer in results["network"]["layers"]]
    assert [row["name"] for row in results["readout"]["rows"]] == ["pixels", *layers, "retina", "V1", "IT"]
    for measure in ("rsa", "cka"):
        found = results["comparison"][measure]
        assert found["layers"] == ["pixels", "retina", *layers]
        assert found["regions"] == ["retina", "V1", "IT"]
        assert found["partial"]["given"] == ["pixels", "position"]
        assert set(found["nulls"]) == {"untrained network", "shuffled brain"}
    assert len(results["verdict"]["sentences"]) == 2
    assert all(isinstance(sentence, str) and sentence for sentence in results["verdict"]["sentences"])


@pytest.mark.usefixtures("unpictured")
def test_what_is_kept_is_what_was_simulated(study: Path) -> None:
    """The example's spikes are those behind its counts, and the stimuli are held-out images on their canvas."""
    out = study.with_name("out")
    run_study(study, out)
    counts, example = read_arrays(out / "activity" / "regions.npz"), read_arrays(out / "activity" / "example.npz")
    units = example["V1.E/units"]
    assert np.array_equal(np.bincount(units, minlength=int(example["V1.E/size"])), counts["V1"][0, 0])
    assert example["V1.E/excitatory"]
    assert not example["V1.I/excitatory"]
    stimuli = read_arrays(out / "activity" / "stimuli.npz")
    assert stimuli["images"].shape == (24, 16, 16, 1)
    assert np.bincount(stimuli["labels"]).tolist() == [12, 12]
    assert np.abs(stimuli["positions"]).max() <= 2


@pytest.mark.usefixtures("unpictured")
def test_a_resumed_study_has_the_same_numbers(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study stopped after its simulation and resumed gives the results of one that was not, number by number."""
    whole = run_study(study, study.with_name("whole"))
    stages = listed.STAGES
    monkeypatch.setattr(listed, "STAGES", stages[:5])
    with pytest.raises(FileNotFoundError):  # there are no results yet
        run_study(study, study.with_name("cut"))
    monkeypatch.setattr(listed, "STAGES", stages)
    resumed = run_study(study, study.with_name("cut"), resume=True)
    assert without_times(resumed) == without_times(whole)


@pytest.mark.usefixtures("unpictured")
def test_changed_images_are_not_mixed_with_what_was_made_of_others(study: Path) -> None:
    """When the user's images change, a resumed run begins again with them."""
    out = study.with_name("out")
    before = run_study(study, out)
    stored = dict(np.load(study.with_name("bars.npz")))
    np.savez(study.with_name("bars.npz"), images=1 - stored["images"], labels=stored["labels"])
    after = run_study(study, out, resume=True)
    fresh = run_study(study, study.with_name("fresh"))
    assert without_times(after) == without_times(fresh)
    assert after["data"]["checksum"] != before["data"]["checksum"]


@pytest.mark.usefixtures("unpictured")
def test_without_nulls_and_shifts_their_parts_are_absent(study: Path) -> None:
    """Centred images have no position to account for, and nulls are simulated only when asked for."""
    text = study.read_text().replace("max_shift = 2", "max_shift = 0").replace("bootstrap = 100", "nulls = false")
    study.write_text(text.replace("[comparison]", '[comparison]\nbootstrap = 100\nmeasures = ["cka"]'))
    results = run_study(study, study.with_name("out"))
    assert list(results["comparison"]) == ["cka"]
    assert results["comparison"]["cka"]["partial"]["given"] == ["pixels"]
    assert not results["comparison"]["cka"]["nulls"]
