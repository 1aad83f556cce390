"""Tables as files: CSV with every digit, LaTeX ready for a paper."""

import csv
import io
import unicodedata
from pathlib import Path
from typing import Any

from compare.report.numbers import fixed, p_value, signed
from compare.report.table import Answer, Column, Estimate, Range, Table
from isocortex.files import write_text

__all__ = ["as_csv", "as_latex", "escaped", "write_tables"]

ENDS = {"estimate": ("low", "high"), "gain": ("low", "high"), "range": ("upper",), "answer": ("remark",)}
SIDES = {"name": "l", "answer": "l", "text": r"p{0.3\linewidth}"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")

GREEK = (
    "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho "
    "σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon "
    "Φ Phi Ψ Psi Ω Omega"
)
SIGNS = {
    "−": "-", "×": r"\times", "·": r"\cdot", "±": r"\pm", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx",
    "→": r"\rightarrow", "←": r"\leftarrow", "∞": r"\infty", "µ": r"\mu", "°": r"^\circ", "²": "^2", "³": "^3",
}  # fmt: skip
# Only what every LaTeX has: a quotation mark by its number, since \textquotedbl asks for the encoding T1.
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\symbol{34}", "–": "--", "—": "---", "…": r"\dots{}", "“": "``", "”": "''", "‘": "`",
    "’": "'", "½": "1/2", "\N{NO-BREAK SPACE}": "~", "\N{THIN SPACE}": r"\,",
    **{letter: rf"$\{name}$" for letter, name in zip(GREEK.split()[::2], GREEK.split()[1::2], strict=True)},
    **{letter: f"${sign}$" for letter, sign in SIGNS.items()},
}  # fmt: skip


def write_tables(tables: list[Table], folder: Path) -> dict[str, list[dict[str, str]]]:
    """Write every table as CSV and LaTeX.

    Parameters
    ----------
    tables : list of Table
        What to write.
    folder : pathlib.Path
        Where; each file is written beside and renamed.

    Returns
    -------
    dict of str to list of dict
        Table -> its files, as the page links to them: ``kind`` and ``href``.

    Raises
    ------
    UnwritableFileError
        If the folder cannot be written.
    """
    links = {}
    for table in tables:
        write_text(folder / f"{table.name}.csv", as_csv(table))
        write_text(folder / f"{table.name}.tex", as_latex(table))
        links[table.name] = [
            {"kind": kind, "href": f"{folder.name}/{table.name}.{suffix}"}
            for kind, suffix in (("CSV", "csv"), ("LaTeX", "tex"))
        ]
    return links


def as_csv(table: Table) -> str:
    r"""Write a table as comma-separated values: all digits, ends of intervals in columns of their own.

    What is not known is empty. A text that a spreadsheet would run as a formula begins with an apostrophe.

    Examples
    --------
    >>> as_csv(Table("t", "t", "t", [Column("Layer", "name"), Column("RSA", "estimate")], [("a", Estimate(0.5, 0, 1))]))
    'Layer,RSA,RSA low,RSA high\r\na,0.5,0,1\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    heads: list[str] = []
    for column in table.columns:
        heads += [column.title, *(f"{column.title} {end}" for end in ENDS.get(column.kind, ()))]
    writer.writerow([harmless(head) for head in heads])
    for row in (*table.rows, *table.foot):
        values: list[Any] = []
        for column, cell in zip(table.columns, row, strict=True):
            values += spread(column, cell)
        writer.writerow(["" if value is None else harmless(value) for value in values])
    return text.getvalue()


def spread(column: Column, cell: Any) -> list[Any]:
    """Give the values of a cell, as many as its column has in a CSV file."""
    if isinstance(cell, Estimate):
        return [cell.value, cell.low, cell.high]
    if isinstance(cell, Answer):
        return [cell.text, cell.note]
    if isinstance(cell, Range):
        return [*([] if column.kind == "range" else [None]), cell.least, cell.most]
    if cell is None:
        return [None] * (1 + len(ENDS.get(column.kind, ())))
    return [" x ".join(str(size) for size in cell)] if column.kind == "shape" else [cell]


def harmless(value: Any) -> Any:
    """Keep a text from being run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_latex(table: Table) -> str:
    r"""Write a table in LaTeX, with the rules of the package booktabs; names and captions are escaped.

    Examples
    --------
    >>> print(as_latex(Table("t", "t", "50 %", [Column("Layer", "name"), Column("RSA")], [("conv_1", 0.512)])))
    % \usepackage{booktabs}
    \begin{table}
      \centering
      \caption{50 \%}
      \label{tab:t}
      \begin{tabular}{lr}
        \toprule
        Layer & RSA \\
        \midrule
        conv\_1 & 0.51 \\
        \bottomrule
      \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    sides = "".join(SIDES.get(column.kind, "r") for column in table.columns)
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{escaped(table.caption)}}}",
        rf"  \label{{tab:{table.name}}}",
        rf"  \begin{{tabular}}{{{sides}}}",
        r"    \toprule",
    ]
    if not table.plain:
        lines += [latex_row([column.title for column in table.columns]), r"    \midrule"]
    lines += [latex_row(row_texts(table, row)) for row in table.rows]
    if table.foot:
        lines += [r"    \midrule", *(latex_row(row_texts(table, row)) for row in table.foot)]
    lines += [r"    \bottomrule", r"  \end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def row_texts(table: Table, row: tuple[Any, ...]) -> list[str]:
    """Give the cells of a row as texts."""
    return [cell_text(column, cell) for column, cell in zip(table.columns, row, strict=True)]


def cell_text(column: Column, cell: Any) -> str:
    """Write a cell as it stands in a paper."""
    if cell is None:
        return "–"
    if isinstance(cell, Estimate):
        write = signed if column.kind == "gain" else fixed
        value = write(cell.value, column.places)
        if cell.low is None or cell.high is None:
            return value
        return f"{value} [{fixed(cell.low, column.places)}, {fixed(cell.high, column.places)}]"
    if isinstance(cell, Answer):
        return cell.text
    if isinstance(cell, Range):
        return f"{fixed(cell.least, column.places)} to {fixed(cell.most, column.places)}"
    if column.kind == "shape":
        return " × ".join(str(size) for size in cell)
    if column.kind == "percent":
        return f"{fixed(100 * cell, 1)} %"
    if column.kind == "p":
        return p_value(cell)
    if column.kind == "count":
        return f"{cell:.0f}"
    return fixed(cell, column.places) if column.kind == "number" else str(cell)


def latex_row(texts: list[str]) -> str:
    r"""Write a row of LaTeX; what begins with a bracket or a star would be taken for an option of the row before."""
    guard = "{}" if texts[0].startswith(("[", "*")) else ""
    return f"    {guard}" + " & ".join(escaped(text) for text in texts) + r" \\"


def escaped(text: object) -> str:
    r"""Escape a text for LaTeX: nothing in it is a command, and it stays on one line.

    Examples
    --------
    >>> print(escaped(r"50 % of conv_1 \input{x}"))
    50 \% of conv\_1 \textbackslash{}input\{x\}
    """
    letters = (LATEX.get(c) or (" " if unicodedata.category(c)[0] in "CZ" else c) for c in str(text))
    return "".join(letters)
