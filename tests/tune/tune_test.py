#!/usr/bin/env python3
"""`ninc tune` as its users meet it: what it says and keeps, how models judge, and what it survives.

    tune_test.py NINC        (run by ctest)
"""

import json
import os
import random
import signal
import time
import unittest

from tuning import SMALL, TuneTest, take_command


class Tuning(TuneTest):
    def test_says_what_it_found_for_every_kernel(self):
        summary = self.tune("--report", "report.html")
        self.assertEqual([kernel["name"] for kernel in summary["kernels"]], ["stage", "pooled", "prob"])
        for kernel in summary["kernels"]:
            self.assertGreater(kernel["default_ms"], 0)
            self.assertLessEqual(kernel["tuned_ms"], kernel["default_ms"])
        # The default and four more; a pool has few schedules.
        self.assertEqual([kernel["candidates"] for kernel in summary["kernels"]][::2], [5, 5])
        self.assertEqual([model["name"] for model in summary["models"]], ["small"])
        self.assertIn("<svg", (self.folder / "report.html").read_text())
        table = self.ninc("tune", self.model, "--db", self.db, "--candidates", "1").stdout
        self.assertRegex(table, r"stage +\d+\.\d+ +\d+\.\d+ +\d+\.\d\dx")
        self.assertIn("run the same again to go on", table)

    def test_ends_with_its_budget(self):
        done = self.ninc("tune", self.model, "--db", self.db, "--budget", "1s")
        self.assertIn("run the same again to go on", done.stdout)

    def test_records_what_was_measured_with_its_key(self):
        self.tune()
        measurements = self.records(self.db, "measurement")
        self.assertGreater(len(measurements), 3)
        for record in measurements:
            self.assertRegex(record["spec"], r"^[0-9a-f]{16}$")
            self.assertEqual(record["threads"], 1)
            self.assertEqual(record["outcome"], "ok", record)
            self.assertGreater(record["seconds"], 0)
        schedules = [(record["spec"], record["schedule"]) for record in measurements]
        self.assertEqual(len(set(schedules)), len(schedules), "measured twice")
        self.assertTrue(self.records(self.db, "verdict"))

    def test_goes_on_where_it_stopped(self):
        first = self.tune()
        before = self.records(self.db, "measurement")
        second = self.tune()
        after = self.records(self.db, "measurement")
        self.assertGreaterEqual(sum(kernel["candidates"] for kernel in second["kernels"]),
                                sum(kernel["candidates"] for kernel in first["kernels"]))
        new = {(record["spec"], record["schedule"]) for record in after[len(before):]}
        old = {(record["spec"], record["schedule"]) for record in before}
        # Only the default and the best three are measured again, to compare with.
        self.assertLessEqual(len(new & old), 4 * len(second["kernels"]))
        self.assertTrue(new - old, "nothing new was tried")

    def test_ctrl_c_keeps_what_was_found_and_sums_up(self):
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.wait_for_records(process, self.db, 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("run the same again to go on", out)
        self.assertRegex(out, r"stage +\d")
        self.assertGreaterEqual(len(self.records(self.db, "measurement")), 5)

    def test_prints_plain_lines_where_there_is_no_terminal(self):
        done = self.ninc("tune", self.model, "--db", self.db, "--candidates", "1")
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_works_with_two_threads_and_exact_sums(self):
        self.tune("--threads", "2", "--exact", candidates=2)
        measurements = self.records(self.db, "measurement")
        self.assertTrue(measurements)
        for record in measurements:
            self.assertEqual(record["threads"], 2)
            self.assertNotIn("winograd", record["schedule"])

    def test_refuses_wrong_command_lines(self):
        for arguments, message in [
                ((), "give models to tune, or one of"),
                ((self.model, "--list"), "give models to tune, or one of"),
                ((self.model, "--budget", "soon"), "--budget"),
                ((self.model, "--shard", "3/3"), "--shard: '3/3' isn't I/N"),
                ((self.model, "--shard", "-1/3"), "--shard"),
                ((self.model, "--shard", "1/3x"), "--shard"),
                ((self.model, "--candidates", "0"), "--candidates"),
                (("--list", "--candidates", "3"), "no model is given"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.ninc("tune", *arguments, "--db", self.db, expect=2).stderr)

    def test_refuses_what_cant_be_tuned(self):
        self.assertIn("--bundle DIR", self.ninc("tune", self.model, "--target", "aarch64", "--db", self.db,
                                                expect=1).stderr)
        self.ninc("tune", "missing.nin", "--db", self.db, expect=1)
        self.assertIn("nowhere", self.ninc("tune", self.model, "--db", "/proc/nowhere/db", expect=1).stderr)


class Judging(TuneTest):
    def newest_verdicts(self):
        listed = json.loads(self.ninc("tune", "--list", "--db", self.db, "--json").stdout)["verdicts"]
        return {verdict["spec"]: verdict["schedule"] for verdict in listed}

    def test_an_earlier_verdict_survives_a_session_that_is_stopped_at_once(self):
        self.tune()
        verdict = dict(self.any_verdict("mlpconv [conv 3x3 pad 1 -> 32, 24]"), date="2026-01-01T00:00:00Z")
        # Measurements as they are, and one verdict, found long ago.
        with self.db.open("w") as file:
            for record in [*self.records(self.db, "measurement"), verdict]:
                file.write(json.dumps(record) + "\n")
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.assertTrue(process.stderr.readline(), "what it does first")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        self.assertEqual(self.newest_verdicts()[verdict["spec"]], verdict["schedule"])

    def test_models_that_share_a_kernel_agree_on_it(self):
        twin = self.folder / "twin.nin"
        twin.write_text(SMALL.replace("small", "twin").replace("24, 10]", "24, 12]"))
        done = self.ninc("tune", self.model, twin, "--db", self.db, "--candidates", "3", "--json")
        summary = json.loads(done.stdout)
        self.assertEqual([kernel["name"] for kernel in summary["kernels"]],
                         ["small.stage", "small.pooled", "small.prob", "twin.prob"])
        self.assertEqual([model["name"] for model in summary["models"]], ["small", "twin"])
        verdicts = self.newest_verdicts()
        self.assertEqual(len(verdicts), 4)
        # What the table says is what compiles will use.
        for kernel in summary["kernels"]:
            spec = next(record["spec"] for record in self.records(self.db) if record["kernel"] == kernel["kernel"])
            expected = kernel["tuned_schedule"]
            self.assertEqual(verdicts[spec],
                             "default" if expected == kernel["default_schedule"] else expected)

    def test_verdicts_are_recorded_when_models_have_judged_not_before(self):
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.wait_for_records(process, self.db, 8)
        process.kill()
        process.communicate()
        self.assertEqual(self.records(self.db, "verdict"), [])


class Surviving(TuneTest):
    def test_being_killed_at_any_moment(self):
        """20 times kill -9: the database can be read, and nothing is lost that was there before."""
        chance = random.Random(5)
        known = []
        for _ in range(20):
            process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
            self.wait_for_records(process, self.db, len(known) + chance.randrange(3))
            time.sleep(chance.uniform(0, 0.4))  # any moment will do
            process.kill()
            process.communicate()
            lines = self.db.read_text().split("\n") if self.db.exists() else [""]
            whole = [json.loads(line) for line in lines[:-1]]
            self.assertEqual(whole[:len(known)], known, "a finished measurement is lost")
            known = whole
        self.assertGreater(len(known), 0)
        listed = self.ninc("tune", "--list", "--db", self.db)
        self.assertEqual(listed.stderr, "")
        leftover = [name for name in os.listdir("/proc") if name.isdigit() and self.belongs_to_us(name)]
        self.assertEqual(leftover, [], "processes are left behind")

    def belongs_to_us(self, process):
        """A process in this test's folder, or a runner, which inherits that."""
        try:
            return os.readlink(f"/proc/{process}/cwd") == str(self.folder) and int(process) != os.getpid()
        except OSError:
            return False

    def test_two_processes_that_tune_into_one_file(self):
        other = self.folder / "other.nin"
        other.write_text(SMALL.replace("32, 24", "40, 24").replace("small", "other"))
        processes = [self.start("tune", model, "--db", self.db, "--candidates", "3", "--json")
                     for model in (self.model, other)]
        for process in processes:
            out, err = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, err)
            recorded = [record for record in self.records(self.db, "measurement")]
            for kernel in json.loads(out)["kernels"]:
                count = sum(record["kernel"] == kernel["kernel"] for record in recorded)
                self.assertGreaterEqual(count, kernel["candidates"], kernel["name"])


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
