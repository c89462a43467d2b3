#!/usr/bin/env python3
"""What ninc does with models and libraries that it runs: verify, run, bench, show.

    running_test.py NINC        (run by ctest)
"""

import json
import os
import pathlib
import subprocess
import time
import unittest

# A process with threads had better not fork, and nothing here multiplies matrices.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import load_file, save_file

import command
from command import CliTest, DIGITS, SMALL, take_command


class Verifying(CliTest):
    def test_every_layer_that_survives_is_compared(self):
        table = json.loads(self.ninc("verify", DIGITS / "nin_digits.nin", "--json").stdout)
        self.assertTrue(table["agrees"])
        names = [layer["name"] for layer in table["layers"]]
        for name in ("stage1", "pool1", "stage2", "maps", "prob"):
            self.assertIn(name, names)
        self.assertTrue(all(layer["max_error"] <= layer["bound"] for layer in table["layers"]))

    def test_a_broken_weight_exits_with_3_and_names_its_layer(self):
        tensors = load_file(DIGITS / "nin_digits.safetensors")
        text = (DIGITS / "nin_digits.nin").read_text()
        for broken in ("stage1", "stage2", "maps"):
            with self.subTest(broken):
                changed = {name: tensor.copy() for name, tensor in tensors.items()}
                weight = changed[f"{broken}.1.weight"]
                weight.flat[np.abs(weight).argmax()] *= 1.05  # the largest: in use on real digits
                save_file(changed, self.folder / "nin_digits.safetensors")
                self.write(text, "broken.nin")
                self.ninc("broken.nin", "-o", "broken.so")
                done = self.ninc("verify", DIGITS / "nin_digits.nin", "broken.so", "--samples", 10, "--input",
                                 f"image={DIGITS}/test_images.npy", "--scale", 0.0625, expect=3)
                self.assertIn(f"first divergence: {broken}\n", done.stdout)

    def test_another_models_library_is_an_error_not_a_difference(self):
        self.ninc(self.write(SMALL), "-o", "small.so")
        self.ninc("verify", DIGITS / "nin_digits.nin", "small.so", expect=1)

    def test_given_inputs_and_batches(self):
        np.save(self.folder / "x.npy", np.linspace(-1, 1, 3 * 72, dtype=np.float32).reshape(3, 2, 6, 6))
        self.write(SMALL)
        self.ninc("verify", "model.nin", "--batch", 3, "--input", "image=x.npy")
        self.ninc("verify", "model.nin", "--threads", 2)


    def test_numbers_that_arent_finite_are_refused(self):
        self.write(SMALL)
        for number in (np.nan, np.inf, 3e38):
            np.save(self.folder / "x.npy", np.full((2, 6, 6), number, np.float32))
            self.ninc("verify", "model.nin", "--input", "x.npy", expect=1)

    def test_options_for_compiling_dont_go_with_a_library(self):
        self.ninc(self.write(SMALL), "-o", "small.so")
        self.ninc("verify", "model.nin", "small.so", "--batch", 2, expect=2)
        self.ninc("bench", "small.so", "--target", "x86-64-v3", expect=2)

    def test_code_for_another_machine_isnt_run(self):
        said = self.ninc("verify", self.write(SMALL), "--target", "aarch64", expect=1).stderr
        self.assertIn("can't run on this machine", said)


    def test_no_file_is_made_meanwhile(self):
        self.environment["TMPDIR"] = str(self.folder / "tmp")
        (self.folder / "tmp").mkdir()
        model = self.write(SMALL)
        process = self.start("verify", model, "--samples", "100000", env=self.environment)
        while "memfd:small" not in pathlib.Path(f"/proc/{process.pid}/maps").read_text():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.assertEqual(list((self.folder / "tmp").iterdir()), [])


class Running(CliTest):
    def test_held_out_digits_give_onnx_runtimes_probabilities(self):
        self.ninc("run", DIGITS / "nin_digits.nin", "--input", f"image={DIGITS}/test_images.npy", "--scale", 0.0625,
                  "--output", "prob=prob.npy", "--output", "maps=maps.npy")
        prob, maps = np.load(self.folder / "prob.npy"), np.load(self.folder / "maps.npy")
        expected = np.load(DIGITS / "expected_prob.npy")
        np.testing.assert_allclose(prob, expected, atol=1e-5)
        self.assertEqual(maps.shape, (len(prob), 10, 8, 8))
        labels = np.load(DIGITS / "test_labels.npy")
        self.assertGreaterEqual(np.mean(prob.argmax(1) == labels), 0.97)

    def test_the_cache_compiles_a_model_once(self):
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        model = self.write(SMALL)
        first = self.ninc("run", model, "--input", "x.npy")
        self.assertIn("compiling", first.stderr)
        self.assertIn("prob: top", first.stdout)
        second = self.ninc("run", model, "--input", "x.npy")
        self.assertNotIn("compiling", second.stderr)
        self.assertEqual(first.stdout, second.stdout)
        self.write(SMALL.replace("seed 3", "seed 4"))
        self.assertIn("compiling", self.ninc("run", model, "--input", "x.npy").stderr)

    def test_a_damaged_file_in_the_cache_is_compiled_anew(self):
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        model = self.write(SMALL)
        first = self.ninc("run", model, "--input", "x.npy")
        cached, = (self.folder / "cache" / "ninc").glob("*.so")
        os.truncate(cached, 5000)
        again = self.ninc("run", model, "--input", "x.npy")
        self.assertIn("compiling", again.stderr)
        self.assertEqual(again.stdout, first.stdout)

    def test_compiled_and_reference_agree(self):
        np.save(self.folder / "x.npy", np.random.default_rng(1).standard_normal((2, 6, 6)).astype(np.float32))
        model = self.write(SMALL)
        self.ninc("run", model, "--input", "x.npy", "--output", "a.npy")
        self.ninc("run", model, "--input", "x.npy", "--output", "b.npy", "--reference")
        np.testing.assert_allclose(np.load(self.folder / "a.npy"), np.load(self.folder / "b.npy"), atol=1e-6)

    def test_paths_may_hold_equals_signs(self):
        model = self.write(SMALL)
        (self.folder / "lr=0.1").mkdir()
        for file in ("lr=0.1/x.npy", "image=1.npy"):
            np.save(self.folder / file, np.ones((2, 6, 6), np.float32))
        self.ninc("run", model, "--input", "x.npy", expect=1)
        expected = self.ninc("run", model, "--input", "image=lr=0.1/x.npy").stdout
        absolute = f"{self.folder}/lr=0.1"
        for given in (f"{absolute}/x.npy", "lr=0.1/x.npy", "./lr=0.1/x.npy", "./image=1.npy", "image=image=1.npy", f"image={absolute}/x.npy"):
            for option in (["--input", given], [f"--input={given}"]):
                with self.subTest(option=option):
                    self.assertEqual(self.ninc("run", model, *option).stdout, expected)
            self.ninc("verify", model, "--input", given)
        for given in (f"{absolute}/y.npy", "lr=0.1/y.npy", "./lr=0.1/y.npy", "prob=lr=0.1/y.npy"):
            with self.subTest(output=given):
                self.ninc("run", model, "--input", "image=image=1.npy", "--output", given)
                self.assertTrue((self.folder / "lr=0.1" / "y.npy").exists())
                (self.folder / "lr=0.1" / "y.npy").unlink()
        for option in (["--input", "=image=1.npy"], ["--input", "image="], ["--input", ""],
                       ["--input", "lr=0.2/x.npy"], ["--input", "image=image=1.npy", "--output", "=y.npy"]):
            with self.subTest(option=option):
                said = self.ninc("run", model, *option, expect=2).stderr
                self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("./lr=0.2/x.npy", self.ninc("verify", model, "--input", "lr=0.2/x.npy", expect=2).stderr)

    def test_an_array_in_another_order_gets_a_hint(self):
        self.write("model m\nx = input f32[3, 5, 7]\ny = relu x\noutput y\n")
        for shape, axes in (((5, 7, 3), (2, 0, 1)), ((4, 5, 7, 3), (0, 3, 1, 2))):
            array = np.zeros(shape, np.float32)
            np.save(self.folder / "x.npy", array)
            for command in ("run", "verify"):
                self.assertIn(f"numpy.transpose(array, {axes})",
                              self.ninc(command, "model.nin", "--input", "x.npy", expect=1).stderr)
            np.save(self.folder / "x.npy", np.transpose(array, axes))
            self.ninc("run", "model.nin", "--input", "x.npy")

    def test_numbers_of_elements_are_written_as_integers(self):
        self.write("model m\nweights random seed 1\nx = input f32[2, 6, 6]\n"
                   "maps = conv2d x 3x3 -> 5\nbest = arg_max maps\noutput maps, best\n")
        np.save(self.folder / "x.npy", np.random.default_rng(0).normal(size=(3, 2, 6, 6)).astype(np.float32))
        self.ninc("model.nin", "-o", "m.so", "--batch", 3)
        for model in ("model.nin", "m.so"):
            self.ninc("run", model, "--input", "x.npy", "--output", "best=best.npy", "--output", "maps=maps.npy")
            best = np.load(self.folder / "best.npy")
            self.assertEqual((best.dtype, best.shape), (np.dtype(np.int64), (3, 4, 4)))
            np.testing.assert_array_equal(best, np.load(self.folder / "maps.npy").argmax(axis=1))
        self.ninc("verify", "model.nin", "m.so")
        self.ninc("bench", "m.so", "--seconds", 0.01)
        self.assertIn("relu takes f32, but its operand is i64[4, 4]",
                      self.ninc("show", self.write("model m\nx = input f32[2, 4, 4]\nb = arg_max x\n"
                                                   "y = relu b\noutput y\n", "reading.nin"), expect=1).stderr)

    def test_wrong_inputs_are_explained(self):
        model = self.write(SMALL)
        np.save(self.folder / "bad.npy", np.ones((3, 6, 6), np.float32))
        self.assertIn("[2, 6, 6]", self.ninc("run", model, "--input", "image=bad.npy", expect=1).stderr)
        self.assertIn("did you mean 'image'?",
                      self.ninc("run", model, "--input", "imge=bad.npy", expect=2).stderr)
        self.ninc("run", model, "--input", "image=bad.gif", expect=2)
        self.ninc("run", model, "--input", "image=bad.npy", "--output", "pro=x.npy", expect=2)
        self.ninc("run", model, expect=2)
        (self.folder / "junk.npy").write_bytes(b"\x93NUMPY\x01\x00junk")
        self.ninc("run", model, "--input", "junk.npy", expect=1)
        self.ninc("run", model, "--input", "missing.npy", expect=1)


class Benching(CliTest):
    def test_json_has_the_times_of_every_kernel(self):
        done = json.loads(self.ninc("bench", self.write(SMALL), "--json", "--seconds", 0.05).stdout)
        for key in ("min_ms", "median_ms", "threads", "kernels", "peak_gflops"):
            self.assertIn(key, done)
        self.assertEqual([kernel["name"] for kernel in done["kernels"]], ["prob"])
        self.assertLessEqual(done["min_ms"], done["median_ms"])

    def test_more_memory_than_there_is_costs_a_message(self):
        self.write("model wide\nimage = input f32[1, 1024, 1024]\ny = relu image\noutput y\n")
        said = self.ninc("bench", "model.nin", "--batch", 1 << 20, expect=1).stderr
        self.assertIn("8388608 MiB", said)
        self.assertIn("smaller batch", said)

    def test_more_threads_than_cpus_are_one_warning(self):
        # As many CPUs as this process may use, and one.
        model = self.write(SMALL)
        one = min(os.sched_getaffinity(0))
        said = subprocess.run(["taskset", "-c", str(one), command.NINC, "bench", model, "--threads", "3", "--seconds", "0.01"],
                              cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(said.returncode, 0, said.stderr)
        warnings = [line for line in said.stderr.split("\n") if "warning" in line]
        self.assertEqual(warnings, ["ninc: warning: 3 threads share 1 CPU, so the times say nothing of a machine with more"])
        said = self.ninc("bench", model, "--threads", len(os.sched_getaffinity(0)), "--seconds", 0.01).stderr
        self.assertNotIn("warning", said)

    def test_two_threads(self):
        self.assertIn("2 threads", self.ninc("bench", self.write(SMALL), "--threads", 2, "--seconds", 0.05).stdout)


class Showing(CliTest):
    def test_show_tells_the_batch_that_a_file_fixes(self):
        net = self.write('input: "x" input_dim: 4 input_dim: 2 input_dim: 3 input_dim: 3\n'
                         'layer { name: "y" type: "ReLU" bottom: "x" top: "y" }\n', "net.prototxt")
        self.assertIn("net, a batch of 4; the rows are of one image\n", self.ninc("show", net).stdout)
        self.assertEqual(json.loads(self.ninc("show", net, "--json").stdout)["batch"], 4)
        self.assertEqual(json.loads(self.ninc("show", self.write(SMALL), "--json").stdout)["batch"], 1)

    def test_totals(self):
        shown = json.loads(self.ninc("show", self.write(SMALL), "--json").stdout)
        self.assertEqual(shown["parameters"], 2 * 9 * 8 + 8 + 8 * 4 + 4)
        self.assertEqual(shown["macs"], 36 * (2 * 9 * 8 + 8 * 4))

    def test_totals_beyond_64_bits_stay_at_the_largest_number(self):
        layers = [f"y{i} = conv2d image 1x32767 pad 0,268000000,0,268000000 -> 1" for i in range(40)]
        self.write("\n".join(["model huge", "weights random seed 1", "image = input f32[16384, 1, 4]", *layers,
                              "output " + ", ".join(f"y{i}" for i in range(40)), ""]))
        self.assertEqual(json.loads(self.ninc("show", "model.nin", "--json").stdout)["macs"], 2**63 - 1)

    def test_a_model_without_weights_can_be_shown(self):
        self.write((DIGITS / "nin_digits.nin").read_text())
        self.assertIn("21,402", self.ninc("show", "model.nin").stdout)


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
