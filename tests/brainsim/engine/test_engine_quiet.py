"""Brian2 is imported without taking over the interpreter."""

import subprocess
import sys

ON_A_THREAD = """
import signal, sys, threading
from brainsim.engine.quiet import brian2

hook, listen, found = sys.excepthook, signal.signal, []
worker = threading.Thread(target=lambda: found.append(brian2().__name__))
worker.start()
worker.join()
print(found, sys.excepthook is hook, signal.signal is listen)
"""


def test_brian2_can_be_imported_on_any_thread() -> None:
    """Asking for Ctrl-C, which only the main thread may, does not stop another one from importing it."""
    done = subprocess.run([sys.executable, "-c", ON_A_THREAD], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["['brian2']", "True", "True"]
