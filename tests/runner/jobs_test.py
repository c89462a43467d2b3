#!/usr/bin/env python3
"""Jobs that make no sense, or are about files that make none.

    jobs_test.py NINC RUNNER ARCH        (run by ctest)
"""

import json
import os
import random
import subprocess
import unittest

import numpy as np

from runner_case import RunnerTest, given, take_arguments


class Jobs(RunnerTest):
    def test_files_that_are_missing_or_of_another_size(self):
        (self.folder / "empty").write_bytes(b"")
        if not (self.folder / "fifo").exists():
            os.mkfifo(self.folder / "fifo")
        np.float32([1, 2, 3]).tofile(self.folder / "three")
        good = self.job("NOTHING.so")
        for text, candidate, detail in (
            (good.replace("input x", "input nowhere"), -1, "can't open '.*nowhere': No such file"),
            (good.replace("expect x", "expect nowhere"), -1, "can't open '.*nowhere': No such file"),
            (good.replace("input x", "input empty"), -1, "'.*empty' is empty"),
            (good.replace("input x", "input ."), -1, "is no file"),
            (good.replace("input x", "input fifo"), -1, "is no file"),
            (good.replace("NOTHING.so", "fifo"), 0, "is no file"),
            (good.replace("input x", "input three"), 0, "its input 0 has 8 bytes, '.*three' has 12"),
            (good.replace("expect x", "expect three"), 0, "its output 0 has 8 bytes, '.*three' has 12"),
            (good + "weights nowhere\n", 0, "it has 1 inputs, the job gives 1 and 1 of weights"),
            (good.replace("input x", ""), 0, "it has 1 inputs, the job gives 0"),
            (good.replace("expect x", "expect x\nexpect x").replace("bound 0", "bound 0 0"), 0,
             "it has 1 outputs, the job expects 2"),
        ):
            with self.subTest(text):
                self.assert_outcome(self.run_job(text), "failed", candidate, detail)

    def test_lines_that_make_no_sense(self):
        good = self.job("NOTHING.so")
        for line, detail in (
            ("frobnicate 1", ":2: there is no directive 'frobnicate'"),
            ("threads", ":2: the number of threads is a whole number from 1 to 1024, not ''"),
            ("threads 0", "not '0'"),
            ("threads two", "not 'two'"),
            ("threads 99999999999999999999", "not '99999999999999999999'"),
            ("threads 2 3", ":2: nothing may follow here, but '3' does"),
            ("threads 1\nthreads 1", ":3: a second 'threads'"),
            ("cpus 0,,1", ":2: a CPU is a whole number"),
            ("cpus 0,1024", "not '1024'"),
            ("cpus", "not ''"),
            ("evict -1", "not '-1'"),
            ("seconds nan", "not 'nan'"),
            ("seconds -1", "not '-1'"),
            ("limit time 3", "there is no limit of 'time'"),
            ("limit bytes 1e9", "not '1e9'"),
            ("counters maybe", "not 'maybe'"),
            ("give-up 1.5", "the number of rounds is a whole number"),
            ("input", ":2: a path must follow"),
            ("bound 1", ":2: this belongs to a candidate"),
            ("weights x", ":2: this belongs to a candidate"),
        ):
            with self.subTest(line):
                text = good.replace("ninc-runner 1\n", f"ninc-runner 1\n{line}\n")
                self.assert_outcome(self.run_job(text), "failed", -1, detail)
        with self.subTest("rounds"):
            text = good.replace("rounds 2 3", "rounds 3 2")
            self.assert_outcome(self.run_job(text), "failed", -1, "from 3 to 1000000, not '2'")

    def test_jobs_that_make_no_sense_as_a_whole(self):
        good = self.job("NOTHING.so")
        noise = random.Random(2).randbytes(5000)
        for text, candidate, detail in (
            ("", -1, "it is empty"),
            ("\n", -1, ":1: a job for this runner begins with 'ninc-runner 1'"),
            (good.replace("ninc-runner 1", "ninc-runner 2"), -1, ":1: a job for this runner begins with"),
            (noise, -1, ":1: "),
            (b"ninc-runner 1\n" + noise, -1, ": "),
            (b"ninc-runner 1\nlabel a\0b\n", -1, ":2: this is no text"),
            ("ninc-runner 1\ninput x\n", -1, "it names no candidate"),
            (good + "bound 1\n", 0, "candidate 0 has 2 bounds for 1 expectations"),
            (good + "candidate NOTHING.so\n", 1, "candidate 1 has 0 bounds for 1 expectations"),
            ("ninc-runner 1\n" + "input x\n" * 200001, -1, "more than 100000 of a kind"),
        ):
            with self.subTest(text[:100]):
                self.assert_outcome(self.run_job(text), "failed", candidate, detail)

    def test_the_label_survives_whatever_it_is(self):
        for label, shown in ((b"\xff\xc0\x80 \xed\xa0\x80 \xc3\xbc", "\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd ü"),
                             (b'"\\\x01\x7f', '"\\\x01\x7f'), (b"", ""), (b"  a  b  ", "a  b")):
            with self.subTest(label):
                text = b"ninc-runner 1\nlabel " + label + b"\nnonsense\n"
                report = self.run_job(text)
                self.assert_outcome(report, "failed", -1, ":3: there is no directive 'nonsense'")
                self.assertEqual(report["label"], shown)

    def test_jobs_that_cant_be_read(self):
        if not (self.folder / "fifo").exists():
            os.mkfifo(self.folder / "fifo")
        done = subprocess.run([*given.emulator, given.runner, "nowhere", ".", "fifo"], capture_output=True, cwd=self.folder,
                              timeout=60)
        self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, 3))
        for line in done.stdout.splitlines():
            self.assertEqual(json.loads(line)["outcome"], "failed")

    def test_usage(self):
        for arguments in ([], ["--help"]):
            done = subprocess.run([*given.emulator, given.runner, *arguments], capture_output=True, cwd=self.folder)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"Usage: ninc-runner JOB...", done.stderr)


if __name__ == "__main__":
    take_arguments()
    unittest.main()
