#!/usr/bin/env python3
"""Networks as exporters write them: imported, compiled, run beside ONNX Runtime; and that their detours vanish.

    exporters_test.py NINC
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime

import samples

NINC = None
TOLERANCE = 1e-4  # of the largest number of an output


class ExportersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.environment = dict(os.environ, XDG_CACHE_HOME=self.folder.name, XDG_DATA_HOME=self.folder.name)

    def ninc(self, *arguments):
        done = subprocess.run([NINC, *map(str, arguments)], capture_output=True, text=True, env=self.environment)
        self.assertEqual(done.returncode, 0, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done.stdout

    def made(self, name):
        """(file, options, image name, image), with a batch that the file leaves open."""
        model, shape = samples.SAMPLES[name]()
        file = self.path / f"{name}.onnx"
        onnx.save(model, file)
        image = np.random.default_rng(3).uniform(-1, 1, shape).astype(np.float32)
        given = model.graph.input[0].name
        return file, ["--shape", f"{given}={'x'.join(map(str, shape))}"], given, image

    def agrees(self, name):
        file, options, given, image = self.made(name)
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        expected = session.run(names, {given: image})
        np.save(self.path / "x.npy", image)
        outputs = [word for i, output in enumerate(names) for word in ("--output", f"{output}={self.path}/y{i}.npy")]
        self.ninc("run", file, "--no-db", *options, "--input", f"{given}={self.path}/x.npy", *outputs)
        for i, array in enumerate(expected):
            got = np.load(self.path / f"y{i}.npy").reshape(array.shape)
            self.assertLess(np.abs(got - array).max(), TOLERANCE * np.abs(array).max(), names[i])
            self.assertGreater(np.abs(array - array.mean()).max(), 1e-3, "an output that is one number shows nothing")

    def kernels(self, name):
        """What is left behind the passes, each op's first word."""
        file, options, *_ = self.made(name)
        shown = json.loads(self.ninc("show", file, *options, "--after", "passes", "--json"))
        return [layer["op"].split()[0] for layer in shown["layers"]]

    def test_pytorch_agrees(self):
        self.agrees("pytorch")

    def test_tf2onnx_agrees(self):
        self.agrees("tf2onnx")

    def test_paddle2onnx_agrees(self):
        self.agrees("paddle2onnx")

    def test_shapes_pads_and_activations_of_pytorch_are_no_kernels(self):
        kernels = self.kernels("pytorch")
        for gone in ("concat", "transpose", "slice", "clip", "erf", "mul", "constant"):
            self.assertNotIn(gone, kernels)

    def test_transposes_of_tf2onnx_are_left_at_the_borders(self):
        kernels = self.kernels("tf2onnx")
        self.assertLessEqual(kernels.count("transpose"), 2)  # the image, and the maps that are an output
        self.assertEqual(kernels.count("concat"), 1)  # of two branches; none is a border of zeros

    def test_hard_swish_of_paddle2onnx_is_no_kernel(self):
        kernels = self.kernels("paddle2onnx")
        for gone in ("add", "clip", "div", "batch_norm"):
            self.assertNotIn(gone, kernels)


if __name__ == "__main__":
    NINC = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
