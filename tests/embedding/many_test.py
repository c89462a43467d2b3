#!/usr/bin/env python3
"""A hundred models in one process: linked into one program, opened and closed again and again, run by many threads.

    many_test.py NINC        (run by ctest; with NINC_LONG_TESTS=1 a thousand rounds instead of fifty)
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COUNT = 100
ROUNDS = 1000 if os.environ.get("NINC_LONG_TESTS") == "1" else 50
NINC = None


def compile_model(folder, number):
    """The model m<number>, as a .so and a .a. All are one text with different weights."""
    name = f"m{number}"
    save_file({"y.weight": (number * np.eye(2, dtype=np.float32)).reshape(2, 2, 1, 1)},
              folder / f"{name}.safetensors")
    for suffix in ("so", "a"):
        subprocess.run([NINC, "model.nin", "--weights", f"{name}.safetensors", "--prefix", name, "--target", "host",
                        "--no-db", "--exact", "-j", "1", "-o", f"{name}.{suffix}"], cwd=folder, check=True, timeout=120)


class Many(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "model.nin").write_text("model m\nx = input f32[2, 4, 4]\ny = conv2d x 1 -> 2 nobias\n"
                                              "z = global_avg_pool y\noutput z\n")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda number: compile_model(cls.folder, number), range(1, COUNT + 1)))

    def build(self, name, *flags):
        subprocess.run(["cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}", f"-I{self.folder}",
                        HERE / "many.c", *flags, "-o", name, "-pthread", "-ldl"], cwd=self.folder, check=True,
                       timeout=120)

    def run_program(self, *arguments):
        done = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def linked(self, *flags):
        names = [f"m{number}" for number in range(1, COUNT + 1)]
        (self.folder / "linked.h").write_text(
            "".join(f'#include "{name}.h"\n' for name in names) +
            f"enum {{ n_linked = {COUNT} }};\nstatic const ninc_model_function linked[] = {{" +
            ", ".join(f"{name}_model" for name in names) + "};\n")
        self.build("linked", "-DLINKED", *flags, *(f"{name}.a" for name in names))

    def test_linked_into_one_program_and_run_by_eight_threads(self):
        self.linked()
        self.assertIn(f"{COUNT} models, 8 threads, 0 wrong", self.run_program("./linked", "linked", "8", "100"))

    def test_loaded_and_unloaded_again_and_again(self):
        self.build("loaded")
        told = self.run_program("./loaded", "loaded", str(ROUNDS), *(f"./m{n}.so" for n in range(1, COUNT + 1)))
        self.assertIn(f"{COUNT} libraries, {ROUNDS} rounds, 0 wrong", told)


if __name__ == "__main__":
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
