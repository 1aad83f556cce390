"""The page in a browser: tables sort, cells are walked by keyboard, nothing is fetched, names are no markup."""

import copy
import html
import json
import re
import shutil
import subprocess

import pytest
from report_example import example_results

from compare.report import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = "<script>window.run = true</script><img src=x onerror='window.run = true'>"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium on the path, for it is a browser that is asked"
)

# What a reader does, and what the page answers; it is appended to the page, and the answers are read from its DOM.
READER = """
window.onload = async () => {
  const answers = {};
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, cancelable: true}));
  const told = () => document.activeElement.closest("figure").querySelector(".inspector").textContent;
  const first = document.querySelector("#similarity_rsa .cell");
  answers.reachable = document.querySelectorAll('#similarity_rsa .cell[tabindex="0"]').length;
  first.focus();
  answers.walk = [told()];
  for (const key of ["ArrowDown", "ArrowRight", "End", "Home", "ArrowUp", "ArrowUp"]) {
    press(key);
    answers.walk.push(told());
  }
  answers.stillOne = document.querySelectorAll('#similarity_rsa .cell[tabindex="0"]').length;
  const other = document.querySelectorAll("#similarity_rsa .cell")[8];
  other.dispatchEvent(new PointerEvent("pointerenter"));
  answers.pointed = other.closest("figure").querySelector("output").textContent === other.getAttribute("aria-label");
  const table = document.querySelector("#table-cells_rsa");
  table.closest("details").open = true;
  const column = 2, head = table.tHead.rows[0].cells[column], button = head.querySelector("button");
  const numbers = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[column].querySelector("data").value));
  answers.sorts = [[head.getAttribute("aria-sort"), numbers()]];
  for (let i = 0; i < 3; i += 1) {
    button.focus();
    button.click();
    answers.sorts.push([head.getAttribute("aria-sort"), numbers()]);
  }
  const heads = [...table.tHead.rows[0].cells];
  const wins = heads.findIndex((cell) => cell.textContent === "Best in bootstraps");
  table.tHead.rows[0].cells[wins].querySelector("button").click();
  answers.unknownLast = table.tBodies[0].rows[table.tBodies[0].rows.length - 1].cells[wins].textContent.trim();
  answers.sorted = document.querySelectorAll('[aria-sort="ascending"]').length;
  answers.foot = document.querySelector("#table-matrix_rsa tfoot th").textContent;
  answers.button = button.tabIndex;
  answers.run = window.run === true;
  answers.fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
  answers.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  answers.ink = getComputedStyle(document.body).color;
  answers.svgInk = getComputedStyle(document.querySelector("#correspondence text")).fill;
  document.querySelector(".copied button").click();
  await new Promise((done) => setTimeout(done, 50));
  answers.copied = document.querySelector(".copied button").textContent;
  const note = document.createElement("pre");
  note.id = "answers";
  note.textContent = JSON.stringify(answers);
  document.body.append(note);
};
"""


def asked(page, folder, *options):
    """Open a page in Chromium, do what a reader does, and give the answers."""
    opened = folder / "opened.html"
    opened.write_text(page.read_text(encoding="utf-8").replace("</body>", f"<script>{READER}</script></body>"))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000", *options, "--dump-dom"]
    done = subprocess.run([*command, opened.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(html.unescape(re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, flags=re.DOTALL)[1]))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Give the page of a study some of whose names would be markup."""
    folder = tmp_path_factory.mktemp("page")
    results = json.loads(json.dumps(example_results()).replace('"dense_2"', json.dumps(HOSTILE)))
    results["study"] |= {"name": HOSTILE, "question": HOSTILE}
    results["notes"] = [HOSTILE]
    for part in ("readout", "latency"):
        results.pop(part)
    results["network"].pop("training")
    results["comparison"] = {"rsa": copy.deepcopy(results["comparison"]["rsa"])}
    return write_report(results, folder, formats=())


@pytest.fixture(scope="module")
def answers(page, tmp_path_factory):
    """Give what a light page answers."""
    return asked(page, tmp_path_factory.mktemp("light"), "--blink-settings=preferredColorScheme=1")


def test_cells_are_walked_by_keyboard(answers):
    """One cell of a figure is reached by Tab; arrows, Home and End go on from there, and each is told in full."""
    names = [told.split(":")[0] for told in answers["walk"]]
    assert names == [
        "pixels and retina",
        "retina and retina",
        "retina and LGN",
        "retina and IT given pixels and position",
        "retina and retina",
        "pixels and retina",
        "pixels and retina",  # there is nothing above it
    ]
    assert all("95 % interval" in told for told in answers["walk"])
    assert answers["reachable"] == answers["stillOne"] == 1
    assert answers["pointed"]


def test_long_tables_sort(answers):
    """The head of a column is a button: upwards, downwards, and back; the column says how it is sorted."""
    (none, as_they_are), (up, ascending), (down, descending), (again, back) = answers["sorts"]
    assert (none, up, down, again) == ("none", "ascending", "descending", "none")
    assert ascending == sorted(as_they_are) != as_they_are
    assert descending == ascending[::-1]
    assert back == as_they_are
    assert answers["button"] == 0
    assert answers["sorted"] == 1
    assert answers["unknownLast"] == "–"
    assert answers["foot"] == "noise ceiling"


def test_nothing_is_fetched_and_no_name_is_run(answers):
    """Names that would be markup stay text in a real browser, and the page loads nothing but itself."""
    assert not answers["run"]
    assert answers["fetched"] == []


def test_the_methods_are_copied_by_a_button(answers):
    """The paragraph goes to the clipboard, or is selected where the browser refuses."""
    assert answers["copied"].startswith(("Copied", "Selected"))


def test_dark_is_dark_in_text_and_figures(page, answers, tmp_path):
    """Where the reader prefers dark, ink is light, in the figures too."""
    dark = asked(page, tmp_path, "--blink-settings=preferredColorScheme=0")
    light_ink, dark_ink = (sum(map(int, re.findall(r"\d+", found["ink"])[:3])) / 3 for found in (answers, dark))
    assert light_ink < 64
    assert dark_ink > 192
    assert dark["svgInk"] != answers["svgInk"]


def test_a_narrow_window_scrolls_tables_not_the_page(page, tmp_path):
    """On a phone the page is as wide as the window; wide tables and figures scroll within it."""
    assert asked(page, tmp_path, "--window-size=500,900")["wide"] <= 0


@pytest.mark.slow
def test_the_page_prints(page, tmp_path):
    """Printing gives a PDF of several pages."""
    target = tmp_path / "page.pdf"
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    subprocess.run([*command, f"--print-to-pdf={target}", page.as_uri()], capture_output=True, timeout=120, check=True)
    assert target.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) > 2
