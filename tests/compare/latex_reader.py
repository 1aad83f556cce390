r"""A strict reader of the LaTeX that tables are written in: whatever it does not know is an error.

There is no TeX where the tests run. So it reads what TeX would: escapes and commands (each must be one that LaTeX
itself or booktabs defines, with as many arguments as it takes, in the mode that it belongs to), braces, mathematics,
environments, and in a tabular as many cells in every row as it has columns.
"""

import re
from unicodedata import name

TOKEN = re.compile(r"\\([A-Za-z]+|[^A-Za-z])|([{}$&^_~#%])|([^\\{}$&^_~#%]+)")
TEXT = {"textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "dots"}
ESCAPED = set("{}$&#%_,")
MATHEMATICS = {"times", "cdot", "leq", "geq", "approx", "pm", "rightarrow", "leftarrow", "infty", "mu", "circ", "neq"}
GREEK = {name(chr(code)).split()[-1].lower().replace("lamda", "lambda") for code in range(0x3B1, 0x3CA)}
MATHEMATICS |= GREEK | {letter.capitalize() for letter in GREEK}
RULES = {"toprule", "midrule", "bottomrule"}
NESTED = {"tabular": "table", "table": None}
# What LaTeX's utf8 knows without a package: Latin letters with accents, and a few signs.
KNOWN = re.compile(r"[\x20-\x7e\n\u00a1\u00bf-\u00d6\u00d8-\u00f6\u00f8-\u017e]*")


class LatexError(ValueError):
    """What TeX would stumble over."""


def read_table(text: str) -> list[list[str]]:
    """Give the rows of the tabular, cells as they would be read, or say what is wrong."""
    first, _, body = text.partition("\n")
    if first != r"% \usepackage{booktabs}":
        raise LatexError(f"no comment that names the package: {first!r}")
    return _Reader(body).table()


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(self.cut(text))
        self.at = 0

    @staticmethod
    def cut(text: str):
        place = 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if match is None:
                raise LatexError(f"a backslash at the end: {text[place:]!r}")
            command, special, plain = match.groups()
            yield ("command", command) if command is not None else ("special", special) if special else ("text", plain)
            place = match.end()

    def next(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise LatexError("ends too soon")
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def expect(self, *token: str) -> None:
        found = self.next()
        if found != token:
            raise LatexError(f"{token} expected, got {found}")

    def blank(self) -> None:
        while self.peek()[0] == "text" and not self.peek()[1].strip():
            self.next()

    def group(self) -> str:
        self.expect("special", "{")
        text = self.running()
        self.expect("special", "}")
        return text

    def raw(self) -> str:
        self.expect("special", "{")
        parts = []
        while self.peek() != ("special", "}"):
            kind, value = self.next()
            if value in "{$&^~#%" and kind == "special":
                raise LatexError(f"{value!r} where a name stands")
            parts.append(("\\" if kind == "command" else "") + value)
        self.next()
        return "".join(parts)

    def running(self) -> str:
        """Read text up to what ends a cell or a group."""
        parts = []
        while True:
            kind, value = self.peek()
            if kind == "end" or (kind, value) in {("special", "}"), ("special", "&"), ("command", "\\")}:
                return "".join(parts)
            self.next()
            if kind == "text":
                if not KNOWN.fullmatch(value):
                    raise LatexError(f"letters that LaTeX does not know in {value!r}")
                if '"' in value or "\n" in value.strip(" \n") or "\n\n" in value:
                    raise LatexError(f"a shorthand, a line break or a paragraph in {value!r}")
                parts.append(value)
            elif kind == "special":
                if value == "~":
                    parts.append(" ")
                elif value == "$":
                    parts.append(self.mathematics())
                elif value == "{":
                    self.at -= 1
                    parts.append(self.group())
                else:
                    raise LatexError(f"{value!r} is not escaped")
            elif value in TEXT:
                self.group()
                parts.append("?")
            elif value == "symbol":
                parts.append(chr(int(self.group())))
            elif value in ESCAPED:
                parts.append(value)
            else:
                raise LatexError(f"\\{value} is no command for text")

    def mathematics(self) -> str:
        parts = []
        while (token := self.next()) != ("special", "$"):
            kind, value = token
            if kind == "command" and value not in MATHEMATICS:
                raise LatexError(f"\\{value} is no command for mathematics")
            if kind == "special" and value != "^":
                raise LatexError(f"{value!r} in mathematics")
            parts.append(value)
        if not "".join(parts):
            raise LatexError("$$ begins a displayed formula")
        return "".join(parts)

    def begin(self, name: str) -> None:
        self.blank()
        self.expect("command", "begin")
        if self.raw() != name:
            raise LatexError(f"{name} does not begin")

    def end(self, name: str) -> None:
        self.blank()
        self.expect("command", "end")
        if self.raw() != name:
            raise LatexError(f"{name} does not end")

    def table(self) -> list[list[str]]:
        self.begin("table")
        self.blank()
        self.expect("command", "centering")
        self.blank()
        self.expect("command", "caption")
        if not self.group():
            raise LatexError("an empty caption")
        self.blank()
        self.expect("command", "label")
        if not re.fullmatch(r"tab:[\w-]+", self.raw()):
            raise LatexError("a label that is no name")
        rows = self.tabular()
        self.end("table")
        self.blank()
        if self.peek()[0] != "end":
            raise LatexError(f"something after the table: {self.peek()}")
        return rows

    def tabular(self) -> list[list[str]]:
        self.begin("tabular")
        spec = self.columns()
        rows: list[list[str]] = []
        while True:
            self.blank()
            kind, value = self.peek()
            if (kind, value) == ("command", "end"):
                self.end("tabular")
                return rows
            if kind == "command" and value in RULES:
                self.next()
                continue
            if kind == "text" and value.lstrip().startswith(("[", "*")):
                raise LatexError("an option of the row before")
            rows.append(self.row())
            if len(rows[-1]) != spec:
                raise LatexError(f"{len(rows[-1])} cells in {spec} columns: {rows[-1]}")

    def columns(self) -> int:
        self.expect("special", "{")
        count = 0
        while (token := self.next()) != ("special", "}"):
            kind, value = token
            if kind != "text" or not re.fullmatch("[lrcp]+", value) or "p" in value[:-1]:
                raise LatexError(f"{value!r} is no column")
            count += len(value)
            if value.endswith("p") and not re.fullmatch(r"0?\.\d+\\linewidth", self.raw()):
                raise LatexError("no width for a column")
        return count

    def row(self) -> list[str]:
        cells = [self.running().strip()]
        while self.peek() == ("special", "&"):
            self.next()
            cells.append(self.running().strip())
        self.expect("command", "\\")
        return cells
