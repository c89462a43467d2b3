#!/usr/bin/env python3
"""What a library for many CPUs, any number of images, bytes as inputs, or with its weights in a file costs
(docs/shipping.md has what came of it).

    bench/shipping.py --ninc build/ninc [--networks nin_cifar10,nin_imagenet] [--rounds 7]

Everything is a ratio or a size. Times are the least of rounds in turns; a quiet machine is wanted.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
LEVELS = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]
PROGRAM = "shipping"


class Bench:
    def __init__(self, ninc, folder, rounds):
        self.ninc, self.folder, self.rounds = ninc, folder, rounds
        subprocess.run(["cc", "-O2", f"-I{ROOT}/runtime", HERE / "shipping.c", "-o", folder / PROGRAM, "-ldl"],
                       check=True)

    def library(self, network, name, *options):
        path = self.folder / f"{network}.{name}.so"
        subprocess.run([self.ninc, ROOT / "examples" / f"{network}.nin", "--no-db", *options, "-o", path], check=True)
        return path

    def shown(self, library):
        return json.loads(subprocess.run([self.ninc, "show", library, "--json"], check=True, capture_output=True,
                                         text=True).stdout)

    def least(self, library, images=1, runs=20):
        """Nanoseconds of the fastest run."""
        told = subprocess.run([self.folder / PROGRAM, "runs", library, str(images), str(runs)], check=True,
                              capture_output=True, text=True).stdout
        return min(map(int, told.split()))

    def in_turns(self, cases):
        """{case: least nanoseconds} of cases of (library, images), measured in turns."""
        found = {}
        for _ in range(self.rounds):
            for case in cases:
                found[case] = min(found.get(case, 1 << 62), self.least(*case))
        return found

    def start(self, library):
        """A process that has its first result, and the seconds to there."""
        begin = time.perf_counter()
        process = subprocess.Popen([self.folder / PROGRAM, "first", library], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "done\n"
        return process, time.perf_counter() - begin

    def memory(self, processes):
        """[(share, own)] in kilobytes, of processes that run side by side."""
        told = []
        for process in processes:
            process.stdin.write("m")
            process.stdin.flush()
            told.append(tuple(map(int, process.stdout.readline().split())))
        for process in processes:
            process.communicate("\n")
        return told


def megabytes(number):
    return f"{number / 1e6:.1f}"


def levels(bench, network):
    """Size and speed of libraries for one, two and three CPU levels."""
    alone = {level: bench.library(network, level, "--target", level) for level in LEVELS}
    several = {count: bench.library(network, f"levels{count}", "--target", ",".join(LEVELS[-count:]))
               for count in (2, 3)}
    best = alone[LEVELS[-1]]
    fastest = bench.in_turns([(library, 1) for library in (best, *several.values())])
    for count, library in {1: best, **several}.items():
        parts = bench.shown(library)["bytes"]
        slower = fastest[library, 1] / fastest[best, 1]
        print(f"| {network} | {count} | {megabytes(parts['weights'])} MB | "
              f"{(parts['file'] - parts['weights']) / 1e3:.0f} kB | {slower:.3f} |")


def batches(bench, network, most):
    """Any number of images beside libraries of exactly that number."""
    any_number = bench.library(network, "any", "--batch", f"1..{most}")
    groups = sorted({version["group"] for version in bench.shown(any_number)["versions"]})
    ratios = []
    for images in range(1, most + 1):
        fixed = bench.library(network, f"batch{images}", "--batch", str(images))
        least = bench.in_turns([(any_number, images), (fixed, images)])
        ratios.append(least[any_number, images] / least[fixed, images])
        fixed.unlink()
    print(f"| {network} | {', '.join(map(str, groups))} | {statistics.geometric_mean(ratios):.3f} | "
          f"{max(ratios):.3f} ({1 + ratios.index(max(ratios))} images) |")


def files(bench, network):
    """Start-up and memory with weights in the library and beside it."""
    for name, options in {"in the library": [], "in a file": ["--weights", "external"]}.items():
        library = bench.library(network, name.replace(" ", "_"), *options)
        starts = []
        for _ in range(bench.rounds):
            process, seconds = bench.start(library)
            process.communicate("n\n")
            starts.append(seconds)
        told = bench.memory([bench.start(library)[0] for _ in range(2)])
        print(f"| {network} | {name} | {1e3 * min(starts):.1f} ms | {sum(share for share, _ in told) / 1e3:.1f} MB | "
              f"{told[0][1] / 1e3:.1f} MB |")


def pixels(bench, network):
    """Pictures as decoders give them beside planes of floats that are ready."""
    planes = bench.library(network, "planes")
    bytes_ = bench.library(network, "bytes", "--preprocess", "image=u8 hwc mean 104,117,123 scale 0.017 bgr")
    least = bench.in_turns([(planes, 1), (bytes_, 1)])
    print(f"| {network} | {least[bytes_, 1] / least[planes, 1]:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--ninc", required=True, type=pathlib.Path)
    parser.add_argument("--networks", default="nin_cifar10,nin_imagenet")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=8, help="the largest batch")
    arguments = parser.parse_args()
    networks = arguments.networks.split(",")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.ninc.resolve(), pathlib.Path(folder), arguments.rounds)
        print("| network | CPU levels | weights | all else | time beside a library for the best alone |\n|---|---|---|---|---|")
        for network in networks:
            levels(bench, network)
        print("\n| network | groups | time beside a fixed batch, mean of 1 to "
              f"{arguments.images} images | worst |\n|---|---|---|---|")
        for network in networks:
            batches(bench, network, arguments.images)
        print("\n| network | time with u8 hwc bgr, beside f32 planes |\n|---|---|")
        for network in networks:
            pixels(bench, network)
        print("\n| network | weights | first result | memory of two processes together | of it one's own |\n|---|---|---|---|---|")
        for network in networks:
            files(bench, network)


if __name__ == "__main__":
    main()
