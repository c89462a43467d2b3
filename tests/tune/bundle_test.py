#!/usr/bin/env python3
"""Candidates that another machine measures: a bundle, its script, and what comes back.

    bundle_test.py NINC        (run by ctest)
"""

import json
import shutil
import subprocess
import unittest

from tuning import TuneTest, take_command


class Bundling(TuneTest):
    def bundle(self, target, emulator=()):
        done = self.ninc("tune", self.model, "--bundle", "board", "--target", target, "--candidates", "3")
        self.assertIn("candidates of 3 kernels", done.stdout)
        run = subprocess.run([self.folder / "board" / "run.sh", *emulator], capture_output=True, text=True,
                             timeout=280)
        self.assertEqual(run.returncode, 0, run.stderr)
        results = (self.folder / "board" / "results.jsonl").read_text().splitlines()
        self.assertEqual(len(results), len(list((self.folder / "board" / "jobs").iterdir())))
        for line in results:
            self.assertEqual(json.loads(line)["outcome"], "ok", line)
        # Once more measures nothing again.
        subprocess.run([self.folder / "board" / "run.sh", *emulator], check=True, capture_output=True, timeout=60)
        self.assertEqual((self.folder / "board" / "results.jsonl").read_text().splitlines(), results)
        self.ninc("tune", "--merge", "board/results.jsonl", "--db", self.db)
        measurements = self.records(self.db, "measurement")
        self.assertEqual(len(measurements), len(results))
        return measurements

    def test_for_this_kind_of_machine(self):
        measurements = self.bundle("host")
        # As if it had been tuned here: the same kernels and CPU.
        self.tune()
        here = {(record["spec"], record["cpu"]) for record in self.records(self.db, "measurement")}
        self.assertEqual({(record["spec"], record["cpu"]) for record in measurements}, here)

    def test_for_aarch64_run_by_an_emulator(self):
        emulator = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
        if not emulator or not shutil.which("aarch64-linux-gnu-gcc"):
            self.skipTest("no emulator or no cross compiler for aarch64")
        for record in self.bundle("aarch64", [emulator]):
            self.assertTrue(record["kernel"].endswith("@ aarch64"), record["kernel"])

    def test_refuses_a_folder_that_holds_something(self):
        (self.folder / "board").mkdir()
        (self.folder / "board" / "mine").write_text("precious")
        self.ninc("tune", self.model, "--bundle", "board", expect=1)
        self.assertEqual((self.folder / "board" / "mine").read_text(), "precious")


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
