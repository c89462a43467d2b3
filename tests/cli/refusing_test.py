#!/usr/bin/env python3
"""How ninc explains itself, and how it refuses: command lines, models, libraries and weights with mistakes in them.

    refusing_test.py NINC        (run by ctest)
"""

import os
import pathlib
import shutil
import struct
import unittest

# A process with threads had better not fork, and nothing here multiplies matrices.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import load_file, save_file

from command import CliTest, DIGITS, SMALL, take_command


class Help(CliTest):
    def test_every_command_shows_an_example(self):
        for command in ([], ["run"], ["verify"], ["bench"], ["show"], ["import"], ["devices"]):
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

    def test_help_is_where_other_tools_have_it(self):
        self.assertEqual(self.ninc("help").stdout, self.ninc("--help").stdout)
        self.assertEqual(self.ninc("help", "run").stdout, self.ninc("run", "--help").stdout)

    def test_mistyped_options_and_surplus_words_are_named(self):
        model = self.write(SMALL)
        for arguments, said in (([model, "-o", "x.so", "--bacth", "4"], "no option '--bacth'; did you mean '--batch'?"),
                                ([model, "-o", "x.so", "--bacth=4"], "no option '--bacth'; did you mean '--batch'?"),
                                (["run", model, "--inptu", "x=x.npy"], "ninc run has no option '--inptu'; did you mean '--input'?"),
                                ([model, "-o", "x.so", "--frobnicate"], "'--frobnicate'; ninc --help lists them"),
                                ([model, "other.nin", "-o", "x.so"], "'other.nin' is one word too many"),
                                (["compile", model, "-o", "x.so"], "ninc MODEL -o OUT"),
                                (["verify", model, "a.so", "b.so"], "'b.so' is one word too many; ninc verify --help")):
            with self.subTest(arguments=arguments):
                done = self.ninc(*arguments, expect=2)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_library_alone_is_no_model(self):
        self.assertIn("ninc verify MODEL LIB", self.ninc("verify", "model.so", expect=1).stderr)

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


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
