"""The README's Python runs as it stands."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_readme_example_runs(number, tmp_path, monkeypatch, capsys):
    """Each example runs in an empty folder with nothing prepared, shows its result, and warns of nothing."""
    monkeypatch.chdir(tmp_path)

    exec(compile(EXAMPLES[number], f"README.md, example {number + 1}", "exec"), {"__name__": "__main__"})  # noqa: S102

    shown = capsys.readouterr()
    assert shown.out
    assert not shown.err


def test_the_readme_has_its_three_examples():
    """Simulate, train, compare: none of them got lost."""
    assert len(EXAMPLES) >= 3
    for word in ("brainsim", "ann", "compare"):
        assert any(word in example for example in EXAMPLES)
