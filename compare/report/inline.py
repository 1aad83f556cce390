"""A figure's SVG inside the page: its colours follow light and dark, its ids are its own, its cells can be reached."""

import html
import re
from collections.abc import Mapping

from compare.report.figures.common import FAINT, INK, LINE, MUTED, PAPER
from isocortex.style import COLORS

__all__ = ["inline_svg"]

# What the figures are drawn with, and the CSS variable of the page that takes its place.
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    FAINT: "--faint",
    PAPER: "--paper",
    COLORS["blue"].lower(): "--blue",
    COLORS["vermillion"].lower(): "--vermillion",
    COLORS["purple"].lower(): "--purple",
}
CELL = re.compile(r'<g id="(cell-[^"]+)">')
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
FONT = re.compile(r"font-family: [^;\"]*")


def inline_svg(svg: str, name: str, alt: str, notes: Mapping[str, str] | None = None) -> str:
    """Make Matplotlib's SVG ready to stand inside an HTML page.

    Parameters
    ----------
    svg : str
        The file that Matplotlib wrote, with text as text.
    name : str
        The figure's name; it is put before every id, for a page holds many figures.
    alt : str
        What the figure shows, for those who cannot see it.
    notes : mapping of str to str, optional
        Id of a cell -> what is told when it is pointed at or reached by keyboard.

    Returns
    -------
    str
        Markup that is safe to insert: whatever came from a user was escaped by Matplotlib, or is here.

    Examples
    --------
    >>> inline_svg('<svg width="9pt" height="9pt" viewBox="0 0 9 9"><g id="a"/></svg>', "f", "Nothing.")
    '<svg class="plate" role="group" aria-label="Nothing." width="9pt" viewBox="0 0 9 9"><g id="f-a"/></svg>'
    """
    notes = notes or {}
    body = svg[svg.index("<svg") :]
    for part in ("metadata", "style"):  # a style within would hold for the whole page
        body = re.sub(rf"<{part}\b.*?</{part}>", "", body, flags=re.DOTALL)
    head, _, rest = body.partition(">")
    head = re.sub(r' (?:height|xmlns(?::\w+)?|version)="[^"]*"', "", head)
    head = head.replace("<svg", f'<svg class="plate" role="group" aria-label="{html.escape(alt)}"', 1)
    rest = CELL.sub(lambda match: reachable(match, notes), rest)
    body = f"{head}>{rest}"
    body = re.sub(r'(?<![\w-])id="', f'id="{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    body = body.replace("xlink:href=", "href=")
    return re.sub(r'style="[^"]*"', page_style, body).strip()


def reachable(match: re.Match[str], notes: Mapping[str, str]) -> str:
    """Let a cell be pointed at and reached by keyboard."""
    note = notes.get(match[1])
    if note is None:
        return match[0]
    text = html.escape(note)
    return f'<g id="{match[1]}" class="cell" role="img" tabindex="-1" aria-label="{text}"><title>{text}</title>'


def page_style(match: re.Match[str]) -> str:
    """Swap known colours for CSS variables, and the paper's font for the page's."""
    style = COLOR.sub(lambda color: variable(color[0]), match[0])
    return FONT.sub("font-family: var(--sans)", style)


def variable(color: str) -> str:
    """Give the CSS variable of a colour, or the colour."""
    name = VARIABLES.get(color.lower())
    return f"var({name})" if name else color
