#!/usr/bin/env python3
"""Networks as exporters write them: imported, compiled, run beside ONNX Runtime; that their detours vanish, that small
models of many kinds are verified, too, and computed by the texts that `ninc import` makes of them, bit for bit.

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

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "import"))
import kinds
import same_bits
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


class KindsTest(unittest.TestCase):
    """Of kinds.py."""

    def check(self, kind):
        model, shapes = kind()
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            file, library = folder / f"{kind.__name__}.onnx", folder / "library.so"
            onnx.save(model, file)
            random = np.random.default_rng(3)
            arrays = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            names = [output.name for output in session.get_outputs()]
            feeds, options = {name: folder / f"in{i}.npy" for i, name in enumerate(arrays)}, []
            for name, array in arrays.items():
                np.save(feeds[name], array)
                options += ["--shape", f"{name}={'x'.join(map(str, array.shape))}"]
            environment = dict(os.environ, XDG_CACHE_HOME=temporary, XDG_DATA_HOME=temporary)
            same_bits.ninc(NINC, file, "-o", library, "--no-db", *options, environment=environment)
            outputs = same_bits.outputs_of(NINC, library, feeds, names, folder, environment)
            for name, expected, got in zip(names, session.run(names, arrays), outputs):
                difference = np.abs(got.reshape(expected.shape) - expected).max()
                self.assertLessEqual(difference, TOLERANCE * np.abs(expected).max(), name)
            same_bits.ninc(NINC, "verify", file, library, *options, environment=environment)
            same_bits.check(NINC, file, library, feeds, names, folder, options, environment)

    def test_what_isnt_supported_is_named_with_what_would_work(self):
        with tempfile.TemporaryDirectory() as temporary:
            file = pathlib.Path(temporary) / "model.onnx"
            for name, (model, said) in kinds.REFUSED.items():
                with self.subTest(name):
                    onnx.save(model, file)
                    done = subprocess.run([NINC, file, "-o", file.with_suffix(".so")], capture_output=True, text=True)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertIn(said, done.stderr)
                    if "opset" not in said:
                        self.assertIn(model.graph.node[0].op_type, done.stderr)
                    self.assertFalse(file.with_suffix(".so").exists())


for each in kinds.KINDS:
    setattr(KindsTest, f"test_{each.__name__}", lambda self, kind=each: self.check(kind))


if __name__ == "__main__":
    NINC = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
