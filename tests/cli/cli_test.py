#!/usr/bin/env python3
"""The ninc command as its users meet it: what it makes, what it prints, how it refuses.

    cli_test.py NINC        (run by ctest)
"""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import time
import unittest

# A process with threads had better not fork, and nothing here multiplies matrices.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import load_file, save_file

from command import CommandTest, take_command

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"

SMALL = """model small
weights random seed 3
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""


class CliTest(CommandTest):
    def start(self, *arguments, **options):
        """A process that doesn't outlive the test: one that did would hold the test runner's pipes open."""
        process = subprocess.Popen([NINC, *map(str, arguments)], cwd=self.folder, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def write(self, text, name="model.nin"):
        path = self.folder / name
        path.write_text(text)
        return path

    def files(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("cache", "data"))


class Compiling(CliTest):
    def test_a_shared_library_comes_with_its_header(self):
        self.ninc(self.write(SMALL), "-o", "small.so")
        self.assertEqual(self.files(), ["model.nin", "small.h", "small.so"])
        self.assertIn("int small_run(", (self.folder / "small.h").read_text())

    def test_every_product_is_made_by_its_suffix(self):
        model = self.write(SMALL)
        magic = {"so": b"\x7fELF", "o": b"\x7fELF", "a": b"!<arch>", "h": b"/*", "ll": b"; made by ninc", "s": b"/* made by ninc",
                 "dot": b"digraph", "nin": b"# The IR after all passes, made by ninc"}
        for suffix, start in magic.items():
            with self.subTest(suffix=suffix):
                self.ninc(model, "-o", f"out.{suffix}")
                made = (self.folder / f"out.{suffix}").read_bytes()
                self.assertEqual(made[:len(start)], start)

    def test_a_text_of_the_host_module_alone_says_so(self):
        model = self.write(SMALL)
        for suffix in ("s", "ll"):
            with self.subTest(suffix=suffix):
                said = self.ninc(model, "-o", f"out.{suffix}").stderr
                self.assertIn(f"note: 'out.{suffix}' has the host module alone", said)
                self.assertEqual(said.count("\n"), 1, said)
                first = (self.folder / f"out.{suffix}").read_text().split("\n")[0]
                self.assertIn("the host module of 'small' alone", first)
        for suffix in ("so", "a", "o", "h"):
            self.assertEqual(self.ninc(model, "-o", f"out.{suffix}").stderr, "")
        self.assertIn("host module alone", self.ninc("--help").stdout)

    @unittest.skipUnless(shutil.which("cc") or shutil.which("gcc"), "there is no assembler")
    def test_the_host_modules_assembly_assembles(self):
        self.ninc(self.write(SMALL), "-o", "out.s")
        subprocess.run([shutil.which("cc") or "gcc", "-c", "out.s", "-o", "out.o"], cwd=self.folder, check=True)

    def test_the_ir_after_the_passes_compiles_again(self):
        self.ninc(self.write(SMALL), "-o", "fused.nin")
        self.ninc("verify", "fused.nin")
        fused = (self.folder / "fused.nin").read_text()
        self.assertIn("global_avg_pool softmax", fused)

    def test_the_same_model_gives_the_same_bytes(self):
        model = self.write(SMALL)
        self.ninc(model, "-o", "a.so")
        self.ninc(model, "-o", "b.so")
        self.assertEqual((self.folder / "a.so").read_bytes(), (self.folder / "b.so").read_bytes())

    def test_remarks_say_what_was_fused(self):
        self.assertIn("remark", self.ninc(self.write(SMALL), "-o", "small.so", "--remarks").stderr)

    def test_remarks_say_why_a_kernel_is_computed_as_it_is(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "--remarks").stderr
        self.assertRegex(said, r"'prob' is computed by (direct|winograd).*thousand cycles expected.*\[schedule\]")

    def schedules_of(self, library):
        told = json.loads(self.ninc("bench", library, "--json", "--seconds", "0.01").stdout)
        return {kernel["name"]: kernel["schedule"] for kernel in told["kernels"]}

    def test_a_schedule_file_decides(self):
        schedule = "winograd 2x4 tiles 1x2,1x3 group 4 block 9 unroll 1 whole 1 parallel"
        self.write(f"# by hand\n\n prob : {schedule}   # the only kernel\n", "schedules")
        self.ninc(self.write(SMALL), "-o", "small.so", "--schedule", "schedules", "-MD")
        self.assertEqual(self.schedules_of("small.so"), {"prob": schedule})
        self.assertIn("schedules", (self.folder / "small.d").read_text())
        self.ninc("verify", "model.nin", "small.so")
        self.ninc("verify", "model.nin", "--schedule", "schedules")

    def test_a_schedule_file_with_mistakes_is_refused_with_its_line(self):
        model = self.write(SMALL)
        for text, complaint in {
                "prob\n": "schedules:1: expected NAME: SCHEDULE",
                "\nstage: direct tiles 1x1,1x1 block 1\n": "schedules:2: no kernel 'stage'; there are prob",
                "prob: fastest\n": "direct or winograd expected, not 'fastest'",
                "prob: direct tiles 1x1 block 1\n": "schedules:1: not for 'prob'",
                "prob: direct tiles 1x4,1x4 block 6 whole 0\n": "no multiple",
                "prob: winograd 9x9 tiles 1x1,1x1 whole 1\n": "no transform for tiles of 9x9 outputs",
                "prob: direct tiles 1x1,1x1 block 1\nprob: direct tiles 1x1,1x1 block 1\n": "schedules:2: a second schedule",
                "prob: direct tiles 99999999999x1,1x1\n": "a tile such as 3x8",
        }.items():
            with self.subTest(text=text):
                self.write(text, "schedules")
                self.assertIn(complaint, self.ninc(model, "-o", "small.so", "--schedule", "schedules", expect=1).stderr)
        # What only gives memory another shape is no kernel.
        reshaped = self.write("model reshaped\nweights random seed 1\nx = input f32[3, 4, 4]\nrow = flatten x\n"
                              "y = dense row -> 5\noutput y\n", "reshaped.nin")
        self.write("row: vector 4, tasks 1", "schedules")
        self.assertIn("no kernel 'row'; there are y\n",
                      self.ninc(reshaped, "-o", "small.so", "--schedule", "schedules", expect=1).stderr)
        self.assertFalse((self.folder / "small.so").exists())
        self.ninc(model, "-o", "schedules", "--emit", "so", "--schedule", "schedules", expect=2)
        self.assertIn("none", self.ninc(model, "-o", "small.so", "--schedule", "none", expect=1).stderr)

    def test_exact_arithmetic_has_no_transforms(self):
        model = self.write("model wide\nweights random seed 3\nimage = input f32[64, 16, 16]\n"
                           "stage = mlpconv image [conv 5x5 pad 2 -> 64, 32]\noutput stage\n")
        self.ninc(model, "-o", "fast.so")
        self.ninc(model, "-o", "exact.so", "--exact")
        self.assertIn("winograd", self.schedules_of("fast.so")["stage"])
        self.assertIn("direct", self.schedules_of("exact.so")["stage"])
        bounds = {}
        for library in ("fast.so", "exact.so"):
            told = json.loads(self.ninc("verify", model, library, "--samples", 1, "--json").stdout)
            bounds[library] = told["layers"][0]["bound"]
        self.assertNotEqual(bounds["fast.so"], bounds["exact.so"])

    def test_print_ir_after_a_pass(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "--print-ir-after", "merge-gap").stderr
        self.assertIn("# after merge-gap", said)
        self.assertIn("global_avg_pool softmax", said)

    def test_dependency_file_and_temporaries(self):
        shutil.copy(DIGITS / "nin_digits.nin", self.folder)
        shutil.copy(DIGITS / "nin_digits.safetensors", self.folder)
        self.ninc("nin_digits.nin", "-o", "digits.so", "-MD", "-save-temps")
        rule = (self.folder / "digits.d").read_text()
        self.assertTrue(rule.startswith("digits.so: nin_digits.nin"))
        self.assertIn("nin_digits.safetensors", rule)
        kept = [path.suffix for path in (self.folder / "digits.temps").iterdir()]
        self.assertIn(".o", kept)
        self.assertIn(".ll", kept)

    def test_dependency_files_belong_to_every_product_and_quote_for_make(self):
        (self.folder / "my model").mkdir()
        self.write(SMALL, "my model/$small.nin")
        self.ninc("my model/$small.nin", "-o", "x#y\tz.dot", "-MD")
        self.assertEqual((self.folder / "x#y\tz.d").read_text(), "x\\#y\\\tz.dot: my\\ model/$$small.nin\n")

    def test_what_goes_to_a_device_or_pipe_brings_no_second_file(self):
        model = self.write(SMALL)
        for kind in ("so", "nin"):
            self.ninc(model, "-o", "/dev/null", "--emit", kind, "-MD")
            for suffix in ("h", "d", "safetensors"):
                self.assertFalse(pathlib.Path("/dev/null").with_suffix("." + suffix).exists())
        with open(self.folder / "caught.so", "wb") as caught:
            subprocess.run([NINC, model, "-o", "/dev/stdout", "--emit", "so"], stdout=caught, check=True)
        self.assertFalse(pathlib.Path("/dev/stdout.h").exists())
        self.ninc("verify", model, "caught.so")

    def test_verbose_says_where_the_time_went(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "-v").stderr
        for part in ("pass merge-gap", "kernels", "link", "weights"):
            self.assertIn(part, said)

    def test_a_library_without_its_weights_is_small_and_needs_nothing(self):
        self.ninc(DIGITS / "nin_digits.nin", "-o", "digits.so")
        weights = (DIGITS / "nin_digits.safetensors").stat().st_size
        self.assertLess((self.folder / "digits.so").stat().st_size - weights, 400_000)
        dynamic = subprocess.run(["readelf", "-d", "digits.so"], cwd=self.folder, capture_output=True, text=True)
        self.assertNotIn("NEEDED", dynamic.stdout)


class Help(CliTest):
    def test_every_command_shows_an_example(self):
        for command in ([], ["run"], ["verify"], ["bench"], ["show"], ["devices"]):
            with self.subTest(command=command):
                self.assertIn("Example", self.ninc(*command, "--help").stdout)

    def test_version(self):
        self.assertRegex(self.ninc("--version").stdout, r"^ninc \d+\.\d+")


class Usage(CliTest):
    def test_mistakes_on_the_command_line_exit_with_2(self):
        model = self.write(SMALL)
        for arguments in ([], [model], [model, "-o", "out.exe"], [model, "-o", "noSuffix"], [model, "--bogus"],
                          ["verify"], ["bench", model, "--threads", "zero"],
                          [model, "-o", "x.so", "--print-ir-after", "fuse-everything"],
                          ["show", model, "--after", "nothing"], [model, "-o", "x.so", "--batch", "0"]):
            with self.subTest(arguments=arguments):
                self.ninc(*arguments, expect=2)
        self.assertEqual(self.files(), ["model.nin"])

    def test_numbers_are_read_strictly(self):
        model = self.write(SMALL)
        for arguments in (["run", model, "--scale", "nan"], ["run", model, "--mean", "1,inf"],
                          ["bench", model, "--seconds", "nan"], ["bench", model, "--seconds", "0"],
                          ["verify", model, "--seed", "-1"], ["verify", model, "--seed=-1"],
                          ["verify", model, "--samples", "2.5"], [model, "-o", "x.so", "--batch", "abc"],
                          [model, "-o", "x.so", "-j", "1000000"], [model, "-o", "x.so", "-j", "0"]):
            with self.subTest(arguments=arguments):
                self.assertNotIn("compiling", self.ninc(*arguments, expect=2).stderr)
        self.assertIn("'abc' isn't a whole number", self.ninc(model, "-o", "x.so", "--batch", "abc", expect=2).stderr)
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        self.ninc("run", model, "--input", "x.npy", "--mean", "-1,2e-1", "--scale=-.5")

    def test_a_missing_model_and_a_mistyped_command_take_one_line(self):
        said = self.ninc("-o", "x.so", expect=2)
        self.assertIn("MODEL is missing", said.stderr)
        self.assertEqual((said.stdout + said.stderr).count("\n"), 1)
        self.assertIn("did you mean 'show'?", self.ninc("shwo", self.write(SMALL), expect=2).stderr)

    def test_an_output_never_overwrites_what_was_read(self):
        model = self.write(SMALL)
        self.ninc(model, "-o", "read.nin")
        os.link(self.folder / "read.nin", self.folder / "linked.nin")
        (self.folder / "other.nin").write_text((self.folder / "read.nin").read_text())
        before = {name: (self.folder / name).read_bytes() for name in self.files()}
        for arguments, file in (([model, "-o", "model.nin"], "model.nin"),
                                (["read.nin", "-o", "./linked.nin"], "linked.nin"),
                                (["other.nin", "-o", "read.nin"], "read.safetensors"),
                                ([model, "-o", "model.nin", "--emit", "so"], "model.nin"),
                                (["read.nin", "-o", "read.safetensors", "--emit", "dot"], "read.safetensors")):
            with self.subTest(arguments=arguments):
                self.assertIn(file, self.ninc(*arguments, expect=2).stderr)
        self.assertEqual({name: (self.folder / name).read_bytes() for name in self.files()}, before)

    def test_outputs_that_would_be_one_file_are_both_named(self):
        model = self.write(SMALL)
        for arguments, companion in ((["x.h", "--emit", "so"], "header"), (["x.d", "--emit", "so", "-MD"], "make"),
                                     (["x.safetensors", "--emit", "nin"], "weights")):
            with self.subTest(arguments=arguments):
                said = self.ninc(model, "-o", *arguments, expect=2).stderr
                self.assertEqual(said.count(arguments[0]), 2)
                self.assertIn(companion, said)
        self.assertEqual(self.files(), ["model.nin"])

    def test_an_unknown_target_lists_the_known_ones(self):
        said = self.ninc(self.write(SMALL), "-o", "x.so", "--target", "z80", expect=2).stderr
        self.assertIn("x86-64-v3", said)
        self.assertIn("aarch64", said)

    def test_devices_that_a_target_cant_have_are_a_usage_error(self):
        model = self.write(SMALL)
        for devices, complaint in (("vulkan", "no device 'vulkan'"), ("", "no device ''"),
                                   ("opencl+opencl", "one device of a kind, not for opencl and opencl"),
                                   ("cuda+sm_61", "one device of a kind, not for sm_80 and sm_61")):
            for command in ([model, "-o", "x.so"], ["verify", model], ["show", model, "--after", "passes"]):
                with self.subTest(devices=devices, command=command[0]):
                    self.assertIn(complaint, self.ninc(*command, "--target", f"host+{devices}", expect=2).stderr)
        self.assertEqual(self.files(), ["model.nin"])


class BadModels(CliTest):
    """Each costs a message and exit code 1, and leaves no file."""

    def refuse(self, text, *sentences):
        model = self.write(text)
        before = self.files()
        said = self.ninc(model, "-o", "out.so", expect=1).stderr
        for sentence in sentences:
            self.assertIn(sentence, said)
        self.assertEqual(self.files(), before)

    def test_unknown_op_with_did_you_mean(self):
        self.refuse(SMALL.replace("softmax", "sofmax"), "model.nin:5:", "did you mean 'softmax'?", "^")

    def test_several_errors_in_one_run(self):
        self.refuse(SMALL.replace("mlpconv image", "mlpconv imag").replace("output prob", "output nothing"),
                    "'imag'", "'nothing'")

    def test_a_cycle_is_a_use_before_definition(self):
        self.refuse("model m\nimage = input f32[1, 2, 2]\na = add image b\nb = relu a\noutput b\n", "model.nin:3:")

    def test_a_window_that_leaves_nothing_explains_itself(self):
        self.refuse("model m\nweights random seed 1\nimage = input f32[1, 3, 3]\n"
                    "y = conv2d image 5x5 -> 4\noutput y\n", "conv 5x5 on a 3x3 input without pad leaves no output")

    def test_huge_sizes_dont_overflow(self):
        for shape in ("99999999999999999999, 1, 1", "2147483647, 2147483647, 2147483647", "3, 65536, 65536", "0, 1, 1"):
            with self.subTest(shape=shape):
                self.refuse(SMALL.replace("[2, 6, 6]", f"[{shape}]"), "model.nin:3:")
        self.refuse(SMALL.replace("-> 8, 4", "-> 2000000000, 2000000000"), "model.nin:4:")
        self.refuse(SMALL.replace("pad 1", "pad 2000000000"), "model.nin:4:")

    def test_binary_rubbish(self):
        path = self.folder / "model.nin"
        path.write_bytes(bytes(range(256)) * 50)
        self.ninc(path, "-o", "out.so", expect=1)

    def test_missing_and_unreadable_files(self):
        self.assertIn("nothing.nin", self.ninc("nothing.nin", "-o", "out.so", expect=1).stderr)
        self.ninc(self.folder, "-o", "out.so", expect=1)
        self.ninc("verify", self.write(SMALL), "nothing.so", expect=1)
        (self.folder / "text.so").write_text("not a library")
        self.ninc("bench", "text.so", expect=1)
        self.ninc("model.onnx2", "-o", "out.so", expect=1)

    def test_a_damaged_library_is_an_error_not_a_crash(self):
        self.ninc(self.write(SMALL), "-o", "whole.so")
        whole = (self.folder / "whole.so").read_bytes()
        program_headers = struct.unpack_from("<Q", whole, 32)[0]
        damaged = {f"{size} bytes": whole[:size] for size in (0, 3, 17, 63, 64, 100, 5000, len(whole) - 1)}
        damaged["headers beyond the end"] = whole[:32] + struct.pack("<Q", 2**64 - 8) + whole[40:]
        damaged["a segment beyond the end"] = (whole[:program_headers + 8] + struct.pack("<Q", 2**64 - 8)
                                               + whole[program_headers + 16:])
        for name, content in damaged.items():
            with self.subTest(name):
                (self.folder / "damaged.so").write_bytes(content)
                self.assertIn("damaged.so", self.ninc("bench", "damaged.so", expect=1).stderr)

    def test_a_library_for_another_machine_says_which(self):
        here = {"x86_64": "x86-64", "aarch64": "aarch64"}[os.uname().machine]
        target, there = ("x86-64-v3", "x86-64") if here == "aarch64" else ("aarch64", "aarch64")
        self.ninc(self.write(SMALL), "-o", "foreign.so", "--target", target)
        self.assertIn(f"made for {there}, this machine is {here}", self.ninc("bench", "foreign.so", expect=1).stderr)

    def test_a_library_of_somebody_else_is_refused(self):
        library = next(pathlib.Path("/lib").glob("*-linux-gnu/libm.so.6"))
        shutil.copy(library, self.folder / "libm.so")
        self.assertIn("not one that ninc made", self.ninc("bench", "libm.so", expect=1).stderr)


class BadWeights(CliTest):
    def setUp(self):
        super().setUp()
        self.tensors = load_file(DIGITS / "nin_digits.safetensors")
        shutil.copy(DIGITS / "nin_digits.nin", self.folder / "model.nin")
        self.file = self.folder / "nin_digits.safetensors"

    def refuse(self, *sentences):
        said = self.ninc("model.nin", "-o", "out.so", expect=1).stderr
        for sentence in sentences:
            self.assertIn(sentence, said)
        self.assertFalse((self.folder / "out.so").exists())

    def test_missing_file(self):
        self.refuse("nin_digits.safetensors")

    def test_missing_surplus_and_misshapen_tensors_name_both_sides(self):
        del self.tensors["stage1.0.bias"]
        self.tensors["stage9.0.bias"] = np.zeros(3, np.float32)
        self.tensors["stage2.1.weight"] = np.zeros((4, 4, 1, 1), np.float32)
        save_file(self.tensors, self.file)
        self.refuse("stage1.0.bias", "stage9.0.bias", "stage2.1.weight", "[4, 4, 1, 1]", "[32, 32, 1, 1]")

    def test_not_a_number(self):
        self.tensors["stage1.0.bias"][2] = np.nan
        save_file(self.tensors, self.file)
        self.refuse("stage1.0.bias")

    def test_truncated_and_corrupt_files(self):
        whole = (DIGITS / "nin_digits.safetensors").read_bytes()
        length = struct.unpack("<Q", whole[:8])[0]
        broken = {"empty": b"", "header length only": whole[:8], "half a header": whole[:8 + length // 2],
                  "half the data": whole[:len(whole) // 2], "one byte short": whole[:-1], "one byte more": whole + b"x",
                  "absurd header length": struct.pack("<Q", 1 << 62) + whole[8:],
                  "no JSON": whole[:8] + b"?" * length + whole[8 + length:],
                  "offsets out of range": whole.replace(b'"data_offsets":[0,', b'"data_offsets":[9,', 1)}
        for name, content in broken.items():
            with self.subTest(name):
                self.file.write_bytes(content)
                self.refuse("nin_digits.safetensors")


class FailingWrites(CliTest):
    """Old files survive, partial ones never appear."""

    def test_a_folder_that_isnt_there(self):
        self.assertIn("no/such", self.ninc(self.write(SMALL), "-o", "no/such/out.so", expect=1).stderr)

    def test_a_folder_for_temporary_files_that_isnt_there(self):
        self.environment["TMPDIR"] = "/nowhere/at/all"
        self.assertIn("'/nowhere/at/all'", self.ninc(self.write(SMALL), "-o", "x.so", expect=1).stderr)

    def test_a_folder_in_the_way(self):
        (self.folder / "out.so").mkdir()
        self.ninc(self.write(SMALL), "-o", "out.so", expect=1)

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_cant_be_written(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        self.ninc(self.write(SMALL), "-o", "locked/out.so", expect=1)

    def test_a_full_disk(self):
        # A limit on the size of files fails writes in the middle, as a full disk does, for any user. Kernels'
        # objects stay below it, the library with its weights doesn't.
        model = DIGITS / "nin_digits.nin"
        self.ninc(model, "-o", "out.so")
        old = (self.folder / "out.so").read_bytes()
        before = self.files()

        limited = subprocess.run(["bash", "-c", """trap '' XFSZ; ulimit -f 64; exec "$@" """, "limited", NINC, model,
                                  "-o", "out.so"], cwd=self.folder, env=self.environment, capture_output=True,
                                 text=True, timeout=300)
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("error", limited.stderr)
        self.assertEqual((self.folder / "out.so").read_bytes(), old)
        self.assertEqual(self.files(), before)
        said = self.ninc(model, "-o", "/dev/full", "--emit", "dot", expect=1).stderr
        self.assertIn("/dev/full", said)

    def test_a_table_that_cant_be_written_is_no_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([NINC, "show", self.write(SMALL)], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't write to the standard output", done.stderr)

    def test_a_failed_compile_leaves_the_old_library(self):
        model = self.write(SMALL)
        self.ninc(model, "-o", "out.so")
        old = (self.folder / "out.so").read_bytes()
        self.write(SMALL.replace("softmax", "nonsense"))
        self.ninc(model, "-o", "out.so", expect=1)
        self.assertEqual((self.folder / "out.so").read_bytes(), old)


class Interrupted(CliTest):
    def start_compiling(self):
        (self.folder / "tmp").mkdir(exist_ok=True)
        return self.start(ROOT / "examples" / "nin_cifar10.nin", "-o", "out.so", "-j", "2",
                          env=dict(self.environment, TMPDIR=str(self.folder / "tmp")))

    def test_kernels_die_with_the_process_that_wants_them(self):
        process = self.start_compiling()
        compiling = []
        while not compiling and process.poll() is None:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            compiling = [child for child in children if self.ticks(child)]  # past its first instructions
        self.assertTrue(compiling)
        for child in compiling:  # stopped, so that none ends because its work is done
            os.kill(int(child), signal.SIGSTOP)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 120  # for what takes a moment
        while any(self.ticks(child) is not None for child in compiling) and time.monotonic() < deadline:
            time.sleep(0.01)
        left = [child for child in compiling if self.ticks(child) is not None]
        for child in left:
            os.kill(int(child), signal.SIGKILL)
        self.assertEqual(left, [])

    @staticmethod
    def ticks(process):
        """Of processor time that a process has had; none of one that has ended."""
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else int(fields[11]) + int(fields[12])

    def test_the_linkers_folder_never_stays(self):
        for _ in range(10):
            process = self.start_compiling()
            while process.poll() is None and not any((self.folder / "tmp").iterdir()):
                time.sleep(0.0002)
            process.terminate()
            if process.wait() == -signal.SIGTERM:
                break
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertEqual(list((self.folder / "tmp").iterdir()), [])


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
        said = subprocess.run(["taskset", "-c", str(one), NINC, "bench", model, "--threads", "3", "--seconds", "0.01"],
                              cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(said.returncode, 0, said.stderr)
        warnings = [line for line in said.stderr.split("\n") if "warning" in line]
        self.assertEqual(warnings, ["ninc: warning: 3 threads share 1 CPU, so the times say nothing of a machine with more"])
        said = self.ninc("bench", model, "--threads", len(os.sched_getaffinity(0)), "--seconds", 0.01).stderr
        self.assertNotIn("warning", said)

    def test_two_threads(self):
        self.assertIn("2 threads", self.ninc("bench", self.write(SMALL), "--threads", 2, "--seconds", 0.05).stdout)


class Showing(CliTest):
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
    NINC = take_command()
    unittest.main(verbosity=2)
