#!/usr/bin/env python3
"""Compiling, keeping, verifying, tuning and showing models from Python.

    PYTHONPATH=build/python compiling_test.py        (run by ctest)
"""

import pathlib
import tempfile
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper

import ninc
from package_case import DIGITS, SUMS, digit_images, digits, doubled, expected_prob, numbers, sums


def onnx_model():
    """y:0 = relu(x:0) of a free number of images."""
    def info(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3])
    graph = helper.make_graph([helper.make_node("Relu", ["x:0"], ["y:0"])], "positive", [info("x:0")], [info("y:0")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Compiling(InFolder):
    def test_takes_files_and_what_is_in_them(self):
        onnx.save(onnx_model(), self.folder / "m.onnx")
        x = np.array([-1, 0, 2], np.float32)
        for model in (self.folder / "m.onnx", str(self.folder / "m.onnx"), onnx_model(), onnx_model().SerializeToString()):
            compiled = ninc.compile(model, database=False, batch=(1, 2))
            np.testing.assert_array_equal(compiled(x), [0, 0, 2])
        with self.assertRaisesRegex(TypeError, "a model is a path, an onnx.ModelProto, .* not int"):
            ninc.compile(3)

    def test_keeps_the_names_of_the_models_file(self):
        compiled = ninc.compile(onnx_model(), database=False)
        self.assertEqual([compiled.inputs[0].original_name, compiled.outputs[0].original_name], ["x:0", "y:0"])
        np.testing.assert_array_equal(compiled(**{"x:0": np.ones(3)}), [1, 1, 1])

    def test_errors_are_the_compilers_words_with_the_place(self):
        with self.assertRaises(ninc.CompileError) as caught:
            ninc.compile(SUMS.replace("relu", "rellu").replace("add", "ad"))
        told = str(caught.exception)
        self.assertIn("model.nin:4:5: error: unknown op 'ad'", told)
        self.assertIn("model.nin:5:5: error: unknown op 'rellu'", told)
        self.assertIn("did you mean 'relu'?", told)
        self.assertNotIn("/", told.split(":")[0])
        with self.assertRaisesRegex(ninc.CompileError, "nowhere.onnx"):
            ninc.compile("nowhere.onnx")
        with self.assertRaisesRegex(ninc.UsageError, "unknown target"):
            ninc.compile(SUMS, target="z80")
        with self.assertRaisesRegex(ValueError, r"batch=\(1, 4\)"):
            ninc.compile(SUMS, batch=(2, 4))

    def test_a_model_says_what_it_is(self):
        model = digits()
        self.assertEqual(model.name, "nin_digits")
        self.assertEqual(model.batch, (1, 2))
        self.assertEqual([(t.name, t.dtype, t.shape) for t in (*model.inputs, *model.outputs)],
                         [("image", np.float32, (1, 8, 8)), ("prob", np.float32, (10,)), ("maps", np.float32, (10, 8, 8))])
        self.assertIn("mlpconv", model.kernels[0].op)
        self.assertIn(model.target, model.targets)
        self.assertRegex(repr(model), r"<ninc.Model nin_digits: image float32\[1, 8, 8\] -> .*; 1..2 a run")


class Keeping(InFolder):
    def test_a_saved_library_is_loaded_again(self):
        for external in ((), ("--weights", "external")):
            with self.subTest(external):
                saved = self.folder / "digits.so"
                ninc.compile(DIGITS / "nin_digits.nin", database=False, options=external).save(saved)
                self.assertEqual(saved.with_suffix(".weights").exists(), bool(external))
                self.assertIn("nin_digits_run", saved.with_suffix(".h").read_text())
                model = ninc.load(saved, threads=2)
                np.testing.assert_allclose(model(digit_images())["prob"], expected_prob(), atol=1e-5)

    def test_what_is_no_library_is_refused_in_words(self):
        with self.assertRaises(FileNotFoundError):
            ninc.load(self.folder / "none.so")
        (self.folder / "text.so").write_text("no library")
        with self.assertRaisesRegex(ninc.RunError, "text.so"):
            ninc.load(self.folder / "text.so")
        doubled().save(self.folder / "whole.so")
        data = bytearray((self.folder / "whole.so").read_bytes())
        data[len(data) // 2] ^= 1
        (self.folder / "damaged.so").write_bytes(data)
        with self.assertRaisesRegex(ninc.RunError, "damaged"):
            ninc.load(self.folder / "damaged.so")
        with self.assertRaisesRegex(ninc.RunError, "at least 1 of"):
            ninc.load(self.folder / "whole.so", threads=0)
        with self.assertRaisesRegex(ValueError, "a library is a .so"):
            doubled().save(self.folder / "model.onnx")


class Reports(InFolder):
    def test_a_verification_has_every_layer_and_its_verdict(self):
        report = ninc.verify(DIGITS / "nin_digits.nin", digits(), samples=2)
        self.assertTrue(report.agrees)
        self.assertEqual({layer.name for layer in report.layers}, {"stage1", "pool1", "stage2", "maps", "prob"})
        self.assertLess(max(layer.share for layer in report.layers), 1)
        self.assertIn("all agree", str(report.check()))
        self.assertIn("<td style='text-align:left'>stage1</td>", report._repr_html_())

    def test_another_model_is_a_difference(self):
        text = "model w\nweights random seed {}\nx = input f32[2, 4, 4]\ny = conv2d x 1 -> 2\noutput y\n"
        report = ninc.verify(text.format(1), ninc.compile(text.format(2), database=False), samples=1)
        self.assertEqual((report.agrees, report.first_divergence), (False, "y"))
        with self.assertRaisesRegex(ninc.VerificationError, "first divergence: y"):
            report.check()

    def test_a_profile_has_each_kernel(self):
        profile = digits().profile(20)
        self.assertEqual(profile.ns.shape, (20, 4))
        self.assertEqual(profile.names, ("stage1", "pool1", "stage2", "prob"))
        self.assertTrue((profile.least > 0).all())
        self.assertIn("mlpconv", str(profile))
        with self.assertRaisesRegex(ValueError, "1 to 2 images"):
            digits().profile(images=3)

    def test_a_listing_has_layers_and_the_graph(self):
        listing = ninc.show(DIGITS / "nin_digits.nin")
        self.assertEqual(listing.parameters, 21402)
        self.assertIn("21,402 parameters", str(listing))
        self.assertIn("digraph", listing.dot)
        self.assertIn("stage1", listing._repr_html_())

    def test_tuning_ends_in_time_and_keeps_what_it_finds(self):
        found = ninc.tune(SUMS, budget=1, database=self.folder / "found.jsonl")
        self.assertEqual({kernel["name"] for kernel in found.kernels}, {"y", "z"})
        self.assertIn("y", str(found))

    def test_numbers_that_differ_from_numpys_would_be_seen(self):
        a = numbers(2, 4, 6)
        self.assertFalse(np.array_equal(sums()(a, a)["y"], a))


if __name__ == "__main__":
    unittest.main()
