#!/usr/bin/env python3
"""The ninc command with a device: what is compiled for one, run on it, measured on it, and refused.

    gpu_test.py NINC        (run by ctest; 77: there is no OpenCL device here)

Any OpenCL device will do; PoCL makes one of the CPU. Its compiled kernels are kept out of the user's cache.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from command import CliTest, DIGITS, ROOT, SMALL, take_command  # noqa: E402

EXAMPLES = ROOT / "examples"
# A hidden loader's configuration, as if no driver were installed.
NO_DRIVER = {"OCL_ICD_VENDORS": "/nonexistent", "OCL_ICD_FILENAMES": ""}
KERNEL_CACHE = tempfile.TemporaryDirectory()


class GpuTest(CliTest):
    def setUp(self):
        super().setUp()
        self.environment["POCL_CACHE_DIR"] = KERNEL_CACHE.name

    def json_of(self, *arguments, **options):
        return json.loads(self.ninc(*arguments, "--json", **options).stdout)

    def library(self, text=SMALL, *options):
        self.ninc(self.write(text), "-o", "model.so", "--target", "host+opencl", *options)
        return "model.so"


class Networks(GpuTest):
    def verify(self, model, *options):
        told = self.json_of("verify", model, "--device", "opencl", "--samples", 1, *options)
        self.assertTrue(told["agrees"])
        self.assertEqual((told["target"], told["device"]), ("opencl", "opencl:0"))
        self.assertTrue(told["device_name"])
        return [layer["name"] for layer in told["layers"]]

    def test_every_layer_of_nin_mnist_agrees(self):
        self.verify(EXAMPLES / "nin_mnist.nin")

    def test_every_layer_of_nin_cifar10_agrees(self):
        self.assertEqual(self.verify(EXAMPLES / "nin_cifar10.nin"),
                         ["stage1", "pool1", "stage2", "pool2", "prob", "prob"])

    def test_every_layer_of_nin_cifar100_agrees(self):
        self.verify(EXAMPLES / "nin_cifar100.nin")

    def test_every_layer_of_nin_svhn_agrees(self):
        self.verify(EXAMPLES / "nin_svhn.nin")

    def test_every_layer_of_nin_imagenet_agrees(self):
        self.verify(EXAMPLES / "nin_imagenet.nin")

    def test_every_layer_of_the_digits_agrees_in_a_batch(self):
        self.verify(DIGITS / "nin_digits.nin", "--batch", 3)


class Verifying(GpuTest):
    def test_the_table_names_the_device(self):
        self.assertRegex(self.ninc("verify", self.write(SMALL), "--device", "opencl").stdout,
                         r"small: opencl, opencl:0 \(.+\), 3 inputs: all 2 comparisons agree")

    def test_a_library_is_verified_on_either_half(self):
        library = self.library()
        self.assertEqual(self.json_of("verify", "model.nin", library, "--device", "opencl:0")["target"], "opencl")
        self.assertTrue(self.json_of("verify", "model.nin", library)["target"].startswith(("x86", "aarch")))

    def test_another_models_weights_are_a_difference(self):
        library = self.library(SMALL.replace("seed 3", "seed 4"))
        said = self.ninc("verify", self.write(SMALL), library, "--device", "opencl", expect=3).stdout
        self.assertIn("first divergence: prob", said)

    def test_each_size_has_code_and_all_are_verified(self):
        sizes = ("--shape", "image=2x6x6,2x9x7")
        library = self.library(SMALL, *sizes, "--batch", "2")
        said = self.ninc("verify", "model.nin", library, "--device", "opencl", *sizes).stdout
        for size in (0, 1):
            self.assertIn(f"size {size}, 3 inputs: all 2 comparisons agree", said)
        shown = json.loads(self.ninc("show", library, "--json").stdout)["versions"]
        self.assertEqual([version["size"] for version in shown if version["target"] == "opencl"], [0, 1])

    def test_values_between_kernels_are_compared(self):
        model = self.write("model chain\nweights random seed 1\nimage = input f32[3, 8, 8]\n"
                           "stage = mlpconv image [conv 3x3 pad 1 -> 12, 8]\nnorm = lrn stage size 3\n"
                           "pool = average_pool norm 2x2 stride 2\nscore = dense (flatten pool) -> 5\nprob = softmax score\n"
                           "output prob, norm\n")
        told = self.json_of("verify", model, "--device", "opencl", "--batch", 2)
        self.assertLessEqual({"stage", "norm", "pool", "score", "prob"}, {layer["name"] for layer in told["layers"]})


class Running(GpuTest):
    def test_the_device_sees_the_same_digits_as_onnx_runtime(self):
        self.ninc("run", DIGITS / "nin_digits.nin", "--device", "opencl", "--input", f"image={DIGITS}/test_images.npy",
                  "--scale", 0.0625, "--output", "prob=prob.npy")
        np.testing.assert_allclose(np.load(self.folder / "prob.npy"), np.load(DIGITS / "expected_prob.npy"), atol=1e-5)

    def test_a_run_takes_the_size_that_its_inputs_have(self):
        library = self.library(SMALL, "--shape", "image=2x6x6,2x9x7")
        for rows, columns in ((9, 7), (6, 6)):
            x = np.random.default_rng(rows).standard_normal((2, rows, columns)).astype(np.float32)
            np.save(self.folder / "x.npy", x)
            for device in ("cpu", "opencl"):
                self.ninc("run", library, "--device", device, "--input", "x.npy", "--output", f"{device}.npy")
            np.testing.assert_allclose(np.load(self.folder / "opencl.npy"), np.load(self.folder / "cpu.npy"), atol=1e-5)

    def test_the_five_likeliest_are_the_cpus(self):
        np.save(self.folder / "x.npy", np.random.default_rng(1).standard_normal((3, 32, 32)).astype(np.float32))
        told = [self.ninc("run", EXAMPLES / "nin_cifar100.nin", "--device", device, "--input", "x.npy").stdout
                for device in ("cpu", "opencl")]
        classes = [[line.split()[0] for line in text.splitlines()[1:]] for text in told]
        self.assertEqual(len(classes[0]), 5)
        self.assertEqual(classes[0], classes[1])

    def test_the_cache_keeps_halves_apart_and_has_each_once(self):
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        model = self.write(SMALL)
        run = ["run", model, "--input", "x.npy"]
        self.ninc(*run)
        self.assertIn("compiling", self.ninc(*run, "--device", "opencl").stderr)
        self.assertNotIn("compiling", self.ninc(*run, "--device", "opencl:0").stderr)
        self.assertNotIn("compiling", self.ninc(*run, "--device", "opencl", "--target", "host+opencl").stderr)


class Benching(GpuTest):
    def test_json_has_kernels_copies_and_the_device(self):
        told = self.json_of("bench", EXAMPLES / "nin_mnist.nin", "--device", "opencl", "--seconds", 0.1)
        self.assertEqual([kernel["name"] for kernel in told["kernels"]],
                         ["stage1", "pool1", "stage2", "pool2", "prob"])
        for kernel in told["kernels"]:
            self.assertGreater(kernel["min_ms"], 0)
        self.assertEqual((told["device"], told["target"]), ("opencl:0", "opencl"))
        for key in ("copy_in_ms", "copy_out_ms", "peak_gflops", "min_ms", "kernels_ms"):
            self.assertGreater(told[key], 0, key)
        self.assertLess(told["kernels_ms"], 2 * told["min_ms"])

    def test_the_table_has_copies_apart(self):
        said = self.ninc("bench", self.library(), "--device", "opencl", "--seconds", 0.05).stdout
        for part in ("small: opencl, opencl:0 (", "all kernels", "copy in", "copy out", "whole model, host to host",
                     "peak measured"):
            self.assertIn(part, said)

    def test_the_cpus_table_has_none_of_it(self):
        told = self.json_of("bench", self.library(), "--seconds", 0.05)
        self.assertEqual(told["device"], "cpu")
        self.assertNotIn("copy_in_ms", told)
        self.assertNotIn("launches", told["kernels"][0])


class Halves(GpuTest):
    def test_every_layer_agrees_within_the_bound_of_halves(self):
        bounds = {}
        for precision in ("f32", "f16"):
            told = self.json_of("verify", EXAMPLES / "nin_cifar10.nin", "--device", "opencl", "--samples", 1,
                                "--precision", precision)
            self.assertTrue(told["agrees"])
            bounds[precision] = told["layers"][0]["bound"]
        self.assertGreater(bounds["f16"], 10 * bounds["f32"])

    def test_the_target_says_so_and_probabilities_are_near_the_cpus(self):
        told = self.json_of("bench", EXAMPLES / "nin_mnist.nin", "--device", "opencl", "--precision", "f16",
                            "--seconds", 0.05)
        self.assertEqual(told["target"], "opencl f16")
        self.assertIn("on opencl f16: 5 kernels", self.ninc("show", EXAMPLES / "nin_mnist.nin", "--after", "passes",
                                                            "--target", "host+opencl", "--precision", "f16").stdout)
        np.save(self.folder / "x.npy", np.random.default_rng(1).standard_normal((1, 28, 28)).astype(np.float32))
        run = ["run", EXAMPLES / "nin_mnist.nin", "--input", "x.npy", "--output"]
        self.ninc(*run, "cpu.npy")
        self.ninc(*run, "halves.npy", "--device", "opencl", "--precision", "f16")
        np.testing.assert_allclose(np.load(self.folder / "halves.npy"), np.load(self.folder / "cpu.npy"), atol=5e-3)

    # Halves of 2e-7 are multiples of 6e-8: these weights are off by a tenth of themselves, not by a 2048th.
    def test_weights_below_the_normal_halves_agree_within_their_bound(self):
        random = np.random.default_rng(1)
        model = self.write("""model faint
weights "faint.safetensors"
image = input f32[16]
wide = dense image -> 4000 relu nobias
faint = dense wide -> 4 nobias
output faint
""")
        save_file({"wide.weight": random.normal(0, 30, (4000, 16)).astype(np.float32),
                   "faint.weight": (random.choice([-1, 1], (4, 4000)) * random.uniform(1.6e-7, 2.4e-7, (4, 4000)))
                   .astype(np.float32)}, self.folder / "faint.safetensors")
        told = self.json_of("verify", model, "--device", "opencl", "--precision", "f16")
        self.assertTrue(told["agrees"])
        layer = next(layer for layer in told["layers"] if layer["name"] == "faint")
        self.assertGreater(layer["max_reference"], 10 * 2**-14)
        self.assertGreater(layer["max_error"], 0.01 * layer["max_reference"])


class Devices(GpuTest):
    def test_devices_are_listed_by_the_names_that_commands_take(self):
        said = self.ninc("devices").stdout
        self.assertRegex(said, r"(?m)^opencl:0 ")
        self.assertIn("GFLOP/s", said)
        for device in self.json_of("devices")["devices"]:
            for key in ("name", "driver", "memory_bytes", "shared_bytes", "units", "peak_gflops"):
                self.assertTrue(device[key], key)

    def test_where_there_are_none_it_says_why(self):
        self.environment.update(NO_DRIVER)
        told = self.json_of("devices")
        self.assertNotIn("opencl:0", [device["device"] for device in told["devices"]])
        self.assertIn("OpenCL", told["none"]["opencl"])
        self.assertIn("OpenCL: none: ", self.ninc("devices").stdout)


class Showing(GpuTest):
    def plan(self, model, *options):
        told = self.json_of("show", model, "--after", "passes", "--target", "host+opencl", *options)
        cpu, opencl = told["targets"]
        self.assertEqual(opencl["target"], "opencl")
        self.assertEqual([kernel["name"] for kernel in cpu["kernels"]], [kernel["name"] for kernel in opencl["kernels"]])
        return opencl["kernels"]

    def test_each_mlpconv_is_one_kernel(self):
        kernels = self.plan(EXAMPLES / "nin_cifar10.nin")
        self.assertEqual([kernel["op"].split()[0] for kernel in kernels],
                         ["mlpconv", "max_pool", "mlpconv", "max_pool", "mlpconv"])
        for kernel in kernels[:-1]:
            self.assertEqual(len(kernel["launches"]), 1)
        self.assertIn("global_avg_pool softmax", kernels[-1]["op"])
        self.assertLessEqual(len(kernels[-1]["launches"]), 2)

    def test_an_average_over_several_tiles_takes_a_second_launch(self):
        model = self.write("model wide\nweights random seed 3\nimage = input f32[2, 64, 64]\n"
                           "stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]\nprob = softmax (global_avg_pool stage)\n"
                           "output prob\n")
        kernel, = self.plan(model)
        self.assertEqual(len(kernel["launches"]), 2)
        said = self.ninc("show", model, "--after", "passes", "--target", "host+opencl").stdout
        self.assertIn("on opencl: one kernel, 2 launches", said)
        self.assertRegex(said, r"one kernel, 2 launches: [\dx]+ blocks of [\dx]+ threads, then (one block|[\dx]+ blocks) of")
        told = self.json_of("bench", model, "--device", "opencl", "--seconds", 0.05)
        self.assertEqual(told["kernels"][0]["launches"], 2)

    def test_what_is_run_is_known_after_all_passes_and_for_a_target(self):
        model = self.write(SMALL)
        self.ninc("show", model, "--target", "host+opencl", expect=2)
        self.ninc("show", model, "--after", "merge-gap", "--target", "host+opencl", expect=2)
        self.ninc("show", model, "--after", "passes", "--batch", 2, expect=2)


class Schedules(GpuTest):
    SCHEDULE = "block 3x2, thread 4x1, channel-threads 2, unroll 1, slices 1, staged"
    DIRECT = "direct tiles 1x4,1x3 block 12 unroll 1 parallel"

    def test_a_line_with_a_device_is_for_its_kernel_alone(self):
        self.write(f"prob@opencl: {self.SCHEDULE}\nprob: {self.DIRECT}\n", "schedules")
        library = self.library(SMALL, "--schedule", "schedules")
        told = {device: self.json_of("bench", library, "--device", device, "--seconds", 0.01)["kernels"][0]["schedule"]
                for device in ("cpu", "opencl")}
        self.assertEqual(told["opencl"], self.SCHEDULE)
        self.assertEqual(told["cpu"], self.DIRECT)
        self.ninc("verify", "model.nin", library, "--device", "opencl")

    def test_mistakes_are_refused_with_their_line(self):
        model = self.write(SMALL)
        for target, text, complaint in (
                ("host+opencl", f"prob@opencl: {self.DIRECT}\n", "schedules:1: not for 'prob@opencl'"),
                ("host+opencl", f"prob: {self.SCHEDULE}\n", "schedules:1: not for 'prob'"),
                ("host+opencl", f"\nprob@opnecl: {self.SCHEDULE}\n",
                 "schedules:2: no code is made for 'opnecl', but for "),
                ("host", f"prob@opencl: {self.SCHEDULE}\n", "schedules:1: no code is made for 'opencl'"),
                ("host+opencl", f"stage@opencl: {self.SCHEDULE}\n", "no kernel 'stage'"),
                ("host+opencl", f"prob@opencl: {self.SCHEDULE.replace('3x2', '3x2000')}\n", "not for 'prob@opencl'")):
            with self.subTest(text=text, target=target):
                self.write(text, "schedules")
                self.assertIn(complaint, self.ninc(model, "-o", "x.so", "--target", target, "--schedule", "schedules",
                                                   expect=1).stderr)

    def test_remarks_say_which_device_a_kernel_is_for(self):
        said = self.ninc(self.write(SMALL), "-o", "model.so", "--target", "host+opencl", "--remarks").stderr
        self.assertRegex(said, r"'prob' is computed on opencl by block .*thousand clocks expected")
        self.assertRegex(said, r"'prob' is computed by (direct|winograd)")


class Products(GpuTest):
    def test_every_product_is_made_with_a_half_for_a_device(self):
        model = self.write(SMALL)
        for suffix in ("so", "o", "a", "h", "ll", "s", "dot", "nin"):
            with self.subTest(suffix=suffix):
                self.ninc(model, "-o", f"out.{suffix}", "--target", "host+opencl")
                self.assertGreater((self.folder / f"out.{suffix}").stat().st_size, 0)
        self.assertIn("small_create(", (self.folder / "out.h").read_text())

    def test_verbose_counts_launches(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "--target", "host+opencl+cuda", "-v").stderr
        for device in ("opencl", "sm_80"):
            self.assertRegex(said, device + r": 1 kernels in \d launches, weights \d+ bytes, arena \d+ bytes")

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_an_archive_links_into_a_c_program_that_uses_the_device(self):
        self.ninc(self.write(SMALL), "-o", "small.a", "--target", "host+opencl")
        self.write("""#include <stdio.h>
#include "small.h"
int main(void) {
  static float image[72], prob[4];
  for (int i = 0; i < 72; ++i) image[i] = (float)i / 72;
  ninc_device_options options = {0};
  options.kind = NINC_DEVICE_OPENCL;
  ninc_state *state = NULL;
  int status = small_create(&options, &state);
  if (status == NINC_OK) status = small_run_on(state, image, prob);
  small_destroy(state);
  printf("%d %.4f\\n", status, (double)(prob[0] + prob[1] + prob[2] + prob[3]));
  return status;
}
""", "main.c")
        for library in ("small.a", "small.o"):
            self.ninc("model.nin", "-o", library, "--target", "host+opencl")
            linked = subprocess.run(["cc", "-std=c99", "-Wall", "-Werror", "main.c", library, "-ldl", "-lpthread", "-o",
                                     "main"], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(linked.returncode, 0, linked.stderr)
            done = subprocess.run(["./main"], cwd=self.folder, env=self.environment, capture_output=True, text=True)
            self.assertEqual(done.stdout, "0 1.0000\n", done.stderr)


class Mistakes(GpuTest):
    def test_a_device_that_cant_be_understood_is_a_usage_error(self):
        model = self.write(SMALL)
        for device, complaint in (("opnecl", "did you mean 'opencl'?"), ("opencl:x", "isn't the number of a device"),
                                  ("cpu:1", "the CPU has no number"), ("metal", "there are cpu, opencl and cuda")):
            for command in ("run", "verify", "bench"):
                with self.subTest(device=device, command=command):
                    self.assertIn(complaint, self.ninc(command, model, "--device", device, expect=2).stderr)

    def test_a_number_without_a_device_is_an_error(self):
        said = self.ninc("verify", self.write(SMALL), "--device", "opencl:7", expect=1).stderr
        self.assertIn("opencl:7: there is no such device", said)

    def test_a_library_without_code_for_the_device_says_how_to_get_one(self):
        self.ninc(self.write(SMALL), "-o", "plain.so")
        for command in (["verify", "model.nin", "plain.so"], ["bench", "plain.so"], ["run", "plain.so"]):
            said = self.ninc(*command, "--device", "opencl", expect=1).stderr
            self.assertIn("'plain.so' was compiled without code for OpenCL; compile it with --target host+opencl", said)
        self.assertIn("--target host+cuda", self.ninc("bench", self.library(), "--device", "cuda", expect=1).stderr)

    def test_what_is_about_the_cpu_doesnt_go_with_a_device(self):
        model = self.write(SMALL)
        self.assertIn("--threads", self.ninc("bench", model, "--device", "opencl", "--threads", 2, expect=2).stderr)
        self.assertIn("--reference", self.ninc("run", model, "--device", "opencl", "--reference", expect=2).stderr)
        self.ninc("bench", model, "--device", "cpu", "--threads", 2, "--seconds", 0.01)

    def test_without_cuda_a_library_with_code_for_it_says_so(self):
        if "cuda" not in self.json_of("devices")["none"]:
            self.skipTest("there is a CUDA device")
        said = self.ninc("verify", self.write(SMALL), "--device", "cuda", expect=1).stderr
        self.assertRegex(said, r"ninc: error: cuda:0: .*CUDA")

    def test_without_a_driver_the_device_is_an_error_and_the_cpu_isnt(self):
        library = self.library()
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        self.environment.update(NO_DRIVER)
        for command in (["verify", "model.nin", library], ["verify", "model.nin"], ["bench", library],
                        ["run", library, "--input", "x.npy"]):
            said = self.ninc(*command, "--device", "opencl", expect=1).stderr
            self.assertRegex(said, r"ninc: error: opencl:0: .*no OpenCL")
        self.ninc("verify", "model.nin", library)
        self.ninc("run", library, "--input", "x.npy")


def has_opencl(ninc):
    told = subprocess.run([ninc, "devices", "--json"], capture_output=True, text=True, check=True).stdout
    devices = json.loads(told)
    if any(device["device"] == "opencl:0" for device in devices["devices"]):
        return True
    print(f"SKIPPED: no OpenCL device to test on: {devices['none']['opencl']}", flush=True)
    return False


if __name__ == "__main__":
    if not has_opencl(take_command()):
        sys.exit(77)
    unittest.main(verbosity=2)
