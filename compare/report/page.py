"""Results become one self-contained page, and figures beside it."""

import base64
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from compare.report.catalogue import tabulate
from compare.report.check import check_results
from compare.report.drawing import draw_files
from compare.report.gallery import Plate
from compare.report.inline import inline_svg
from compare.report.maps import first_measure
from compare.report.methods import methods
from compare.report.numbers import fixed, measure_name, p_value, seconds, signed, thousands
from compare.report.parts.moments import moments_answer
from compare.report.parts.shares import shares_answer
from compare.report.parts.units import units_answer
from compare.report.parts.wholes import brain_answer, matrices_answer, network_answer
from compare.report.possible import possible
from compare.report.table_files import write_tables
from compare.report.tables import cell_notes, facts, left_out, remarks
from compare.report.wording import verdict
from isocortex.files import write_text

__all__ = ["render", "write_report"]


def write_report(
    results: Mapping[str, Any], folder: Path | str, formats: Sequence[str] = ("svg", "png", "pdf")
) -> Path:
    """Write ``folder/index.html``, ``folder/figures`` and ``folder/tables``.

    The page holds everything that it shows and asks nothing of the network. Figures that need arrays are drawn from
    ``folder/activity/*.npz`` where these are there, and left out where they are not.

    Parameters
    ----------
    results : mapping
        The results of a study.
    folder : path-like
        Where to write.
    formats : sequence of str
        The formats of the figures' files; ``"svg"`` is always written, for the page shows it.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    ResultsError
        If a required part of the results is missing; its name is told.
    UnreadableFileError
        If an array file is damaged.
    UnwritableFileError
        If the folder cannot be written.
    """
    check_results(results)
    folder = Path(folder)
    chosen = tuple(dict.fromkeys(["svg", *formats]))
    notes = {}
    for key, layer_map in results["comparison"].items():
        notes.update(cell_notes(key, layer_map))
    drawn = [shown(plate, paths, notes) for plate, paths in draw_files(results, folder, chosen).values()]
    links = write_tables(tabulate(results), folder / "tables")
    page = folder / "index.html"
    write_text(page, render(results, drawn, links))
    return page


def shown(plate: Plate, paths: Sequence[Path], notes: Mapping[str, str]) -> dict[str, Any]:
    """Give what the page needs of a figure, from its files."""
    svg = paths[0].read_text(encoding="utf-8")
    return {
        "name": plate.name,
        "caption": plate.caption,
        "wide": plate.wide,
        "svg": inline_svg(svg, plate.name, plate.alt, notes),
        "files": [{"kind": path.suffix[1:].upper(), "href": f"figures/{path.name}"} for path in paths],
    }


def render(
    results: Mapping[str, Any],
    drawn: Sequence[Mapping[str, Any]] = (),
    links: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> str:
    """Fill the page's template.

    Parameters
    ----------
    results : mapping
        The results of a study.
    drawn : sequence of mapping
        What `shown` gives, one a figure.
    links : mapping of str to sequence of mapping, optional
        Table -> the files that it links to, as `write_tables` gives them.

    Returns
    -------
    str
        The page's HTML; every name and label in it is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("compare.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "fixed": fixed,
        "signed": signed,
        "thousands": thousands,
        "seconds": seconds,
        "p_value": p_value,
        "measure": measure_name,
    }
    template = files("compare.report") / "template"
    key = first_measure(results["comparison"])
    sentences = (results.get("verdict") or {}).get("sentences") or verdict(results)
    return environment.get_template("page.html.j2").render(
        r=results,
        key=key,
        sentences=sentences,
        plates={plate["name"]: {**plate, "svg": Markup(plate["svg"])} for plate in drawn},  # noqa: S704 - escaped in inline_svg
        tables={table.name: table for table in tabulate(results)},
        links=links or {},
        notes=[note for note in remarks(results) if not left_out(note)],
        excluded=[note for note in remarks(results) if left_out(note)],
        facts=facts(results),
        methods=methods(results),
        answers={
            "matrices": matrices_answer(results),
            "brain": brain_answer(results),
            "network": network_answer(results),
            "possible": possible(results.get("recovery")),
            "shares": shares_answer(results.get("shares")),
            "units": units_answer(results.get("units")),
            "moments": moments_answer(results.get("moments")),
        },
        css=Markup((template / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
        script=Markup((template / "page.js").read_text(encoding="utf-8")),  # noqa: S704 - ours
        icon=base64.b64encode(ICON.encode()).decode(),
    )


ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#0072b2"><circle cx="4" cy="4" r="2.5"/>'
    '<circle cx="4" cy="12" r="2.5"/></g><g fill="#d55e00"><circle cx="12" cy="4" r="2.5"/>'
    '<circle cx="12" cy="12" r="2.5"/></g><path d="M4 4h8M4 12h8" stroke="#69717b"/></svg>'
)
