#!/usr/bin/env python3
"""How near 1x1 convolutions come to the machine's peak of multiply-adds, on one thread.

For each number of channels C and of pixels a stage of four 1x1 layers, C to C each, is compiled and timed by
`ninc bench`, which measures the peak beside it. Pools stand before and after the stage, so that it reads and writes
maps in the layout that they have inside a network. A point is the best of the rounds, of the time and of the peak.

    .deps/bench/bin/python bench/pointwise.py [--channels 128,192,...] [--extents 8,16,...] [--target T]
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LAYERS = 4


def model(channels, extent):
    layers = ", ".join([str(channels)] * LAYERS)
    return (f"model pointwise\nweights random seed 1\nx = input f32[{channels}, {extent}, {extent}]\n"
            f"a = max_pool x 3x3 pad 1\nstage = mlpconv a [conv 1x1 -> {layers}]\n"
            f"b = max_pool stage 3x3 pad 1\noutput b\n")


def measure(ninc, library, seconds):
    """GFLOP/s of the stage, and of the peak."""
    told = json.loads(subprocess.run([ninc, "bench", library, "--json", "--seconds", str(seconds)], check=True,
                                     capture_output=True, text=True).stdout)
    stage = next(kernel for kernel in told["kernels"] if kernel["name"] == "stage")
    return stage["gflops"], told["peak_gflops"]


def integers(text):
    return [int(number) for number in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=integers, default=[128, 192, 256, 384, 512])
    parser.add_argument("--extents", type=integers, default=[8, 16, 27, 32], help="rows and columns of the maps")
    parser.add_argument("--target", default="host")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2, help="of a round")
    parser.add_argument("--ninc", default=str(ROOT / "build" / "ninc"))
    arguments = parser.parse_args()

    print("| channels | " + " | ".join(f"{extent}x{extent} pixels" for extent in arguments.extents) + " |")
    print("|---" * (len(arguments.extents) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        text, library = pathlib.Path(folder) / "pointwise.nin", pathlib.Path(folder) / "pointwise.so"
        for channels in arguments.channels:
            shares = []
            for extent in arguments.extents:
                text.write_text(model(channels, extent))
                subprocess.run([arguments.ninc, text, "-o", library, "--no-db", "--target", arguments.target], check=True)
                rates = [measure(arguments.ninc, library, arguments.seconds) for _ in range(arguments.rounds)]
                shares.append(max(rate for rate, _ in rates) / max(peak for _, peak in rates))
            print(f"| {channels} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
