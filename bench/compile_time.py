#!/usr/bin/env python3
"""What a model costs to compile as it grows: seconds (the fastest of some runs) for models of so many steps, operands
or layers, each twice as large as the one before.

    python3 bench/compile_time.py [--ninc build/ninc] [--runs 3] [--jobs 1]
"""

import argparse
import pathlib
import subprocess
import tempfile
import time


def chain(count, line, shape="4, 8, 8"):
    steps = "".join(f"x{i + 1} = {line.format(x=f'x{i}')}\n" for i in range(count))
    return f"x0 = input f32[{shape}]\n{steps}output x{count}\n"


def concat(count):
    inputs = "".join(f"x{i} = input f32[4, 6, 6]\n" for i in range(count))
    return inputs + "y = concat " + " ".join(f"x{i}" for i in range(count)) + "\noutput y\n"


def mlpconv(count):
    return f"x = input f32[3, 8, 8]\ny = mlpconv x [conv 3x3 pad 1 -> {', '.join(['16'] * count)}]\noutput y\n"


def outputs(count):
    pools = "".join(f"y{i} = max_pool x {1 + i % 8}x{1 + i // 8 % 8} stride {1 + i // 64}\n" for i in range(count))
    return "x = input f32[4, 64, 64]\n" + pools + "output " + ", ".join(f"y{i}" for i in range(count)) + "\n"


MODELS = {
    "chain of pools": (lambda n: chain(n, "max_pool {x} 3x3 pad 1"), [250, 500, 1000, 2000]),
    "chain of 3x3 convolutions": (lambda n: chain(n, "conv2d {x} 3x3 pad 1 -> 4 relu"), [100, 200, 400, 800]),
    "chain of 1x1 convolutions": (lambda n: chain(n, "conv2d {x} 1x1 -> 4 relu"), [250, 500, 1000, 2000]),
    "layers of an mlpconv": (mlpconv, [40, 80, 160, 320]),
    "operands of a concat": (concat, [100, 200, 400, 800]),
    "different pools of one input": (outputs, [16, 32, 64, 128]),
}


def seconds(ninc, model, jobs):
    start = time.perf_counter()
    subprocess.run([ninc, model, "-o", model.with_suffix(".so"), "--no-db", "--jobs", str(jobs)], check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ninc", default="build/ninc")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.nin"
        for name, (text, counts) in MODELS.items():
            cells = []
            for count in counts:
                model.write_text("model m\nweights random seed 1\n" + text(count))
                best = min(seconds(options.ninc, model, options.jobs) for _ in range(options.runs))
                cells.append(f"{count}: {best:.2f} s")
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
