#!/usr/bin/env python3
"""One network of examples/, end to end: counts, fusion, verification, agreement with ONNX Runtime.

    network_test.py NINC NETWORK        (run by ctest, one test a network)

Every code the CPU can run is tested (AVX2 and, where it is there, AVX-512), each with 1 and 2 threads; what
the CPU lacks is said aloud.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import networks  # noqa: E402
from ninc_library import Library  # noqa: E402

NINC = NETWORK = None


def cpu_flags():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return set(line.split(":", 1)[1].split())
    return set()


def targets_here():
    flags = cpu_flags()
    needs = {"x86-64-v3": {"avx2", "fma"}, "x86-64-v4": {"avx512f", "avx512bw", "avx512dq", "avx512vl"}}
    for target, needed in needs.items():
        if needed <= flags:
            yield target
        else:
            print(f"SKIPPED: {target} code, this CPU lacks {', '.join(sorted(needed - flags))}", flush=True)


def ninc(*arguments, expect=0):
    done = subprocess.run([NINC, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == expect, f"ninc {arguments} gave {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


class NetworkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = networks.NETWORKS[NETWORK]
        cls.weights = networks.random_weights(cls.network)
        cls.folder = tempfile.TemporaryDirectory()
        cls.model = networks.write_nin(cls.network, cls.weights, pathlib.Path(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_parameters_and_macs_are_the_published_ones(self):
        shown = json.loads(ninc("show", networks.EXAMPLES / f"{NETWORK}.nin", "--json"))
        self.assertEqual(shown["parameters"], self.network.parameters)
        # The published figure has one decimal below 1,000 million and none above.
        self.assertAlmostEqual(shown["macs"] / 1e6, self.network.mmac,
                               delta=0.051 if self.network.mmac < 1000 else 0.51)

    def test_every_stage_is_one_kernel_and_the_last_ends_in_gap_and_softmax(self):
        layers = json.loads(ninc("show", self.model, "--after", "passes", "--json"))["layers"]
        kinds = [layer["op"].split()[0] for layer in layers]
        self.assertEqual(kinds.count("mlpconv"), len(self.network.stages))
        self.assertLessEqual(set(kinds), {"input", "mlpconv", "max_pool"})
        self.assertIn("global_avg_pool softmax", layers[-1]["op"])

    def test_compiled_code_agrees_with_the_reference_and_with_onnx_runtime(self):
        image = networks.random_input(self.network)
        session = onnxruntime.InferenceSession(
            networks.onnx_model(self.network, self.weights).SerializeToString(),
            providers=["CPUExecutionProvider"])
        expected = session.run(None, {"image": image})[0]
        tested = 0
        for target in targets_here():
            library = self.model.with_name(f"{NETWORK}-{target}.so")
            ninc(self.model, "-o", library, "--target", target)
            for threads in (1, 2):
                with self.subTest(target=target, threads=threads):
                    verified = json.loads(ninc("verify", self.model, library, "--threads", threads, "--json"))
                    self.assertTrue(verified["agrees"])
                    compared = {layer["name"] for layer in verified["layers"]}
                    self.assertIn("stage1", compared)
                    compiled = Library(library, threads)
                    compiled.bind(image)
                    compiled.run()
                    compiled.close()
                    np.testing.assert_allclose(compiled.outputs[0], expected, atol=1e-4, rtol=0)
                    tested += 1
        largest = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(largest, 1.5e9, "no process of compiler or verification takes more than 1.5 GB")
        if not tested:
            self.skipTest("no x86-64-v3 CPU")


if __name__ == "__main__":
    NINC, NETWORK = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
