"""A whole study, from the user's own images to the page, on a brain and a network so small that it takes seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import compare.study.stages as listed
from compare.settings import NullName
from compare.study import run_study
from compare.study.listener import Silence
from compare.study.nulls import NULLS
from isocortex.files import read_arrays

REGIONS = ["retina", "LGN", "V1", "V2", "V4", "IT"]
STAGES_KEPT = ("activity/network.npz", "activity/regions.npz", "activity/stimuli.npz", "activity/example.npz")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Write a study file beside the user's own images: bars, upright or lying."""
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
        canvas = 32
        max_shift = 2
        [network]
        filters = [4]
        dense = 8
        epochs = 4
        [brain]
        prototypes = [12, 12, 16]
        [simulation]
        trials = 2
        duration = 50
        [comparison]
        bootstrap = 100
        """
    )
    return file


@pytest.fixture
def unpictured(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing of the page, and the planting of layers, for tests of the other numbers."""
    study.write_text(study.read_text() + "recovery = 0\n")
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
    assert [region["name"] for region in results["brain"]["regions"]] == REGIONS
    assert all(0 <= region["silent_share"] <= 1 for region in results["brain"]["regions"])
    assert list(results["brain"]["order"]["levels"]) == REGIONS
    assert len(results["recovery"]["layers"]) == len(results["network"]["layers"])
    assert {path.suffix for path in (out / "tables").iterdir()} == {".csv", ".tex"}
    layers = [layer["name"] for layer in results["network"]["layers"]]
    assert [row["name"] for row in results["readout"]["rows"]] == ["pixels", *layers, *REGIONS]
    for measure in ("rsa", "cka"):
        found = results["comparison"][measure]
        assert found["layers"] == ["pixels", "retina", *layers]
        assert found["regions"] == REGIONS
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
    units = example["V2.E/units"]
    assert np.array_equal(np.bincount(units, minlength=int(example["V2.E/size"])), counts["V2"][0, 0])
    assert example["V2.E/excitatory"]
    assert not example["V2.I/excitatory"]
    stimuli = read_arrays(out / "activity" / "stimuli.npz")
    assert stimuli["images"].shape == (24, 32, 32, 1)
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_every_null_is_simulated_kept_and_shown(study: Path) -> None:
    """Each null has a stage that is taken up again, its differences and a row on the page; what they keep is kept."""
    every = get_args(NullName)
    study.write_text(study.read_text() + f"nulls = {list(every)}\nmeasures = ['rsa']\nrecovery = 0\n")
    out = study.with_name("out")
    results = run_study(study, out)
    titles = [NULLS[name].title for name in every]
    assert list(results["comparison"]["rsa"]["nulls"]) == list(results["nulls"]) == titles
    counts = read_arrays(out / "activity" / "regions.npz")
    for name in every[1:]:
        null = read_arrays(out / "activity" / f"{name}.npz")
        assert {region: array.shape for region, array in null.items()} == {r: x.shape for r, x in counts.items()}
        assert not np.array_equal(null["V2"], counts["V2"])
    assert np.array_equal(read_arrays(out / "activity" / "rewired.npz")["retina"], counts["retina"])
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(title in page for title in titles)
    (out / "activity" / "rewired.npz").unlink()
    heard: list[tuple[str, bool]] = []

    class Ear(Silence):
        def ended(self, title: str, seconds: float, taken_up: bool) -> None:
            heard.append((title, taken_up))

    again = run_study(study, out, resume=True, progress=Ear())
    assert [title for title, taken_up in heard if not taken_up] == ["Rewired brain shown the stimuli"]
    assert without_times(again) == without_times(results)


@pytest.mark.slow
def test_a_study_by_other_measures_is_told_in_their_words(study: Path) -> None:
    """A distance comes first, a similarity second; what biases both is a remark on the page, not a warning."""
    text = study.read_text().replace("stimuli = 24", "stimuli = 30")
    study.write_text(
        text + "measures = ['procrustes', 'bures']\nnulls = ['untrained']\nrecovery = 0\nunits = 20\nbin = 0\n"
    )
    out = study.with_name("out")
    results = run_study(study, out)
    assert list(results["comparison"]) == ["procrustes", "bures"]
    assert results["shares"]["measure"] == "procrustes"
    assert "moments" not in results
    for layer_map in results["comparison"].values():
        assert "more units than stimuli" in layer_map["notes"][0]
    assert "Procrustes distance" in results["verdict"]["sentences"][0]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Closer than untrained network" in page
    assert "more units than stimuli" in page
    assert 'id="moments-part"' not in page


@pytest.mark.slow
@pytest.mark.usefixtures("unpictured")
def test_without_nulls_and_shifts_their_parts_are_absent(study: Path) -> None:
    """Centred images have no position to account for, and nulls are simulated only when asked for."""
    text = study.read_text().replace("max_shift = 2", "max_shift = 0").replace("bootstrap = 100", "nulls = false")
    study.write_text(text.replace("[comparison]", '[comparison]\nbootstrap = 100\nmeasures = ["cka"]'))
    results = run_study(study, study.with_name("out"))
    assert list(results["comparison"]) == ["cka"]
    assert results["comparison"]["cka"]["partial"]["given"] == ["pixels"]
    assert not results["comparison"]["cka"]["nulls"]
