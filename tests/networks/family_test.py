#!/usr/bin/env python3
"""Networks that people run, at 64x64 pixels: their published counts, verification, agreement with ONNX Runtime, and that
their texts by `ninc import` compute the same bits.

    family_test.py NINC [--all]        (run by ctest without --all: six that are quick, and three as texts)
"""

import pathlib
import sys
import tempfile
import unittest

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "bench"), str(HERE.parent / "import")]
import family  # noqa: E402
import family_check  # noqa: E402
import same_bits  # noqa: E402

NINC = None
SIZE = 64
QUICK = ("resnet18", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1", "efficientnet_b0", "shufflenet_v2_x1_0")
NAMES = QUICK
AS_TEXTS = ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x1_0")
# What is left behind the passes beside layers; each network is a chain of these kinds.
EXPECTED = {
    "resnet18": {"mlpconv", "max_pool", "global_avg_pool", "dense", "softmax"},
    "mobilenet_v2": {"mlpconv", "conv2d", "global_avg_pool", "dense", "softmax"},
    "squeezenet1_1": {"mlpconv", "max_pool", "concat"},
}


class FamilyTest(unittest.TestCase):
    def test_counts_are_the_published_ones(self):
        for network in family.FAMILY.values():
            with self.subTest(network.name):
                built = network.build()
                self.assertEqual(built.parameters, network.parameters)
                self.assertAlmostEqual(built.macs / 1e6, network.mmac, delta=0.06)

    def test_compiled_code_agrees_with_the_reference_and_with_onnx_runtime(self):
        for name in NAMES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                row = family_check.check(NINC, family.FAMILY[name], pathlib.Path(folder), SIZE, threads=2)
                self.assertTrue(row["agrees"])
                self.assertLessEqual(row["difference"], family_check.TOLERANCE)
                self.assertLess(row["seconds"], 60)
                macs = sum(layer["macs"] for layer in row["layers"])  # fewer where two linear layers became one
                self.assertLessEqual(macs, row["macs"])
                self.assertGreater(macs, 0.95 * row["macs"])
                kinds = {layer["op"].split()[0] for layer in row["layers"]} - {"input"}
                if name in EXPECTED:
                    self.assertLessEqual(kinds, EXPECTED[name])
                self.assertNotIn("batch_norm", kinds)

    def test_imported_texts_compute_the_same_bits(self):
        for name in AS_TEXTS:
            with self.subTest(name), tempfile.TemporaryDirectory() as temporary:
                folder, network = pathlib.Path(temporary), family.FAMILY[name]
                model = folder / f"{name}.onnx"
                model.write_bytes(network.build(size=SIZE).model.SerializeToString())
                np.save(folder / "image.npy", network.random_input(size=SIZE))
                same_bits.ninc(NINC, model, "-o", folder / "of_file.so", "--no-db")
                same_bits.check(NINC, model, folder / "of_file.so", {"image": folder / "image.npy"}, ["prob"], folder)


if __name__ == "__main__":
    NINC = sys.argv[1]
    if "--all" in sys.argv[2:]:
        NAMES = AS_TEXTS = tuple(family.FAMILY)
    unittest.main(argv=sys.argv[:1], verbosity=2)
