"""The page: whole, self-contained, safe, honest about where its numbers come from."""

import gc
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from report_example import LAYERS, REGIONS, example_results, write_example_arrays

from compare.report import write_report
from compare.report.check import check_results
from compare.report.drawing import draw_files, no_collection
from compare.report.errors import ResultsError
from compare.report.page import render
from isocortex.errors import IsocortexError, UnreadableFileError, UnwritableFileError
from isocortex.files import write_arrays

HOSTILE = "<script>alert('$x_{')</script>&"


class Page(HTMLParser):
    """What a browser would see of a page, as far as the tests ask."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.numbers, self.cells, self.text = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Note a tag."""
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "data":
            self.numbers.append(attributes["value"])
        if tag not in self.VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag, attributes):
        """Note a tag without content."""
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        """Close the innermost tag."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        """Note text, and numbers of cells that carry no value."""
        inside = [tag for tag, _ in self.open]
        if not {"script", "style"} & set(inside):
            self.text.append(data)
        plain = any(attributes.get("class") == "plain" for _, attributes in self.open)
        if "td" in inside and "data" not in inside and not plain:
            self.cells.append(([attributes for tag, attributes in self.open if tag == "td"][-1], data))


def numbers_in(value):
    """Give every number of nested results."""
    if isinstance(value, dict):
        return {number for item in value.values() for number in numbers_in(item)}
    if isinstance(value, list):
        return {number for item in value for number in numbers_in(item)}
    return {float(value)} if isinstance(value, (int, float)) and not isinstance(value, bool) else set()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Give the folder, the results and the page of a whole report."""
    folder = tmp_path_factory.mktemp("report")
    write_example_arrays(folder)
    results = json.loads(json.dumps(example_results()))
    page = write_report(results, folder, formats=())
    assert page == folder / "index.html"
    return folder, results, page.read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_the_network(report):
    """Whatever the page loads is inside it; what it links to lies beside it."""
    folder, _, text = report
    for tag, attributes in Page(text).tags:
        for key in ("src", "href", "xlink:href", "srcset", "poster", "action"):
            value = attributes.get(key)
            if value is None or value.startswith(("#", "data:")):
                continue
            assert tag == "a", f"<{tag} {key}={value}>"
            assert value == "results.json" or (folder / value).is_file()
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text


def test_the_page_is_well_formed(report):
    """Tags nest, ids are unique, references resolve, and there is one first heading."""
    page = Page(report[2])
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    for target in re.findall(r'(?:url\(#|href="#)([^")]+)', report[2]):
        assert target in page.ids
    assert [tag for tag, _ in page.tags].count("h1") == 1


def test_the_page_can_be_read_without_eyes(report):
    """Every figure says what it shows, every table has a caption, and cells of the matrices tell their numbers."""
    page = Page(report[2])
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption")
    plates = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(plates) == 20
    assert all(len(plate["aria-label"]) > 20 for plate in plates)
    cells = [attributes for _, attributes in page.tags if attributes.get("class") == "cell"]
    assert len(cells) == 2 * 4 * len(REGIONS) * (len(LAYERS) + 2)
    assert all("95 % interval" in cell["aria-label"] for cell in cells)


def test_every_number_shown_is_in_the_results(report):
    """Numbers of the tables are marked with their value, and that value stands in results.json."""
    _, results, text = report
    page = Page(text)
    known = numbers_in(results)
    assert len(page.numbers) > 500
    assert all(float(number) in known for number in page.numbers)
    unmarked = [text for attributes, text in page.cells if "name" not in (attributes.get("class") or "")]
    assert not [text for text in unmarked if re.search(r"\d", text)]


def test_cells_tell_the_numbers_of_the_results(report):
    """What is told of a cell is that cell's similarity and interval."""
    _, results, text = report
    rsa = results["comparison"]["rsa"]
    value, low, high = (rsa[part][4][3] for part in ("similarity", "low", "high"))
    assert f"conv2d_2 and V2: {value:.3f}, 95 % interval {low:.3f} to {high:.3f}, p 0.001" in text


def test_the_verdict_comes_first_and_is_the_stored_one(report):
    """A verdict that the results hold is printed as it is."""
    _, results, _ = report
    text = "".join(Page(render({**results, "verdict": {"sentences": ["First.", "Second."]}})).text)
    assert text.index("First.") < text.index("Second.") < text.index("Region by region")


def test_figures_are_written_in_three_formats(tmp_path):
    """Every figure lies in the folder as SVG, PNG and PDF, and nothing half-written beside it."""
    write_report(least_results(), tmp_path)
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == [
        f"{stem}.{kind}" for stem in ("correspondence", "similarity_cka") for kind in ("pdf", "png", "svg")
    ]


def test_figures_follow_light_and_dark(report):
    """No ink of the paper is left in the page's figures; each became one of the page's variables."""
    figures = "".join(re.findall(r"<svg.*?</svg>", report[2], flags=re.DOTALL))
    assert not re.search(r"#(1c1f23|69717b|d8dce1|ffffff|0072b2)", figures, flags=re.IGNORECASE)
    style = re.search(r"<style>(.*?)</style>", report[2], flags=re.DOTALL)[1]
    dark = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", style, flags=re.DOTALL)[1]
    used = set(re.findall(r"var\((--\w+)\)", figures))
    assert {"--ink", "--muted", "--blue", "--sans"} <= used
    assert all(f"{variable}:" in dark for variable in used - {"--sans"})


def test_the_same_results_give_the_same_files(tmp_path):
    """Writing twice gives the same bytes, in every format."""
    pages = [write_report(least_results(), tmp_path / name) for name in ("once", "twice")]
    for first in [pages[0], *(tmp_path / "once" / "figures").iterdir()]:
        assert first.read_bytes() == (tmp_path / "twice" / first.relative_to(tmp_path / "once")).read_bytes()


def test_names_that_would_be_markup_are_shown_as_text(tmp_path):
    """Names of layers, regions, studies and notes are text in the page and in its figures, whatever they hold."""
    text = json.dumps(example_results())
    for name in ("dense_1", "IT", "ventral stream", "objects", "untrained network", "MNIST (LeCun, Cortes and Burges)"):
        text = text.replace(json.dumps(name), json.dumps(HOSTILE + name))
    results = json.loads(text)
    results["study"] |= {"name": HOSTILE, "question": HOSTILE, "settings": {HOSTILE: HOSTILE}}
    results["notes"] = [HOSTILE]
    del results["comparison"]["cka"]
    write_example_arrays(tmp_path)
    for store in ("network", "regions", "example", "filters"):
        with np.load(tmp_path / "activity" / f"{store}.npz") as stored:
            arrays = {HOSTILE + name if name[:2] in ("IT", "V1", "de") else name: stored[name] for name in stored.files}
        write_arrays(tmp_path / "activity" / f"{store}.npz", arrays)
    text = write_report(results, tmp_path, formats=()).read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open
    assert text.count("<script") == 1
    assert "".join(page.text).count(HOSTILE) > 20
    for svg in (tmp_path / "figures").glob("*.svg"):
        assert "<script" not in svg.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in (tmp_path / "figures" / "correspondence.svg").read_text(encoding="utf-8")


def test_letters_that_the_font_lacks_do_not_stop_the_report(tmp_path):
    """A layer may be named in any script."""
    results = json.loads(json.dumps(least_results()).replace("dense", "全結合層\\n一"))
    assert "全結合層" in write_report(results, tmp_path, formats=("png",)).read_text(encoding="utf-8")


def required_paths():
    """Give every required part, as keys from the outside in."""
    yield from (("isocortex",), ("isocortex", "version"), ("study",), ("study", "name"), ("data",))
    yield from (("data", "stimuli"), ("network",), ("network", "layers"), ("network", "layers", 0, "name"))
    yield from (("brain",), ("brain", "regions"), ("brain", "regions", 2, "name"), ("simulation",))
    yield from (("simulation", "trials"), ("simulation", "duration_ms"), ("comparison",))
    yield from (("comparison", "rsa", key) for key in ("layers", "regions", "similarity", "low", "high"))
    yield from (("comparison", "rsa", "partial", "low"), ("comparison", "cka", "nulls", "shuffled brain", "high"))


@pytest.mark.parametrize("path", list(required_paths()), ids=lambda path: ".".join(map(str, path)))
def test_a_missing_part_is_named(path, tmp_path):
    """Results that lack a required part are refused, by the part's full name, before anything is written."""
    results = json.loads(json.dumps(example_results()))
    place = results
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    where = re.escape(".".join(f"{key}" for key in path).replace(".0.", "[0].").replace(".2.", "[2]."))
    with pytest.raises(ResultsError, match=rf"results\.{where}: is missing"):
        write_report(results, tmp_path)
    assert not list(tmp_path.iterdir())
    assert issubclass(ResultsError, ValueError)
    assert issubclass(ResultsError, IsocortexError)


def wrong_forms():
    """Give results of the wrong form, and what is said of them."""
    yield lambda r: 3, "results: must be a mapping, got int"
    yield lambda r: r | {"data": [1]}, "results.data: must be a mapping, got list"
    yield lambda r: r | {"comparison": {}}, "results.comparison: is empty"
    rsa = example_results()["comparison"]["rsa"]
    for change, message in [
        ({"similarity": [[1.0]]}, r"rsa.similarity: must be layers x regions = \(9, 6\), got \(1, 1\)"),
        ({"low": [["a"] * 6] * 9}, "rsa.low: must be a matrix of numbers"),
        ({"regions": []}, "rsa: needs at least one layer and one region, got 9 and 0"),
    ]:
        yield lambda r, change=change: r | {"comparison": {"rsa": rsa | change}}, message


@pytest.mark.parametrize(("change", "message"), list(wrong_forms()))
def test_a_part_of_the_wrong_form_is_named(change, message, tmp_path):
    """Results of another form are refused with the place and the form."""
    with pytest.raises(ResultsError, match=message):
        write_report(change(example_results()), tmp_path)


def least_results():
    """Give results that hold the required parts and nothing else: one region, one layer."""
    return {
        "isocortex": {"version": "0.1.0"},
        "study": {"name": "least"},
        "data": {"stimuli": 20},
        "network": {"layers": [{"name": "dense"}]},
        "brain": {"regions": [{"name": "V1"}]},
        "simulation": {"trials": 1, "duration_ms": 50},
        "comparison": {
            "cka": {"layers": ["dense"], "regions": ["V1"], "similarity": [[0.3]], "low": [[None]], "high": [[None]]}
        },
    }


def test_the_least_results_give_a_page(tmp_path):
    """Whatever is not required may be missing."""
    text = write_report(least_results(), tmp_path, formats=()).read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open
    assert "We cannot tell" in text
    assert sorted(path.stem for path in (tmp_path / "figures").iterdir()) == ["correspondence", "similarity_cka"]


def test_nothing_estimated_is_no_reason_to_fail(tmp_path):
    """Where every number of a comparison is null, cells stay empty and the verdict cannot tell."""
    results = json.loads(json.dumps(example_results()))
    empty = [[None] * len(REGIONS)] * (len(LAYERS) + 2)
    del results["comparison"]["cka"]
    for layer_map in results["comparison"].values():
        layer_map |= dict.fromkeys(("similarity", "low", "high", "p_value", "wins"), empty)
        layer_map["partial"] |= dict.fromkeys(("similarity", "low", "high"), empty)
        layer_map["nulls"]["shuffled brain"] |= dict.fromkeys(("difference", "low", "high"), empty)
        layer_map["ceiling"] = {region: [None, None] for region in REGIONS}
        layer_map["best_minus_runner_up"] = {
            region: {"best": None, "runner_up": None, "difference": None, "low": None, "high": None}
            for region in REGIONS
        }
    text = write_report(results, tmp_path, formats=()).read_text(encoding="utf-8")
    assert "We cannot tell" in text
    assert "NaN" not in "".join(Page(text).text)


def test_colour_images_two_classes_and_deep_networks_fit(tmp_path):
    """Own images with three channels, two classes, and a network of twenty layers before twelve regions."""
    rng = np.random.default_rng(0)
    layers, regions = [f"block_{i}_conv" for i in range(20)], [f"area {i}" for i in range(12)]
    results = json.loads(json.dumps(example_results()))
    matrix = rng.uniform(0, 0.9, (20, 12))
    results["comparison"] = {
        "rsa": {
            "layers": layers,
            "regions": regions,
            "similarity": matrix.tolist(),
            "low": (matrix - 0.1).tolist(),
            "high": (matrix + 0.1).tolist(),
        }
    }
    results["network"] = {"layers": [{"name": name} for name in layers], "edges": []}
    results["brain"]["regions"] = [{"name": name} for name in regions]
    results["data"]["classes"] = ["cat", "dog"]
    results.pop("latency")
    labels = np.arange(30) % 2
    images = rng.uniform(0, 1, (30, 12, 16, 3)).astype(np.float32)
    write_arrays(tmp_path / "activity" / "stimuli.npz", {"images": images, "labels": labels})
    write_arrays(tmp_path / "activity" / "network.npz", {layers[0]: images.reshape(30, -1)})
    write_arrays(
        tmp_path / "activity" / "example.npz",
        {
            "image": images[0],
            "area 0.I/times": np.array([3.0]),
            "area 0.I/units": np.array([0]),
            "area 0.I/size": np.array(2),
        },
    )
    text = write_report(results, tmp_path, formats=()).read_text(encoding="utf-8")
    assert not Page(text).open
    assert {"raster", "rdms"} <= {path.stem for path in (tmp_path / "figures").iterdir()}


def test_a_damaged_array_file_is_named(tmp_path):
    """A truncated archive is refused by its path."""
    (tmp_path / "activity").mkdir()
    (tmp_path / "activity" / "example.npz").write_bytes(b"PK")
    with pytest.raises(UnreadableFileError, match=r"example\.npz"):
        write_report(example_results(), tmp_path)


def test_a_folder_that_is_a_file_is_named(tmp_path):
    """Where the figures cannot be written, the path is told."""
    (tmp_path / "figures").write_text("not a folder")
    with pytest.raises(UnwritableFileError, match="figures"):
        write_report(least_results(), tmp_path, formats=())


def test_the_garbage_collector_runs_again_after_a_failure():
    """Collection is held off while a figure is drawn, and never longer."""
    with no_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ResultsError), no_collection():
        check_results({})
    assert gc.isenabled()


@pytest.mark.slow
def test_figures_are_the_same_whoever_draws_them(tmp_path, monkeypatch):
    """Drawn by two processes, by one, or by one whose helper fails, every file holds the same bytes."""
    results = example_results()
    found = {}
    for way in ("helped", "alone", "failed"):
        folder = tmp_path / way
        write_example_arrays(folder)
        if way == "alone":
            monkeypatch.setattr("compare.report.drawing.FEW", 1000)
        if way == "failed":
            monkeypatch.undo()
            monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
        drawn = draw_files(results, folder, ("svg", "png"))
        found[way] = {path.name: path.read_bytes() for _, paths in drawn.values() for path in paths}
        assert {path.name for path in (folder / "figures").iterdir()} == set(found[way])
    assert found["helped"] == found["alone"] == found["failed"]
