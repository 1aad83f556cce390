"""`isocortex run digits` warm, beside the same study glued from PyTorch, Brian2 standalone and rsatoolbox.

The glued study simulates some trials and draws some bootstraps, which are taken as proportional. Its lines are those
of code in `benchmarks.peers.glued_study` and of what it builds Brian2's objects with; the wiring, which it is given, is
not among them.
"""

import ast
import tempfile
from pathlib import Path

from benchmarks import peers
from benchmarks.peers.common import measure
from benchmarks.study import run

FASTER, SHORTER = 5, 10
GLUE = ("glued_study", "stream", "brian_project")


def lines_of_code(path: Path) -> int:
    """Count the lines that hold code: no comment, no docstring, no blank line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.expr)) and not _docstring(node):
            lines.add(node.lineno)
    return len(lines)


def _docstring(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Expr) else node
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and "\n" in value.value


def main() -> None:
    """Print the seconds of every part, their sum, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        for state in ("cold", "warm"):
            ours, _ = run(Path(folder) / state, Path(folder) / "cache")
    found = measure("glued_study")
    for name, seconds in found["seconds"].items():
        print(f"glued: {name:<36} {seconds:8.1f} s")
    theirs = sum(found["seconds"].values())
    print(
        f"glued, in all {theirs:.0f} s (held-out accuracy {found['accuracy']:.4f}); isocortex run digits {ours:.1f} s"
    )
    print(f"{theirs / ours:.1f} x as fast   target {FASTER} x")
    home = Path(peers.__file__).parent
    lines = {name: lines_of_code(home / f"{name}.py") for name in GLUE}
    print(f"lines of code: glued {sum(lines.values())} {lines}; ours 1, a command   target a tenth ({SHORTER} x fewer)")


if __name__ == "__main__":
    main()
