#!/usr/bin/env python3
"""Libraries for several CPUs, sizes and numbers of images, and those with their weights in a file, as a user makes
and uses them.

    versions_test.py NINC        (run by ctest)
"""

import json
import os
import platform
import shutil
import subprocess
import unittest

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

import command
from command import CliTest, SMALL, take_command

LEVELS = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]


def pictures(count, rows=6, columns=6):
    return np.random.default_rng(count + rows).standard_normal((count, 2, rows, columns)).astype(np.float32)


class Cpus(CliTest):
    def setUp(self):
        super().setUp()
        if platform.machine() != "x86_64":
            self.skipTest("the levels are of x86-64")
        self.ninc(self.write(SMALL), "--target", ",".join(LEVELS), "-o", "small.so")

    def test_each_level_that_this_cpu_has_is_verified(self):
        told = self.ninc("verify", "model.nin", "small.so").stdout
        self.assertIn(f"small: {LEVELS[0]}, 1 thread, {LEVELS[0]}, 3 inputs: all", told)

    def test_a_level_can_be_asked_for(self):
        np.save(self.folder / "x.npy", pictures(1)[0])
        outputs = []
        for level in LEVELS:
            self.environment["NINC_TARGET"] = level
            done = subprocess.run([command.NINC, "run", "small.so", "--input", "image=x.npy", "--output",
                                   f"prob={level}.npy"], cwd=self.folder, env=self.environment,
                                  capture_output=True, text=True, timeout=60)
            if done.returncode == 0:
                outputs.append(np.load(self.folder / f"{level}.npy"))
            else:
                self.assertIn("this CPU lacks instructions", done.stderr)
        self.assertTrue(outputs)
        for output in outputs[1:]:
            np.testing.assert_allclose(output, outputs[0], atol=1e-5)

    def test_a_level_that_the_library_lacks_is_an_error(self):
        self.environment["NINC_TARGET"] = "x86-64-v9"
        self.assertIn("no code for the target that is asked for",
                      self.ninc("bench", "small.so", expect=1).stderr)

    def test_two_of_the_same_and_two_architectures_are_refused(self):
        self.assertIn("the same again", self.ninc("model.nin", "--target", "x86-64-v3,haswell", "-o", "a.so",
                                                  expect=2).stderr)
        self.assertIn("CPUs of one architecture", self.ninc("model.nin", "--target", "x86-64-v3,aarch64", "-o",
                                                             "a.so", expect=2).stderr)

    def test_kernels_and_weights_that_are_equal_are_there_once(self):
        """A copy needs no level, and a bias is the same for all."""
        self.ninc("model.nin", "--target", "x86-64-v2", "-o", "one.so")
        one, three = (os.path.getsize(self.folder / name) for name in ("one.so", "small.so"))
        self.assertLess(three, 3 * one)


class Batches(CliTest):
    def test_any_number_of_images_up_to_the_limit(self):
        for how in (["--batch", "1..5"], ["--batch", "5", "--any"]):
            self.ninc(self.write(SMALL), *how, "-o", "small.so")
            for count in (1, 3, 5, 7):
                with self.subTest(how=how, count=count):
                    np.save(self.folder / "x.npy", pictures(count))
                    self.ninc("run", "small.so", "--input", "x.npy", "--output", "y.npy")
                    self.ninc("run", "model.nin", "--reference", "--input", "x.npy", "--output", "r.npy")
                    np.testing.assert_allclose(np.load(self.folder / "y.npy"), np.load(self.folder / "r.npy"),
                                               atol=1e-5)
        self.ninc("verify", "model.nin", "small.so")
        self.ninc("bench", "small.so", "--images", 2, "--seconds", 0.01)
        self.assertIn("1 to 5 images", self.ninc("bench", "small.so", "--images", 6, expect=1).stderr)

    def test_a_fixed_batch_stays_what_it_is(self):
        self.ninc(self.write(SMALL), "--batch", 4, "-o", "small.so")
        np.save(self.folder / "x.npy", pictures(3))
        self.assertIn("4 images at a time, but 3", self.ninc("run", "small.so", "--input", "x.npy", expect=1).stderr)

    def test_what_is_no_number_of_images_is_refused(self):
        self.write(SMALL)
        for word in ("0", "2..4", "1..", "1..0", "-1", "many", "1..4x"):
            self.assertIn("--batch", self.ninc("model.nin", f"--batch={word}", "-o", "a.so", expect=2).stderr)


class Sizes(CliTest):
    def setUp(self):
        super().setUp()
        self.ninc(self.write(SMALL), "--shape", "image=2x6x6,2x9x7", "-o", "small.so")

    def test_a_run_takes_the_size_that_its_inputs_have(self):
        for rows, columns in ((6, 6), (9, 7)):
            np.save(self.folder / "x.npy", pictures(1, rows, columns)[0])
            self.ninc("run", "small.so", "--input", "x.npy", "--output", "y.npy")
            self.ninc("run", "model.nin", "--shape", f"image=2x{rows}x{columns}", "--reference", "--input", "x.npy",
                      "--output", "r.npy")
            np.testing.assert_allclose(np.load(self.folder / "y.npy"), np.load(self.folder / "r.npy"), atol=1e-5)
        np.save(self.folder / "x.npy", pictures(1, 5, 5)[0])
        said = self.ninc("run", "small.so", "--input", "x.npy", expect=1).stderr
        self.assertIn("[2, 6, 6]", said)
        self.assertIn("the library has 2 sizes, which `ninc show` lists", said)
        self.assertNotIn("sizes", self.ninc("run", "small.so", "--input", "nothing.npy", expect=1).stderr)

    def test_all_sizes_are_verified(self):
        told = self.ninc("verify", "model.nin", "small.so", "--shape", "image=2x6x6,2x9x7").stdout
        self.assertIn("size 0", told)
        self.assertIn("size 1", told)
        self.assertNotIn("size 1", self.ninc("verify", "model.nin", "small.so").stdout)
        self.ninc("bench", "small.so", "--size", 1, "--seconds", 0.01)
        self.assertIn("none of number 2", self.ninc("bench", "small.so", "--size", 2, expect=1).stderr)

    def test_a_size_that_the_model_cannot_have_is_an_error_at_the_op(self):
        self.write(SMALL.replace("softmax (global_avg_pool stage)", "dense (flatten stage) -> 3"))
        self.ninc("model.nin", "-o", "a.so")
        self.write("model m\nweights random seed 1\nx = input f32[1, 4, 4]\ny = reshape x [16]\noutput y\n", "m.nin")
        told = self.ninc("m.nin", "--shape", "x=1x4x4,1x5x5", "-o", "a.so", expect=1).stderr
        self.assertIn("at size 2 of --shape", told)
        self.assertIn("m.nin:4:", told)
        self.assertIn("no input 'z'", self.ninc("m.nin", "--shape", "z=1x4x4", "-o", "a.so", expect=1).stderr)
        self.assertIn("isn't NAME=", self.ninc("m.nin", "--shape", "x=1x4x4,", "-o", "a.so", expect=2).stderr)


PROGRAM = """
#define NINC_CXX
#include "small.h"
#include <cstdio>
#include <vector>
int main() {
  if (small_open_weights("small.weights", 1) != NINC_OK) return 1;
  ninc_cxx::small_runner model(2);
  std::vector<float> prob(3 * SMALL_PROB_ELEMENTS), image(3 * 2 * 9 * 7, 0.25f);
  model.run(SMALL_SIZE_9X7, 3, image, prob);
  for (float p : prob) std::printf("%.6f\\n", static_cast<double>(p));
  try {
    model.run(SMALL_SIZE_6X6, 3, image, prob);
    return 2;
  } catch (const std::invalid_argument &) {
  }
  return 0;
}
"""


class Programs(CliTest):
    def test_all_at_once_from_cxx(self):
        """Several CPUs, sizes, any number of images, weights in a file."""
        if not shutil.which("c++"):
            self.skipTest("there is no c++")
        target = ",".join(LEVELS) if platform.machine() == "x86_64" else "host"
        self.ninc(self.write(SMALL), "--target", target, "--shape", "image=2x6x6,2x9x7", "--batch", "1..4",
                  "--weights", "external", "-o", "small.a")
        self.assertIn("small.weights", self.files())
        (self.folder / "main.cpp").write_text(PROGRAM)
        subprocess.run(["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "main.cpp", "small.a", "-pthread", "-o",
                        "main"], cwd=self.folder, check=True, timeout=120)
        told = subprocess.run(["./main"], cwd=self.folder, check=True, capture_output=True, text=True,
                              timeout=60).stdout
        np.save(self.folder / "x.npy", np.full((3, 2, 9, 7), 0.25, np.float32))
        self.ninc("run", "model.nin", "--shape", "image=2x9x7", "--reference", "--input", "x.npy", "--output", "r.npy")
        np.testing.assert_allclose(np.array(told.split(), np.float32),
                                   np.load(self.folder / "r.npy").reshape(-1), atol=1e-5)

    def test_models_of_one_name_meet_under_prefixes(self):
        self.write(SMALL)
        for prefix in ("left", "right"):
            self.ninc("model.nin", "--prefix", prefix, "-o", f"{prefix}.so")
            self.assertIn(f"{prefix}_run", json.loads(self.ninc("show", f"{prefix}.so", "--json").stdout)["exports"])
            self.assertIn(f"{prefix.upper()}_BATCH", (self.folder / f"{prefix}.h").read_text())
        for name in ("sem", "ninc_x", "1a", "a b"):
            self.assertIn("--prefix", self.ninc("model.nin", "--prefix", name, "-o", "a.so", expect=2).stderr)

    def test_show_tells_what_is_in_a_library(self):
        self.ninc(self.write(SMALL), "--shape", "image=2x6x6,2x9x7", "--batch", "1..4", "-o", "small.so")
        told = json.loads(self.ninc("show", "small.so", "--json").stdout)
        self.assertEqual([size["inputs"][0]["shape"] for size in told["sizes"]], [[2, 6, 6], [2, 9, 7]])
        self.assertEqual({version["size"] for version in told["versions"]}, {0, 1})
        self.assertEqual((told["least_batch"], told["batch"]), (1, 4))
        parts = told["bytes"]
        self.assertEqual(parts["file"], os.path.getsize(self.folder / "small.so"))
        self.assertLess(parts["weights"] + parts["code"] + parts["constants"] + parts["addresses"], parts["file"])
        self.assertIn("small_run_batch", told["exports"])
        self.assertIn("pthread_create", told["imports"])
        self.assertIn("small_run_batch", self.ninc("show", "small.so").stdout)
        self.assertIn("compiled already", self.ninc("show", "small.so", "--target", "host", expect=2).stderr)
        self.assertIn("past all passes", self.ninc("show", "small.so", "--after", "passes", expect=2).stderr)

    def test_a_file_of_weights_stays_with_its_library(self):
        self.ninc(self.write(SMALL), "--weights", "external", "-o", "small.so")
        self.ninc("verify", "model.nin", "small.so")
        self.write(SMALL.replace("seed 3", "seed 4"), "other.nin")
        self.ninc("other.nin", "--weights", "external", "-o", "other.so")
        shutil.copy(self.folder / "other.weights", self.folder / "small.weights")
        self.assertIn("isn't the file that was made with it", self.ninc("bench", "small.so", expect=1).stderr)
        (self.folder / "small.weights").unlink()
        self.assertIn("there is no such file", self.ninc("bench", "small.so", expect=1).stderr)
        (self.folder / "small.weights").write_text("mine\n")
        self.assertIn("small.weights", self.ninc("model.nin", "--weights", "external", "-o", "small.so",
                                                 expect=1).stderr)
        self.assertIn("for a library that is kept", self.ninc("run", "model.nin", "--weights", "external",
                                                              expect=2).stderr)


if __name__ == "__main__":
    take_command()
    unittest.main()
