#!/usr/bin/env python3
"""The stack that a run takes, against what the header promises (NINC_STACK_BYTES): the networks of examples/, and
models in which one thing after another is large.

    stack_test.py NINC PROBE        (run by ctest; PROBE is stack_probe.c)
"""

import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NINC = PROBE = None

MANY = 400
MODELS = {
    "mean of 20,000 classes": """
        x = input f32[3, 8, 8]
        y = mlpconv x [conv 3x3 -> 8, 20000] global_avg_pool
        output y""",
    "probabilities of 20,000 classes": """
        x = input f32[3, 8, 8]
        y = mlpconv x [conv 3x3 -> 8, 20000] global_avg_pool softmax
        output y""",
    "probabilities of 20,000 classes, whose maps are an output": """
        x = input f32[3, 4, 4]
        maps = conv2d x 3x3 -> 20000 relu
        y = softmax (global_avg_pool maps)
        output y, maps""",
    "softmax over 20,000 numbers": """
        x = input f32[20000]
        y = softmax x
        output y""",
    "softmax over 5,000 maps": """
        x = input f32[3, 4, 4]
        a = conv2d x 3x3 -> 5000 relu
        b = softmax a
        y = max_pool b 2x2
        output y""",
    "normalisation across 4,000 maps": """
        x = input f32[3, 5, 5]
        a = conv2d x 3x3 -> 4000 relu
        b = lrn a size 5 alpha 0.1 beta 0.75
        y = max_pool b 2x2
        output y""",
    "mean of 20,000 maps": """
        x = input f32[20000, 3, 3]
        y = global_avg_pool x
        output y""",
    "grouped convolutions": """
        x = input f32[1024, 9, 9]
        a = conv2d x 3x3 pad 1 groups 1024 -> 1024 relu
        b = conv2d a 5x5 pad 2 groups 4 -> 1000 relu
        y = conv2d b 3x3 stride 2 groups 1000 -> 2000
        output y""",
    "Winograd's transforms": """
        x = input f32[64, 24, 24]
        a = conv2d x 3x3 pad 1 -> 512 relu
        b = conv2d a 5x5 pad 2 -> 512 relu
        c = conv2d b 7x7 pad 3 -> 64 relu
        d = conv2d c 3x3 stride 2 -> 256 relu
        y = mlpconv d [conv 3x3 pad 1 -> 256, 256, 1000] global_avg_pool softmax
        output y""",
    "a wide mlpconv that pools": """
        x = input f32[3, 64, 64]
        y = mlpconv x [conv 11x11 stride 4 -> 1000, 1000, 1000] max_pool 2x2 stride 2
        output y""",
    "thirty layers": """
        x = input f32[3, 16, 16]
        y = mlpconv x [conv 5x5 -> """ + ", ".join(["100"] * 30) + """] global_avg_pool softmax
        output y""",
    "a dense layer": """
        x = input f32[4096]
        y = dense x -> 5000 relu
        output y""",
    "many operands": """
        x = input f32[4, 6, 6]
        """ + "\n".join(f"a{i} = average_pool x {1 + i % 6}x{1 + i // 6 % 6}" for i in range(36)) + """
        """ + "\n".join(f"b{i} = flatten a{i}" for i in range(36)) + """
        y = concat """ + " ".join(f"b{i % 36}" for i in range(MANY)) + """
        output y""",
    "many inputs and outputs": "\n".join(f"x{i} = input f32[4]\ny{i} = relu x{i}" for i in range(MANY))
        + "\noutput " + ", ".join(f"y{i}" for i in range(MANY)),
}


def stack_of(library):
    done = subprocess.run([PROBE, library], capture_output=True, text=True)
    assert done.returncode == 0, f"{library}: {done.returncode} {done.stderr}"
    return {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}


def promised(header):
    match = re.search(r"#define NINC_STACK_BYTES\(tensors\) \((\d+) \+ (\d+) \* \(tensors\)\)", header)
    assert match, "the header has no NINC_STACK_BYTES"
    tensors = len(re.findall(r"^#define \w+_RANK ", header, re.M))
    assert tensors, "the header names no tensor"
    return int(match[1]) + int(match[2]) * tensors


class StackTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check(self, what, model, *options):
        library = self.folder / "m.so"
        done = subprocess.run([NINC, model, "-o", library, "--no-db", *options], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{what}: {done.stderr}")
        used = stack_of(library)
        most = promised(library.with_suffix(".h").read_text())
        print(f"{what} {' '.join(options)}: {used} of {most}", file=sys.stderr, flush=True)
        for whose, stack in used.items():
            self.assertLess(stack, most, f"{what}, {whose}")

    def check_all(self, *options):
        for what, text in MODELS.items():
            with self.subTest(what):
                model = self.folder / "m.nin"
                lines = [line.strip() for line in text.strip().splitlines()]
                model.write_text("model m\nweights random seed 1\n" + "\n".join(lines) + "\n")
                self.check(what, model, *options)

    def test_examples(self):
        for model in sorted(ROOT.glob("examples/nin_*.nin")) + [ROOT / "examples/digits/nin_digits.nin"]:
            with self.subTest(model.stem):
                self.check(model.stem, model)

    def test_large_models(self):
        self.check_all()

    def test_large_models_of_a_batch_of_few_registers_without_transforms(self):
        if platform.machine() != "x86_64":
            self.skipTest("this machine can't run x86-64-v2 code")
        self.check_all("--batch", "4", "--exact", "--target", "x86-64-v2")


if __name__ == "__main__":
    NINC, PROBE = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
