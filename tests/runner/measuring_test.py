#!/usr/bin/env python3
"""What the runner measures, and on what.

    measuring_test.py NINC RUNNER ARCH        (run by ctest)
"""

import json
import pathlib
import subprocess
import unittest

import numpy as np

from runner_case import RunnerTest, given, take_arguments


class Measuring(RunnerTest):
    def test_numbers_are_compared_and_runs_timed(self):
        report = self.run_job(self.small_job('label a "label", with \\ and ü', "rounds 7 7"))
        self.assert_fine(report, 1, 7)
        self.assertEqual(report["label"], 'a "label", with \\ and ü')
        self.assertLess(report["errors"][0][0], 1e-5)
        self.assertLess(report["errors"][0][1], 1e-4)
        self.assertEqual(report["kernels_ns"], [])

    def test_the_cpu_is_named(self):
        cpu = self.run_job(self.job("NOTHING.so"))["cpu"]
        if given.arch == "x86_64":
            info = pathlib.Path("/proc/cpuinfo").read_text()
            value = {name.strip(): rest.strip()
                     for name, _, rest in (line.partition(":") for line in info.splitlines())}
            self.assertEqual(cpu, f"{value['vendor_id']} {value['cpu family']}.{value['model']}")
        else:
            self.assertRegex(cpu, r"^(0x[0-9a-f]+ 0x[0-9a-f]+|unknown)$")

    def test_candidates_with_a_team_and_eviction(self):
        for threads in (1, 2, 3):
            for evict in (0, 100000):
                with self.subTest(threads=threads, evict=evict):
                    report = self.run_job(self.small_job(f"threads {threads}", f"evict {evict}", "rounds 4 4",
                                                         candidates=2))
                    self.assert_fine(report, 2, 4)

    def test_counters_are_within_the_time(self):
        for threads in (1, 2):
            with self.subTest(threads=threads):
                report = self.run_job(self.small_job(f"threads {threads}", "counters 1", "rounds 5 5", candidates=2))
                self.assert_fine(report, 2, 5)
                kernels = np.array(report["kernels_ns"])
                self.assertEqual(kernels.shape[:2], (2, 5))
                self.assertGreater(kernels[:, :, 0].min(), 0)
                self.assertTrue((kernels.sum(axis=2) <= report["times_ns"]).all())

    def test_rounds_end_when_the_time_is_over_but_not_before_the_least(self):
        self.assert_fine(self.run_job(self.small_job("rounds 6 1000000", "seconds 0")), 1, 6)
        rounds = len(self.run_job(self.small_job("rounds 1 1000000", "seconds 0.5"))["times_ns"][0])
        self.assertGreater(rounds, 1)
        self.assertLess(rounds, 1000000)

    def test_giving_up_on_a_slow_candidate(self):
        libraries = ["NOTHING.so", self.hand_made("SLOW")]
        first = ["give-up 1.5 4", "rounds 30 30"]
        text = self.job(*libraries).replace("rounds 2 3", "\n".join(first))
        self.assert_fine(self.run_job(text), 2, 4, outputs=1)
        text = self.job(*reversed(libraries)).replace("rounds 2 3", "\n".join(first))
        self.assert_fine(self.run_job(text), 2, 30, outputs=1)

    def test_binding_to_cpus(self):
        self.assert_fine(self.run_job(self.small_job("threads 2", "cpus 0,1", "rounds 2 2")), 1, 2)
        self.assert_fine(self.run_job(self.small_job("cpus 1023", "rounds 2 2")), 1, 2)  # which nobody has

    def test_weights_are_inputs_behind_the_shared_ones(self):
        library = self.hand_made("ADDS_WEIGHTS")
        text = self.job(library, library, expect="x_plus_1").replace("bound 0", "bound 0\nweights ones")
        self.assertEqual(self.run_job(text)["errors"], [[0], [0]])
        report = self.run_job(text + "weights ones\n")
        self.assert_outcome(report, "failed", 1, "has 2 inputs, the job gives 1 and 2 of weights")

    def test_paths_are_relative_to_the_job_or_absolute(self):
        inner = self.folder / "inner folder"
        inner.mkdir()
        (inner / "job").write_text(
            self.job("../NOTHING.so", expect="../x").replace("input x", f"input {self.folder / 'x'}"))
        done = subprocess.run([*given.emulator, given.runner, "inner folder/job"], capture_output=True, cwd=self.folder)
        self.assertEqual(json.loads(done.stdout)["outcome"], "ok")

    def test_libraries_by_other_linkers_options(self):
        for option in ("-Wl,--hash-style=sysv", "-Wl,--hash-style=gnu", "-Wl,-z,pack-relative-relocs", "-Wl,-z,now"):
            with self.subTest(option):
                name = "linked" + option.split("-z")[-1].replace(",", "_").replace("=", "_")
                try:
                    library = self.hand_made("NOTHING", option, name=name)
                except AssertionError:
                    self.skipTest(f"this linker has no {option}")
                self.assertEqual(self.run_job(self.job(library))["outcome"], "ok")


if __name__ == "__main__":
    take_arguments()
    unittest.main()
