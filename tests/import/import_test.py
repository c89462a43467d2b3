#!/usr/bin/env python3
"""`ninc import`: networks as exporters write them become texts, and the texts are the networks.

    import_test.py NINC [-k NAME]        (run by ctest)

Of each: what the text is compiled to gives the same bytes as what the file is, also where a user calls inputs and
outputs as the file does, and importing the text gives the text.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
import numpy as np
import onnx

import command
from command import CommandTest, take_command
from graphs import GRAPHS


def extents(value):
    return [max(d.dim_value, 1) for d in value.type.tensor_type.shape.dim]


class Importing(CommandTest):
    def imported(self, name, *options):
        """The model of a function in graphs.py, and its text."""
        model = GRAPHS[name]()
        onnx.save(model, self.folder / "model.onnx")
        self.ninc("import", "model.onnx", "-o", "text.nin", *options)
        return model, (self.folder / "text.nin").read_text()

    def run_model(self, file, model):
        """Outputs' bytes, by the names in the file."""
        random = np.random.default_rng(7)
        batch = extents(model.graph.input[0])[0]
        arguments = ["run", file, "--batch", batch]
        for i, feed in enumerate(model.graph.input):
            array = random.standard_normal(extents(feed)).astype(np.float32)
            np.save(self.folder / f"x{i}.npy", array if batch > 1 else array[0])
            arguments += ["--input", f"{feed.name}=x{i}.npy"]
        for i, output in enumerate(model.graph.output):
            arguments += ["--output", f"{output.name}=y{i}.npy"]
        self.ninc(*arguments)
        return [np.load(self.folder / f"y{i}.npy") for i in range(len(model.graph.output))]


class SameNumbers(Importing):
    def check(self, name):
        model, text = self.imported(name)
        self.assertTrue(text.startswith("# Imported from model.onnx, made by ninc "), text)
        for of_file, of_text in zip(self.run_model("model.onnx", model), self.run_model("text.nin", model)):
            self.assertTrue(np.isfinite(of_file).all() and of_file.any(), text)
            self.assertEqual(of_file.tobytes(), of_text.tobytes(), text)
        self.ninc("import", "text.nin", "-o", "again.nin")
        again = (self.folder / "again.nin").read_text()
        self.assertEqual(again.replace('"again.safetensors"', '"text.safetensors"'), text)


for each in GRAPHS:
    setattr(SameNumbers, f"test_{each}", lambda self, name=each: self.check(name))


class Reads(Importing):
    def lines(self, name):
        """Of the text, without those that aren't definitions."""
        return [line for line in self.imported(name)[1].splitlines() if " = " in line and not line.startswith("#")]

    def test_network_in_network_as_its_paper(self):
        self.assertEqual(self.lines("network_in_network"), [
            "data = input f32[3, 16, 16]",
            "stage1 = mlpconv data [conv 5x5 pad 2 -> 12, 12, 8]  # conv1, cccp1, cccp2",
            "pool1 = max_pool stage1 3x3 stride 2",
            "stage2 = mlpconv pool1 [conv 3x3 pad 1 -> 12, 12, 8]  # conv2, cccp3, cccp4",
            "prob = softmax (global_avg_pool stage2)"])

    def test_residual_blocks_as_theirs(self):
        self.assertEqual([line.split("  #")[0] for line in self.lines("residual_blocks")][1:7], [
            "conv1 = conv2d gpu_0_data_0 3x3 -> 16 relu",
            "res2_0_branch2a = conv2d conv1 1x1 -> 8 relu",
            "res2_0_branch2b = conv2d res2_0_branch2a 3x3 pad 1 -> 8 relu",
            "res2_0_branch2c = conv2d res2_0_branch2b 1x1 -> 32",
            "res2_0_branch1 = conv2d conv1 1x1 -> 32",
            "res2_0_relu = relu (add res2_0_branch2c res2_0_branch1)"])

    def test_functions_that_were_spelled_out_have_their_names(self):
        text = self.imported("mobile_blocks_of_paddle")[1]
        self.assertIn("conv1 = conv2d x 3x3 stride 2 pad 1 -> 8 hard_swish\n", text)
        self.assertIn("conv2_se_2 = conv2d conv2_se_1 1x1 -> 16 hard_sigmoid 0.16666667 0.5\n", text)
        self.assertIn("gelu", self.imported("torch_names")[1])

    def test_what_the_batch_was_is_said(self):
        self.assertIn("--batch 2", self.imported("channels_last_of_tensorflow")[1])
        self.assertNotIn("--batch", self.imported("fire_modules")[1])
        self.assertIn("--batch 3", self.imported("fire_modules", "--batch", "3")[1])

    def test_nothing_to_learn_needs_no_weights(self):
        self.assertNotIn("weights", self.imported("nothing_to_learn")[1])
        self.assertFalse((self.folder / "text.safetensors").exists())

    def test_outputs_and_shapes_are_as_elsewhere(self):
        text = self.imported("torch_names", "--outputs", "/features/features.2/MaxPool_output_0")[1]
        self.assertIn('output features_features_2_MaxPool_output_0 "/features/features.2/MaxPool_output_0"\n', text)
        self.assertIn("--batch 4", self.imported("mobile_blocks_of_paddle", "--shape", "x=4x3x12x12")[1])


class Refusals(Importing):
    def test_what_is_no_text_isnt_written(self):
        self.imported("fire_modules")
        for output in ("x.so", "x", "x.onnx"):
            self.assertIn(".nin", self.ninc("import", "model.onnx", "-o", output, expect=2).stderr)
            self.assertFalse((self.folder / output).exists())

    def test_a_bad_file_writes_nothing(self):
        (self.folder / "bad.onnx").write_bytes(b"no model")
        self.ninc("import", "bad.onnx", "-o", "x.nin", expect=1)
        self.assertFalse((self.folder / "x.nin").exists())

    def test_a_stream_gets_the_text_alone(self):
        _, text = self.imported("fire_modules")
        done = self.ninc("import", "model.onnx", "-o", "/dev/stdout")
        self.assertEqual(done.stdout.replace('"model_model.safetensors"', '"text.safetensors"'), text)


if __name__ == "__main__":
    command.NINC = take_command()
    unittest.main()
