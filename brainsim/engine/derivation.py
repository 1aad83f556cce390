"""Update steps derived in a process of its own, while this one compiles what does not depend on them.

Brian2 takes two seconds to import. In a process of its own that happens beside the compiler's work rather than before
it, and needs no matplotlib. Where Brian2 is imported already, or no process can be started, it is done here.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from threading import Lock

from brainsim.engine.integrate import Question, integrate

__all__ = ["begin", "derived"]

LIBRARY = "brian2"  # where this is imported already, no other process is faster

UNUSED = ("pylab", "matplotlib", "pytest", "Cython")
"""What Brian2 imports where it finds it and does without where not; a third of its time to import."""

QUICK = {"SETUPTOOLS_USE_DISTUTILS": "stdlib"} if sys.version_info < (3, 12) else {}
"""Python's own distutils, which Brian2 asks for, loads faster than that of setuptools; later Pythons have none."""

_running: dict[Question, "_Process"] = {}
_lock = Lock()


def begin(questions: Iterable[Question]) -> bool:
    """Start deriving these steps, if they are not under way and it is worth a process; say whether one is at work."""
    with _lock:
        new = [question for question in dict.fromkeys(questions) if question not in _running]
        if not new or LIBRARY in sys.modules or not sys.executable:
            return bool(_running)
        try:
            process = _Process(new)
        except OSError:  # no process to be had: `derived` does it here
            return False
        _running.update(dict.fromkeys(new, process))
        return True


def derived(question: Question) -> str:
    """Give an update step, one statement a line, from the process that has begun it, else derived here.

    Raises
    ------
    ValueError
        If Brian2 cannot use the text; the message says why.
    """
    process = _running.get(question)
    answer = None if process is None else process.answer(question)
    with _lock:
        _running.pop(question, None)
    if answer is None:
        return integrate(question)
    if "refused" in answer:
        raise ValueError(answer["refused"])
    return answer["step"]


@atexit.register
def _end() -> None:
    """Leave no process behind whose answers nobody wanted."""
    for process in set(_running.values()):
        process.end()


class _Process:
    """A process that answers some questions and ends."""

    def __init__(self, questions: list[Question]) -> None:
        self.questions = questions
        self.answers: list[dict[str, str]] | None = None
        self.lock = Lock()
        # -P: nothing is imported from the folder in which the user happens to work, unless this process does so too.
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "brainsim.engine.derivation"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **QUICK, "PYTHONPATH": paths},
            text=True,
        )
        stream = self.process.stdin
        if stream is not None:
            stream.write(json.dumps([asdict(question) for question in questions]))
            stream.close()
            self.process.stdin = None

    def answer(self, question: Question) -> dict[str, str] | None:
        """Wait for the answer; None if the process failed."""
        with self.lock:
            if self.answers is None:
                self.answers = self._read()
        index = self.questions.index(question)
        return self.answers[index] if index < len(self.answers) else None

    def end(self) -> None:
        """Stop it."""
        self.process.kill()
        self.process.communicate()

    def _read(self) -> list[dict[str, str]]:
        text, _ = self.process.communicate()
        try:
            found = json.loads(text) if self.process.returncode == 0 else []
        except json.JSONDecodeError:
            return []
        whole = isinstance(found, list) and all(isinstance(one, dict) for one in found)
        return found if whole else []


def main() -> None:
    """Answer the questions on the standard input, as JSON on the standard output."""
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # None: an import of it fails
    answers = []
    for question in json.load(sys.stdin):
        try:
            answers.append({"step": integrate(Question(**question))})
        except ValueError as error:
            answers.append({"refused": str(error)})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
