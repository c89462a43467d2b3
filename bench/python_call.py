#!/usr/bin/env python3
"""What a call from Python costs beyond the model's own run (docs/python.md has what came of it).

    PYTHONPATH=build/python bench/python_call.py [--rounds 2000]

Times are the least of single calls, in turns.
"""

import argparse
import ctypes
import pathlib
import time

import numpy as np

import ninc

DIGITS = pathlib.Path(__file__).resolve().parents[1] / "examples" / "digits"


class Bare:
    """The library's own function, called by ctypes, which costs a microsecond or two itself."""

    def __init__(self, model, image, results):
        library = ctypes.CDLL(str(model.path))
        self.run = library.nin_digits_run
        scratch_bytes = 1 << 20
        self.memory = np.zeros(scratch_bytes + 4096, np.uint8)
        scratch = (self.memory.ctypes.data + 4095) // 4096 * 4096
        self.arguments = [ctypes.c_void_p(each) for each in
                          (image.ctypes.data, *(result.ctypes.data for result in results), scratch, None)]

    def __call__(self):
        return self.run(*self.arguments)


def least(functions, rounds):
    """The least seconds of each function's single calls."""
    found = [float("inf")] * len(functions)
    for _ in range(rounds):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            found[i] = min(found[i], time.perf_counter() - start)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5000)
    rounds = parser.parse_args().rounds
    model = ninc.compile(DIGITS / "nin_digits.nin", database=False)
    image = np.load(DIGITS / "test_images.npy")[0].astype(np.float32) / 16
    out = {tensor.name: np.empty(tensor.shape, np.float32) for tensor in model.outputs}
    bare = Bare(model, image, list(out.values()))
    assert bare() == 0
    expected = model(image)
    assert all(np.array_equal(out[name], expected[name]) for name in out)
    nothing, foreign, call, into = least([lambda: None, bare, lambda: model(image), lambda: model.run(image=image, out=out)],
                                         rounds)
    print("| | microseconds |\n|---|---|")
    for what, seconds in (("M_run, called by ctypes", foreign), ("m(image)", call), ("m.run(image=x, out=...)", into)):
        print(f"| {what} | {1e6 * (seconds - nothing):.1f} |")


if __name__ == "__main__":
    main()
