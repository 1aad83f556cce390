"""A layer map comes back from plain values and from files as it was, and shows itself in a notebook."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from report_example import layer_map

import compare
from compare import plots
from compare.errors import DataError, MissingFileError, UnreadableFileError
from isocortex.files import write_json

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def found():
    """Map two layers onto three regions, with everything that can be asked for; one name would be markup."""
    rng = np.random.default_rng(0)
    layers = {HOSTILE: rng.normal(size=(40, 30)), "dense": rng.normal(size=(40, 30))}
    regions = {
        "V1": layers[HOSTILE][:, None] + rng.normal(size=(40, 4, 30)),
        "IT": layers["dense"][:, None] + rng.normal(size=(40, 4, 30)),
        "none": rng.normal(size=(40, 30)),
    }
    return compare.map_layers(
        layers,
        regions,
        bootstrap=100,
        permutations=100,
        given={"position": rng.normal(size=(40, 2))},
        nulls={"untrained": {name: rng.normal(size=(40, 30)) for name in layers}},
    )


def test_plain_values_give_the_map_back(found):
    """Nothing is lost on the way to plain values and back, and what cannot be estimated is NaN again."""
    back = compare.LayerMap.from_dict(json.loads(json.dumps(found.to_dict())))
    assert back.to_dict() == found.to_dict()
    assert back.similarity.identical(found.similarity)
    assert np.isnan(back.ceiling["none"]).all()
    assert repr(back) == repr(found)


@pytest.mark.parametrize("suffix", [".json", ".nc"])
def test_a_file_gives_the_map_back(found, tmp_path, suffix):
    """A saved map is the map, in either format, and no half-written file stays behind."""
    found.save(tmp_path / f"map{suffix}")
    assert compare.LayerMap.load(tmp_path / f"map{suffix}").to_dict() == found.to_dict()
    assert [path.name for path in tmp_path.iterdir()] == [f"map{suffix}"]


def test_netcdf_is_read_by_others(found, tmp_path):
    """The netCDF file holds the numbers as variables with named axes."""
    import xarray as xr

    found.save(tmp_path / "map.nc")
    with xr.open_dataset(tmp_path / "map.nc", engine="h5netcdf") as stored:
        assert stored["similarity"].sel(layer="dense", region="IT") == found.similarity.sel(layer="dense", region="IT")
        assert stored["null_difference"].dims == ("null", "layer", "region")
        assert float(stored["ceiling"].sel(region="V1", bound="upper")) == found.ceiling["V1"][1]
        assert stored["assigned"].sel(assignment="best", region="V1").item() == HOSTILE
        assert stored.attrs["generalises_to"] == "stimuli"


def test_a_frame_has_a_row_a_cell(found):
    """The table of cells has layer and region as index, and the numbers of the map."""
    frame = found.to_frame()
    assert frame.index.names == ["layer", "region"]
    assert len(frame) == 6
    assert frame.loc[("dense", "IT"), "q_value"] == float(found.q_value.sel(layer="dense", region="IT"))


def test_an_entry_of_a_study_is_a_map_that_can_be_drawn():
    """What a study keeps of a comparison goes back into a map, also where parts are missing, and plots take it."""
    import matplotlib.pyplot as plt

    stored = layer_map("rsa")
    assert "q_value" not in stored
    found = compare.LayerMap.from_dict(stored)
    assert np.isnan(found.q_value.values).all()
    assert found.assignment["best"]["V1"] == "conv2d_1"
    for draw in (plots.sankey, plots.ceilings, plots.matrix):
        plt.close(draw(found).figure)


class Tags(HTMLParser):
    """Notes what a notebook would see."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Note a tag."""
        self.tags.append((tag, dict(attributes)))


def test_a_notebook_shows_a_table_that_tells_intervals(found):
    """Every cell tells its interval when pointed at; the verdict stands beneath; names are text."""
    text = found._repr_html_()
    tags = Tags(text).tags
    cells = [attributes["title"] for tag, attributes in tags if tag == "td" and "title" in attributes]
    assert len(cells) == 6
    value, low, high = (float(getattr(found, part).values[1, 1]) for part in ("similarity", "low", "high"))
    assert f"dense and IT: {value:.3f} [{low:.3f}, {high:.3f}], p 0.010, q" in cells[4]
    assert "script" not in [tag for tag, _ in tags]
    assert "&lt;script&gt;" in text
    assert "none: cannot tell (no layer is closer than chance)" in text
    assert "noise ceiling" in text
    assert sum("outline" in attributes.get("style", "") for tag, attributes in tags if tag == "td") == 2


def test_a_notebook_shows_what_could_not_be_estimated():
    """A map of which nothing is known is shown with dashes."""
    stored = {"layers": ["a"], "regions": ["b"], "similarity": [[None]], "low": [[None]], "high": [[None]]}
    assert "–" in compare.LayerMap.from_dict(stored)._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": None}, "layers: is missing"),
        ({"similarity": [[1.0]]}, r"similarity: must be layers x regions = \(9, 6\), got \(1, 1\)"),
        ({"low": [["x"] * 6] * 9}, "low: must be a matrix of numbers"),
        ({"ceiling": [1]}, "ceiling: must be a mapping, got list"),
    ],
)
def test_values_of_something_else_are_refused(change, message):
    """What is no map is refused by the part that is wrong."""
    with pytest.raises(DataError, match=message):
        compare.LayerMap.from_dict(layer_map("rsa") | change)


def test_files_of_something_else_are_refused(tmp_path, found):
    """No file, a damaged one, another format and another content are each told."""
    import h5netcdf

    with pytest.raises(MissingFileError):
        compare.LayerMap.load(tmp_path / "none.nc")
    (tmp_path / "cut.nc").write_bytes(b"\x89HDF")
    (tmp_path / "cut.json").write_text("{")
    for name in ("cut.nc", "cut.json"):
        with pytest.raises(UnreadableFileError, match=name):
            compare.LayerMap.load(tmp_path / name)
    with h5netcdf.File(tmp_path / "other.nc", "w") as file:
        file.attrs["title"] = "else"
    with pytest.raises(DataError, match="holds no layer map"):
        compare.LayerMap.load(tmp_path / "other.nc")
    write_json(tmp_path / "list.json", [1])
    with pytest.raises(DataError, match="must be a mapping, got list"):
        compare.LayerMap.load(tmp_path / "list.json")
    with pytest.raises(DataError, match=r"must end in \.json or \.nc, got '\.pkl'"):
        found.save(tmp_path / "map.pkl")
