"""What tests of the Python package share: models that are compiled once."""

import functools
import pathlib

import numpy as np

import ninc

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"

# y and z are exact in f32 for the numbers that tests give, so that NumPy's are equal.
SUMS = """model sums
a = input f32[2, 4, 6]
b = input f32[2, 4, 6]
y = add a b
z = relu (sub a b)
output y, z
"""


@functools.cache
def sums(**how):
    return ninc.compile(SUMS, database=False, **how)


@functools.cache
def doubled(**how):
    """One input, one output, of any number of images up to 4."""
    return ninc.compile("model doubled\nx = input f32[2, 3, 5]\ny = add x x\noutput y\n", database=False, batch=(1, 4), **how)


@functools.cache
def digits(threads=1):
    return ninc.compile(DIGITS / "nin_digits.nin", database=False, batch=(1, 2), threads=threads)


def digit_images():
    return np.load(DIGITS / "test_images.npy").astype(np.float32) / 16


def expected_prob():
    """ONNX Runtime's."""
    return np.load(DIGITS / "expected_prob.npy")


def numbers(*shape, seed=1):
    """Whole ones, so that sums of them are exact."""
    return np.random.default_rng(seed).integers(-9, 9, shape).astype(np.float32)
