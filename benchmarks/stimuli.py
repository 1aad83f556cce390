"""256 stimuli of 150 ms through the ventral stream: brainsim beside Brian2 C++ standalone.

Brian2 presents them in one run of one compiled program (see `benchmarks.peers.stream`). Its running time is measured on
fewer stimuli and taken as proportional; its time from the start contains building and compiling once.
"""

import argparse

from benchmarks.peers.common import measure

RUNNING, TOTAL = 5, 10  # times as fast, at least


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stimuli", type=int, default=256)
    parser.add_argument("--peer-stimuli", type=int, default=64)
    options = parser.parse_args()
    ours = {
        threads: measure("stream", "ours", "--stimuli", str(options.stimuli), "--threads", str(threads))
        for threads in (1, 2)
    }
    peers = {
        threads: measure("stream", "brian", "--stimuli", str(options.peer_stimuli), "--threads", str(threads))
        for threads in (1, 2)
    }
    more = options.stimuli / options.peer_stimuli
    for threads, found in ours.items():
        spikes = found["spikes"] / options.stimuli
        print(f"brainsim, {threads} threads: running {found['running']:6.2f} s, from the start {found['total']:6.2f} s")
        print(f"  {spikes:.0f} spikes a stimulus; {found['running'] / options.stimuli * 1e3:.1f} ms a stimulus")
    for threads, found in peers.items():
        total = found["total"] + found["running"] * (more - 1)
        found |= {"all": found["running"] * more, "whole": total}
        print(f"Brian2 standalone, {threads} threads: running {found['all']:6.1f} s, from the start {total:6.1f} s")
        print(f"  {found['spikes'] / options.peer_stimuli:.0f} spikes a stimulus")
    print(f"ours on 2 threads is {ours[1]['running'] / ours[2]['running']:.2f} x as fast as on 1   target 1.6 x")
    best = {key: min(found[key] for found in ours.values()) for key in ("running", "total")}
    theirs = {
        key: min(found[name] for found in peers.values()) for key, name in (("running", "all"), ("total", "whole"))
    }
    their_spikes = max(one["spikes"] for one in peers.values()) / options.peer_stimuli
    surplus = their_spikes / (ours[1]["spikes"] / options.stimuli)
    for what, key, target in (("running:        ", "running", RUNNING), ("from the start: ", "total", TOTAL)):
        ratio = theirs[key] / best[key]
        print(f"{what}{ratio:5.1f} x as fast   target {target} x; {ratio / surplus:.1f} x for each spike")
    print(f"(Brian2 fires {surplus - 1:.0%} more: spikes on their way at a stimulus's end reach into the next)")


if __name__ == "__main__":
    main()
