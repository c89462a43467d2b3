#!/usr/bin/env python3
"""Every kernel of the five networks as CUDA code: it assembles and keeps its registers.

    ptxas_test.py NINC        (run by ctest; 77: CUDA's ptxas isn't installed)

No GPU is needed. Prints what each kernel takes of a block and a thread.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ("nin_mnist", "nin_cifar10", "nin_cifar100", "nin_svhn", "nin_imagenet")
NINC = PTXAS = None


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{command} gave {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


class Entry:
    """What ptxas says of one kernel."""

    def __init__(self, report):
        self.name = re.search(r"Function properties for (\S+)", report).group(1)
        self.stack, self.stores, self.loads = (
            int(number) for number in re.search(
                r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", report).groups())
        self.registers = int(re.search(r"Used (\d+) registers", report).group(1))


def entries(ptx, target):
    report = run(PTXAS, "-v", f"-arch={target}", ptx, "-o", "/dev/null")
    return [Entry(part) for part in re.split(r"(?=ptxas info\s*: Function properties)", report)
            if "Function properties" in part]


class Ptxas(unittest.TestCase):
    def check(self, target, *options):
        print(f"\n{target} {' '.join(options)}: registers a thread, threads and shared memory a block")
        for network in NETWORKS:
            with tempfile.TemporaryDirectory() as folder:
                model = ROOT / "examples" / f"{network}.nin"
                asked = (model, "--target", f"host+{target}", "--no-db", *options)
                run(NINC, *asked, "-o", f"{folder}/{network}.so", "-save-temps")
                told = json.loads(run(NINC, "show", *asked, "--after", "passes", "--json"))
                kernels = told["targets"][-1]["kernels"]
                sources = sorted(pathlib.Path(folder).glob("*.temps/*.ptx"))
                self.assertEqual(len(sources), len(kernels), f"{network} has no equal kernels")
                for kernel, source in zip(kernels, sources):
                    self.check_kernel(f"{network:13} {kernel['name']:7}", kernel["launches"],
                                      {entry.name: entry for entry in entries(source, target)})

    def check_kernel(self, name, launches, assembled):
        self.assertEqual(assembled.keys(), {launch["entry"] for launch in launches}, name)
        for launch in launches:
            entry = assembled[launch["entry"]]
            threads = launch["threads"][0] * launch["threads"][1] * launch["threads"][2]
            print(f"  {name} {entry.registers:4} {threads:5} {launch['shared_bytes']:7}")
            self.assertEqual((entry.stack, entry.stores, entry.loads), (0, 0, 0), f"{name} {entry.name} spills")
            self.assertLessEqual(entry.registers * -(-threads // 32) * 32, 65536, f"{name}: registers of a unit")

    def test_sm_80(self):
        self.check("sm_80")

    def test_sm_86(self):
        self.check("sm_86")

    def test_sm_86_with_a_batch_and_halves(self):
        self.check("sm_86", "--batch", "16", "--precision", "f16")


if __name__ == "__main__":
    NINC, PTXAS = sys.argv.pop(1), shutil.which("ptxas")
    if not PTXAS:
        print("SKIPPED: there is no ptxas (CUDA toolkit) in the path")
        sys.exit(77)
    unittest.main(verbosity=2)
