"""Diehl and Cook 2015 from scratch on 8,000 digits, published beside measured: ``python -m evidence.diehl_cook``.

The network sees the 8,000 training digits `passes` times, in a random order each time. After each pass a frozen copy
answers all training digits; each neuron gets the label of the digits that it answers most, and the 2,000 held-out
digits are recognised by the label whose neurons answer most. Held-out digits play no part in anything else.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import brainsim
from compare.datasets import digits

LESSON = {"duration": 350.0, "rest": 150.0, "dt": 0.5}
PUBLISHED = (
    "published (doi:10.3389/fncom.2015.00099): 95 % with 6,400 neurons; authors' repository, 400 neurons: 91.56 % with "
    "their trained weights (labels assigned on test digits), about 89 % trained from scratch; 180,000 presentations of "
    "60,000 digits"
)


def responses(brain: brainsim.Brain, images: np.ndarray, seed: int, threads: int | None) -> np.ndarray:
    """Spikes of every excitatory neuron for every image, with nothing learned; (image, unit)."""
    recording = brainsim.simulate(
        brainsim.frozen(brain), images, 350, dt=0.5, seed=seed, keep="counts", threads=threads
    )
    return recording.spike_counts["cortex.E"][:, 0]


def labelled(counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Label of every unit: that of the digits which it answers most, on average; (unit,)."""
    return np.array([counts[labels == digit].mean(axis=0) for digit in range(10)]).argmax(axis=0)


def recognised(counts: np.ndarray, assigned: np.ndarray) -> np.ndarray:
    """Label of every image: that whose units answer most, on average; (image,)."""
    votes = [
        counts[:, assigned == digit].mean(axis=1) if (assigned == digit).any() else np.zeros(len(counts))
        for digit in range(10)
    ]
    return np.array(votes).argmax(axis=0)


def main() -> None:
    """Train pass by pass and print the accuracy after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=400)
    parser.add_argument("--passes", type=int, default=3, help="over the training digits; the authors made three")
    parser.add_argument("--digits", type=int, default=8000, help="training digits, from the first on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="for the answers of frozen brains; learning is one session")
    parser.add_argument("--save", type=Path, help="file for the trained brain")
    options = parser.parse_args()
    data = digits()
    images = data.images.reshape(len(data.images), -1) / float(data.images.max())
    taught, known = images[: options.digits], data.labels[: options.digits]
    asked, truth = images[8000:], data.labels[8000:]
    print(PUBLISHED)
    print(
        f"{options.neurons} neurons, {len(taught)} training digits, {len(asked)} held-out digits, seed {options.seed}"
    )
    print(
        "presentations | repeated brighter | held-out accuracy | 95 % interval | ms a presentation | minutes",
        flush=True,
    )
    brain = brainsim.atlas.diehl_cook(options.neurons, seed=options.seed)
    begun, presentations = time.perf_counter(), 0
    for sweep in range(options.passes):
        history = brainsim.LearningHistory()
        at = time.perf_counter()
        repeat = brainsim.Repeat("cortex.E", least=5)
        brain = brainsim.learn(brain, taught, seed=options.seed + sweep, repeat=repeat, listener=history, **LESSON)
        each = 1e3 * (time.perf_counter() - at) / (len(taught) + sum(history.repeats))
        presentations += len(taught) + sum(history.repeats)
        assigned = labelled(responses(brain, taught, options.seed, options.threads), known)
        right = float(
            (recognised(responses(brain, asked, options.seed + 1, options.threads), assigned) == truth).mean()
        )
        spread = 1.96 * np.sqrt(right * (1 - right) / len(truth))
        minutes = (time.perf_counter() - begun) / 60
        print(
            f"{presentations} | {sum(history.repeats)} | {right:.4f} | {right - spread:.4f} to {right + spread:.4f} | "
            f"{each:.1f} | {minutes:.1f}",
            flush=True,
        )
        if options.save:
            brain.save(options.save)


if __name__ == "__main__":
    main()
