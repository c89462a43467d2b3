#!/usr/bin/env python3
"""The wheel, as somebody has it who has nothing else: a fresh virtual environment without sources and compilers.

    wheel_test.py        (run by ctest; 77 without NINC_LONG_TESTS=1, since it builds ninc once more)

Halide's and NumPy's packages come from the environment that the tests run in, so nothing is downloaded.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = """
import json, shutil, subprocess, time
import numpy as np
import ninc

assert shutil.which("cc") is None and shutil.which("c++") is None
started = time.monotonic()
model = ninc.compile("digits.nin", batch=(1, 4))
images = np.load("test_images.npy").astype(np.float32) / 16
error = float(np.abs(model(images)["prob"] - np.load("expected_prob.npy")).max())
agrees = ninc.verify("digits.nin", model, samples=2).agrees
tuned = ninc.tune("digits.nin", budget=20, database="found.jsonl")
layers = len(ninc.show("digits.nin").layers)
command = subprocess.run(["ninc", "--version"], capture_output=True, text=True, check=True).stdout
print(json.dumps([error, agrees, len(tuned.kernels), layers, command, ninc.__file__, time.monotonic() - started]))
"""


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        subprocess.run([ROOT / "scripts" / "wheel", cls.folder], check=True, timeout=3600, stdout=subprocess.DEVNULL)
        (cls.wheel,) = cls.folder.glob("ninc-*.whl")

    def test_is_small_and_has_its_notices(self):
        self.assertLess(self.wheel.stat().st_size, 60e6)
        self.assertIn("manylinux", self.wheel.name)
        with zipfile.ZipFile(self.wheel) as wheel:
            names = wheel.namelist()
            self.assertIn("zlib", wheel.read("ninc/NOTICES").decode())
        self.assertTrue(any(name.endswith("LICENSE") for name in names))
        self.assertFalse([name for name in names if "libHalide" in name or "libLLVM" in name])

    def test_a_page_of_python_compiles_runs_verifies_and_tunes(self):
        subprocess.run([sys.executable, "-m", "venv", "fresh"], cwd=self.folder, check=True, timeout=300)
        python = self.folder / "fresh" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", self.wheel], check=True, timeout=300)
        (packages,) = (self.folder / "fresh" / "lib").glob("python3*/site-packages")
        ours = pathlib.Path(__import__("numpy").__file__).parents[1]
        for name in ("numpy", "numpy.libs", "halide", "halide.libs"):
            if (ours / name).exists():
                (packages / name).symlink_to(ours / name)
        for name in ("nin_digits.nin", "nin_digits.safetensors", "test_images.npy", "expected_prob.npy"):
            target = self.folder / ("digits.nin" if name == "nin_digits.nin" else name)
            target.write_bytes((ROOT / "examples" / "digits" / name).read_bytes())
        done = subprocess.run([python, "-c", PAGE], cwd=self.folder, capture_output=True, text=True, timeout=300, check=False,
                              env={"PATH": str(python.parent), "HOME": str(self.folder)})
        self.assertEqual(done.returncode, 0, done.stderr)
        error, agrees, kernels, layers, command, place, seconds = json.loads(done.stdout)
        self.assertLess(error, 1e-5)
        self.assertTrue(agrees)
        self.assertEqual((kernels, layers), (4, 9))
        self.assertIn("LLVM 19", command)
        self.assertIn("fresh", place)
        self.assertLess(seconds, 120)


if __name__ == "__main__":
    if os.environ.get("NINC_LONG_TESTS") != "1":
        print("SKIPPED: it builds ninc once more; NINC_LONG_TESTS=1 asks for it")
        sys.exit(77)
    unittest.main()
