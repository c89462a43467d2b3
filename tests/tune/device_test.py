#!/usr/bin/env python3
"""`ninc tune --device opencl` as its users meet it, on whatever OpenCL device is here: one that computes on the CPU
will do. Without any, it says so and is skipped.

    device_test.py NINC        (run by ctest)
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from tuning import SMALL, TuneTest, soon, take_command

# The loader of OpenCL drivers finds none there.
HIDDEN = {"OCL_ICD_VENDORS": "/nowhere", "OCL_ICD_FILENAMES": "", "OPENCL_VENDOR_PATH": "/nowhere"}


def why_no_device(ninc):
    """Empty if there is a device; asks for one that nobody has."""
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "small.nin"
        model.write_text(SMALL)
        done = subprocess.run([ninc, "tune", model, "--device", "opencl:9999", "--db", f"{folder}/db"],
                              capture_output=True, text=True, timeout=120)
    return "" if "there is no OpenCL device 9999" in done.stderr else done.stderr.strip()


class DeviceTest(TuneTest):
    def setUp(self):
        super().setUp()
        self.environment["POCL_CACHE_DIR"] = str(self.folder / "pocl")
        (self.folder / "pocl").mkdir()

    def tune_until(self, records, *arguments):
        """However slow the machine is: until there are so many, then Ctrl-C. What it said at the end."""
        process = self.start("tune", self.model, "--db", self.db, "--device", "opencl", "--budget", "10m", "--json",
                             *arguments)
        self.wait_for_records(process, self.db, records)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        return json.loads(out)

    def device_verdict(self):
        """As any_verdict, of the first stage on the device: a legal schedule that isn't the default."""
        record = next(record for record in self.records(self.db, "measurement")
                      if record["kernel"].startswith("mlpconv [conv 3x3 pad 1 -> 32, 24]"))
        schedule = re.sub(r"unroll \d+", lambda found: f"unroll {1 if found[0] == 'unroll 2' else 2}",
                          record["default"])
        verdict = {key: record[key] for key in ("spec", "cpu", "threads", "schedules", "kernel")}
        return dict(verdict, schedule=schedule, record="verdict", version=1, speedup=1.5, checked="kernel",
                    model="", date=soon())


class Tuning(DeviceTest):
    def test_ends_with_verdicts_that_are_never_slower(self):
        summary = self.tune_until(8, "--report", "report.html")
        self.assertEqual(summary["target"], "opencl")
        self.assertEqual([kernel["name"] for kernel in summary["kernels"]], ["stage", "pooled", "prob"])
        for kernel in summary["kernels"]:
            self.assertGreater(kernel["default_ms"], 0)
            self.assertLessEqual(kernel["tuned_ms"], kernel["default_ms"])
            self.assertTrue(kernel["kernel"].endswith("@ opencl"))
        measurements, verdicts = self.records(self.db, "measurement"), self.records(self.db, "verdict")
        self.assertGreaterEqual(len(measurements), 3)
        for record in measurements:
            self.assertEqual((record["cpu"], record["threads"]), (summary["cpu"], 1))
            self.assertEqual(record["outcome"], "ok", record)
        self.assertEqual(len({verdict["spec"] for verdict in verdicts}), 3)
        for verdict in verdicts:
            if verdict["schedule"] != "default":
                self.assertEqual(verdict["checked"], "model")
                self.assertGreater(verdict["speedup"], 1)
        self.assertIn("Device ", (self.folder / "report.html").read_text())

    def test_goes_on_where_it_stopped(self):
        self.tune_until(4)
        before = self.records(self.db, "measurement")
        self.assertFalse(self.tune_until(len(self.records(self.db)) + 4)["finished"])
        after = self.records(self.db, "measurement")
        self.assertEqual(after[:len(before)], before)
        texts = [(record["spec"], record["schedule"]) for record in after]
        self.assertLessEqual(len(texts) - len(set(texts)), 4 * 3, "only what others are compared with comes again")

    def test_shards_share_the_kernels(self):
        names = []
        for shard in range(2):
            summary = self.tune("--device", "opencl", "--shard", f"{shard}/2", candidates=1)
            names.append([kernel["name"] for kernel in summary["kernels"]])
        self.assertEqual(names, [["stage", "prob"], ["pooled"]])

    def test_refuses_wrong_command_lines(self):
        for arguments, message in [
                (("--device", "gpu"), "--device"),
                (("--device", "opencl:-1"), "--device"),
                (("--device", "opencl", "--threads", "2"), "--threads doesn't go with --device opencl:0"),
                (("--device", "opencl", "--bundle", "board"), "a bundle's runner is for CPUs"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.ninc("tune", self.model, *arguments, expect=2).stderr)

    def test_says_that_there_is_no_driver(self):
        self.environment.update(HIDDEN)
        done = self.ninc("tune", self.model, "--device", "opencl", "--db", self.db, expect=1)
        self.assertIn("nothing can be measured on --device opencl:0: no OpenCL platform is installed", done.stderr)
        self.assertFalse(self.db.exists())


class Compiling(DeviceTest):
    def compiled(self, *arguments):
        """What a compile for the device said, and the library."""
        said = self.ninc(self.model, "--target", "host+opencl", "-o", "small.so", "--remarks", *arguments).stderr
        return said, (self.folder / "small.so").read_bytes()

    def test_takes_the_records_of_the_device_that_is_here(self):
        self.tune_until(3)
        verdict = self.device_verdict()
        with self.db.open("a") as file:
            file.write(json.dumps(verdict) + "\n")
        text = verdict["schedule"].encode()
        self.assertNotIn(text, self.compiled("--no-db")[1])
        said, library = self.compiled("--db", self.db)
        self.assertIn(text, library)
        self.assertIn(f"'stage' is computed on opencl by {verdict['schedule']}: tuned (1.50", said)
        # Its code is right.
        self.ninc("verify", self.model, "small.so")
        # Another device's records aren't used, and neither are any where no device is.
        (self.folder / "other.jsonl").write_text(json.dumps(dict(verdict, cpu="Another device (its vendor)")))
        said, library = self.compiled("--db", "other.jsonl")
        self.assertNotIn(text, library)
        self.assertIn(f"there are records of these kernels for Another device (its vendor); this is {verdict['cpu']}",
                      said)
        self.environment.update(HIDDEN)
        said, library = self.compiled("--db", self.db)
        self.assertNotIn(text, library)
        self.assertIn("this is a machine whose device isn't known", said)

    def test_databases_are_managed_as_ever(self):
        self.tune_until(3)
        listed = json.loads(self.ninc("tune", "--list", "--db", self.db, "--json").stdout)["verdicts"]
        self.assertTrue(listed)
        self.assertTrue(all(verdict["kernel"].endswith("@ opencl") for verdict in listed))
        merged = self.folder / "merged.jsonl"
        self.ninc("tune", "--merge", self.db, "--db", merged)
        self.ninc("tune", "--prune", "--db", merged)
        self.assertEqual(json.loads(self.ninc("tune", "--list", "--db", merged, "--json").stdout)["verdicts"], listed)


if __name__ == "__main__":
    if reason := why_no_device(take_command()):
        print(f"SKIPPED: there is no OpenCL device to tune on: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
