#!/usr/bin/env python3
"""Code for aarch64, compiled here and run by an emulator: held-out digits, and two networks that ONNX Runtime
evaluated. Needs a cross compiler for the C program around the model and qemu's user-mode emulator; without them
it says so and ctest reports the test as skipped.

    aarch64_test.py NINC        (run by ctest)
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from safetensors.numpy import load_file

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
DIGITS = ROOT / "examples" / "digits"
NETWORKS = ROOT / "tests" / "conformance" / "networks"

COMPILER = shutil.which("aarch64-linux-gnu-gcc")
EMULATOR = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


class Aarch64(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.targets, self.emulated, self.said = "aarch64", [], ""

    def do(self, *command, **options):
        done = subprocess.run([*map(str, command)], capture_output=True, cwd=self.folder, timeout=300, **options)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr.decode()}")
        self.said = done.stderr.decode()
        return done.stdout

    def classify(self, model, suffix, images, threads):
        """What the model, linked as .o, .a or .so, makes of [number of images, floats of an image]."""
        name = model.stem
        library = self.folder / f"lib{name}.{suffix}"
        self.do(NINC, model, "--target", self.targets, "-o", library)
        self.do(COMPILER, "-std=c11", "-O1", "-Wall", "-Werror", f"-DMODEL={name}_model", f"-I{ROOT}",
                HERE / "classify.c", library, "-lm", "-lpthread", f"-Wl,-rpath,{self.folder}", "-o", "classify")
        raw = np.ascontiguousarray(images, np.float32).tobytes()
        outputs = self.do(EMULATOR, *self.emulated, "-L", "/usr/aarch64-linux-gnu", "./classify", threads, input=raw)
        return np.frombuffer(outputs, np.float32).reshape(len(images), -1)

    def test_held_out_digits_give_onnx_runtimes_probabilities(self):
        images = np.load(DIGITS / "test_images.npy")[:40].reshape(40, -1) / np.float32(16)
        expected = np.load(DIGITS / "expected_prob.npy")[:40]
        for suffix, threads in (("o", 1), ("a", 2), ("so", 2)):
            with self.subTest(suffix=suffix, threads=threads):
                outputs = self.classify(DIGITS / "nin_digits.nin", suffix, images, threads)
                np.testing.assert_allclose(outputs[:, :10], expected, atol=1e-5)  # maps come behind

    def test_a_library_for_two_levels_takes_what_the_cpu_has(self):
        """A Cortex-A53 lacks the products of four bytes that Armv8.2 may have."""
        images = np.load(DIGITS / "test_images.npy")[:4].reshape(4, -1) / np.float32(16)
        expected = np.load(DIGITS / "expected_prob.npy")[:4]
        self.targets = "armv8-a,armv8.2-a+dotprod"
        for emulated, asked, chosen in (("cortex-a53", "", "aarch64"), ("max", "", "armv8.2-a+dotprod"),
                                        ("max", "aarch64", "aarch64"), ("max", "armv8.2-a+dotprod", "armv8.2-a+dotprod")):
            with self.subTest(cpu=emulated, asked=asked):
                self.emulated = ["-cpu", emulated, "-E", f"NINC_TARGET={asked}"]
                outputs = self.classify(DIGITS / "nin_digits.nin", "so", images, 2)
                np.testing.assert_allclose(outputs[:, :10], expected, atol=1e-5)
                self.assertEqual(self.said.strip(), chosen)

    def test_a_level_that_the_cpu_lacks_is_refused(self):
        self.targets, self.emulated = "armv8-a,armv8.2-a+dotprod", ["-cpu", "cortex-a53", "-E",
                                                                    "NINC_TARGET=armv8.2-a+dotprod"]
        with self.assertRaisesRegex(AssertionError, "this CPU lacks instructions"):
            self.classify(DIGITS / "nin_digits.nin", "so", np.zeros((1, 64)), 1)

    def test_networks_give_onnx_runtimes_outputs(self):
        for name in ("nin_small", "mixed"):
            model = NETWORKS / f"{name}.nin"
            data = load_file(NETWORKS / f"{name}.data.safetensors")
            text = model.read_text()
            inputs = re.findall(r"^(\w+) *= *input", text, re.MULTILINE)
            outputs = re.search(r"^output (.*)", text, re.MULTILINE)[1].split(", ")
            number = 1 + max(int(key.split(".")[0]) for key in data)

            def joined(names):
                return np.stack([np.concatenate([data[f"{image}.{value}"].ravel() for value in names])
                                 for image in range(number)])

            with self.subTest(name):
                computed = self.classify(model, "so", joined(inputs), 2)
                expected = joined(outputs)
                np.testing.assert_allclose(computed, expected, atol=1e-5 * np.abs(expected).max())


if __name__ == "__main__":
    NINC = pathlib.Path(sys.argv.pop(1)).resolve()
    missing = [what for what, found in (("aarch64-linux-gnu-gcc", COMPILER), ("qemu-aarch64-static", EMULATOR))
               if not found]
    if missing:
        print(f"SKIPPED: aarch64 code can't be run here, {' and '.join(missing)} missing "
              "(Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static)")
        sys.exit(SKIPPED)
    unittest.main()
