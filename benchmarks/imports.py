"""How long the packages take to import, and the command to say its help, each in a fresh interpreter."""

import subprocess
import sys
import time

TARGETS = {
    "import brainsim": 0.5,
    "import ann": 0.3,
    "import compare": 0.5,
    "isocortex --help": 0.5,
}


def seconds(code: str, repeats: int = 7) -> float:
    """Give the least wall time of `repeats` fresh interpreters that run `code`."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print each time beside its target; the interpreter's own start is told and not subtracted."""
    print(f"{'bare interpreter':<18} {seconds('pass'):6.3f} s")
    for name, target in TARGETS.items():
        code = name
        if name.startswith("isocortex"):
            code = "import sys; sys.argv = ['isocortex', '--help']; from compare.cli import main; main()"
        print(f"{name:<18} {seconds(code):6.3f} s   target {target} s")


if __name__ == "__main__":
    main()
