#!/usr/bin/env python3
"""Candidates with all sorts of faults, and libraries that are damaged or somebody else's: each is told from the
others.

    faults_test.py NINC RUNNER ARCH        (run by ctest)
"""

import random
import re
import unittest

import numpy as np

from runner_case import ROOT, RunnerTest, given, take_arguments


class Faults(RunnerTest):
    def test_wrong_numbers(self):
        report = self.run_job(self.job("NOTHING.so", "NOTHING.so", expect="x_plus_1", bound=0.5))
        self.assert_outcome(report, "wrong", 0, r"output 0 is off by 1, its bound is 0\.5: element 0 is 1\.5 instead "
                                                r"of 2\.5")
        self.assertEqual(report["errors"], [[1]])
        maps = np.fromfile(self.folder / "maps", np.float32)
        maps[1000] += 0.25
        maps.tofile(self.folder / "shifted")
        text = self.small_job(candidates=2).replace("expect maps", "expect shifted")
        report = self.run_job(text.replace("bound 1e-4", "bound 1", 1))
        self.assert_outcome(report, "wrong", 1, r"output 1 is off by 0\.2.*: element 1000 is ")
        np.testing.assert_allclose(report["errors"], [[0, 0.25]] * 2, atol=1e-4)

    def test_a_number_that_is_missing_is_infinitely_wrong(self):
        report = self.run_job(self.job(self.hand_made("WRITES_NOTHING"), bound=1e30))
        self.assert_outcome(report, "wrong", 0, "output 0 is off by inf")
        self.assertEqual(report["errors"], [[3.4e38]])

    def test_nan_where_nan_is_expected(self):
        np.float32([np.nan, np.inf]).tofile(self.folder / "not_finite")
        text = self.job("NOTHING.so", expect="not_finite").replace("input x", "input not_finite")
        self.assertEqual(self.run_job(text)["errors"], [[0]])

    def test_numbers_that_go_wrong_later(self):
        report = self.run_job(self.job("NOTHING.so", self.hand_made("WRONG_LATER")))
        self.assert_outcome(report, "wrong", 1, "output 0 is off by 1")
        self.assertEqual(report["errors"], [[0], [1]])

    def test_candidates_that_leave_their_bounds(self):
        for fault, outcome, detail in (
            ("WRITES_BEFORE", "wrong", "^writes before output 0$"),
            ("WRITES_BEHIND", "wrong", "^writes behind output 0$"),
            ("WRITES_BEFORE_SCRATCH", "wrong", "^writes before its scratch$"),
            ("WRITES_BEHIND_SCRATCH", "wrong", "^writes behind its scratch$"),
            ("WRITES_FAR_BEFORE", "crashed", r"^signal 11 \(Segmentation fault\)$"),
            ("WRITES_FAR_BEHIND", "crashed", r"^signal 11 \(Segmentation fault\)$"),
            ("WRITES_TO_INPUT", "crashed", r"^signal 11 \(Segmentation fault\)$"),
        ):
            with self.subTest(fault):
                report = self.run_job(self.job("NOTHING.so", self.hand_made(fault)))
                self.assert_outcome(report, outcome, 1, detail)

    def test_candidates_that_end_the_process(self):
        for fault, detail in (("CRASHES", r"^signal 11 \(Segmentation fault\)$"),
                              ("CRASHES_AT_LOAD", r"^signal 11 \(Segmentation fault\)$"),
                              ("LEAVES", "^it ended the process, with exit code 0$")):
            with self.subTest(fault):
                report = self.run_job(self.job("NOTHING.so", self.hand_made(fault), "NOTHING.so"))
                self.assert_outcome(report, "crashed", 1, detail)

    def test_a_candidate_that_loops(self):
        text = self.job("NOTHING.so", self.hand_made("LOOPS")).replace("limit seconds 100", "limit seconds 1")
        self.assert_outcome(self.run_job(text), "hung", 1, "^not finished after 1 s$")

    def test_candidates_that_want_too_much_memory(self):
        if given.emulator:
            self.skipTest("the emulator doesn't enforce limits of memory")
        first = ["limit bytes 300000000"]
        for fault, detail in (("EATS_MEMORY", "no room for 1048576 bytes"),
                              ("EATS_MEMORY_AND_CRASHES", "no room for 1048576 bytes"),
                              ("MOST_SCRATCH", "no room for scratch of 1099511627776 bytes")):
            with self.subTest(fault):
                report = self.run_job(self.job("NOTHING.so", self.hand_made(fault), first=first))
                self.assert_outcome(report, "memory", 1, detail)
        report = self.run_job(self.small_job("threads 1000", *first))
        self.assert_outcome(report, "memory", 0, "a team can't be made: ")
        report = self.run_job(self.small_job("evict 1000000000", *first))
        self.assert_outcome(report, "memory", -1, "to evict with")

    def test_a_candidate_without_a_team(self):
        report = self.run_job(self.job(self.hand_made("NO_TEAM"), first=["threads 2"]))
        self.assert_outcome(report, "memory", 0, "a team can't be made: it went wrong")

    def test_a_candidate_that_prints(self):
        self.assertEqual(self.run_job(self.job(self.hand_made("PRINTS")))["outcome"], "ok")

    def test_libraries_that_are_refused(self):
        self.do(given.compiler, "-shared", "-fPIC", "-nostdlib", "-x", "c", "/dev/null", "-o", "empty.so")
        (self.folder / "text.so").write_text("This is no library.\n" * 10)
        for library, detail in (
            (self.hand_made("ANOTHER_ABI"), r"it has model ABI 99, this runner reads \d+; compile it again"),
            (self.hand_made("FOR_ANOTHER_CPU"), "it can't run here: wrong CPU"),
            (self.hand_made("IMPORTS_MORE", "-DIMPORTS=1"), "it asks for 'puts', which no model does"),
            (self.hand_made("THREAD_LOCAL", "-DIMPORTS=2"), "it has thread-local storage|__tls_get_addr"),
            (self.hand_made("NOTHING", "-Wl,--no-as-needed", "-lc", name="needs"), "it needs another library"),
            ("empty.so", "not one that ninc made: it has no ninc_model_v1|no table of symbols"),
            ("text.so", "it is no ELF file"),
            (".", "it is no file|Is a directory"),
            ("missing.so", "can't open '.*missing.so': No such file or directory"),
        ):
            with self.subTest(library):
                self.assert_outcome(self.run_job(self.job("NOTHING.so", library)), "failed", 1, detail)

    def test_a_run_that_fails(self):
        report = self.run_job(self.job("NOTHING.so", self.hand_made("FAILS")))
        self.assert_outcome(report, "crashed", 1, r"its run failed: it went wrong \(code 4\)")

    def test_a_library_for_another_architecture(self):
        self.do(given.ninc, "small.nin", "-o", "foreign.so", "--target", "x86-64-v3" if given.arch == "aarch64" else "aarch64")
        report = self.run_job(self.small_job().replace("small.so", "foreign.so"))
        self.assert_outcome(report, "failed", 0, "it was made for another CPU")

    def test_truncated_libraries(self):
        whole = (self.folder / "small.so").read_bytes()
        texts = []
        for length in [0, 1, 63, 64, 100, *range(500, len(whole) - 24, 1999), len(whole) - 23, len(whole) - 1]:  # 24: the seal
            (self.folder / f"cut{length}.so").write_bytes(whole[:length])
            texts.append(self.small_job().replace("small.so", f"cut{length}.so"))
        for report in self.run_jobs(*texts):
            self.assert_outcome(report, "failed", 0, "can't load '.*cut.*': it is (truncated or damaged|no ELF file)")

    def test_damaged_libraries_give_a_line_too(self):
        """Damage in tables is refused or has no effect; damaged code or addresses may do anything to the child."""
        chance = random.Random(1)
        for source, rounds in (("small.so", 8), ("NOTHING.so", 4)):
            whole = (self.folder / source).read_bytes()
            tables = [*range(0x10, 0x240), *range(0x240, 0xC00, 4), *range(max(0, len(whole) - 2500), len(whole), 2)]
            texts = []
            for number in range(20 * rounds):
                bytes_ = bytearray(whole)
                for place in chance.sample([t for t in tables if t < len(whole)], 3):
                    bytes_[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
                (self.folder / f"damaged{number}.so").write_bytes(bytes_)
                text = self.small_job("rounds 1 1", "limit seconds 2") if source == "small.so" else self.job(source)
                texts.append(text.replace(source, f"damaged{number}.so"))
            outcomes = [report["outcome"] for report in self.run_jobs(*texts)]
            self.assertIn("failed", outcomes)
            self.assertIn("ok", outcomes)


class Imports(unittest.TestCase):
    def test_are_what_libraries_may_ask_for(self):
        """The loader's table and the linker's list are written apart: one is C, the other the compiler's."""
        provided = set(re.findall(r'IMPORT\("(\w+)"', (ROOT / "tuner/runner/loader_symbols.c").read_text()))
        allowed = re.search(r"allowedUndefined = \{([^}]*)\}", (ROOT / "codegen/library/Link.cpp").read_text()).group(1)
        self.assertEqual(provided, set(re.findall(r'"(\w+)"', allowed)))


if __name__ == "__main__":
    take_arguments()
    unittest.main()
