"""The Python on the pages of docs/ runs as it stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(r"^```python *\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")


def blocks(text: str) -> Iterator[str]:
    """Give a page's blocks of Python, each moved down to its line, so that an error names the page's own line."""
    for found in BLOCK.finditer(text):
        yield "\n" * text.count("\n", 0, found.start(1)) + found.group(1)


@pytest.fixture(autouse=True)
def _drawn_on_no_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    yield
    import matplotlib.pyplot

    matplotlib.pyplot.close("all")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_page_runs_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page run in one namespace, in an empty folder, and warn of nothing."""
    monkeypatch.chdir(tmp_path)
    namespace: dict = {"__name__": "__main__"}

    for block in blocks(page.read_text(encoding="utf-8")):
        exec(compile(block, str(page), "exec"), namespace)  # noqa: S102


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_page_links_to_files_that_are_there(page: Path) -> None:
    """Every link of a page to another file of the repository leads somewhere."""
    for target in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        assert (page.parent / target).exists(), target


def test_blocks_keep_their_lines() -> None:
    """A block stands on the line that it has on its page; what is no Python is left out."""
    page = "one\n```python\nx = 1\n```\n```\nno\n```\n\n```python\ny = x\n```\n"
    assert list(blocks(page)) == ["\n\nx = 1\n", "\n" * 9 + "y = x\n"]
