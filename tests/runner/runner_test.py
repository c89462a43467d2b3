#!/usr/bin/env python3
"""The program that times candidates (tuner/runner), given models that ninc has compiled, models made by hand with
all sorts of faults, damaged files and jobs that make no sense. Whatever it gets, it writes one line of JSON for
each job and goes on with the next.

    runner_test.py NINC RUNNER ARCH        (run by ctest; another architecture's runner runs in an emulator)
"""

import json
import os
import pathlib
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

NINC = RUNNER = ARCH = None
EMULATOR = []  # in front of the runner
TARGET = []  # arguments for ninc
COMPILER = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
HAND_MADE = pathlib.Path(__file__).resolve().parent / "model.c"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE

SMALL = """model small
weights random seed 1
image = input f32[3, 20, 20]
maps = mlpconv image [conv 3x3 pad 1 -> 32, 24]
half = max_pool maps 2x2 stride 2
prob = softmax (global_avg_pool half)
output prob, maps
"""
MEMBERS = ["runner", "label", "cpu", "outcome", "candidate", "detail", "errors", "times_ns", "kernels_ns", "date"]


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


class RunnerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.small()
        cls.x = np.float32([1.5, -2])
        cls.x.tofile(cls.folder / "x")
        (cls.x + 1).tofile(cls.folder / "x_plus_1")
        np.float32([1, 1]).tofile(cls.folder / "ones")
        cls.hand_made("NOTHING")

    @classmethod
    def do(cls, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, cwd=cls.folder, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"{command}\n{done.stderr.decode()}")

    @classmethod
    def small(cls):
        """Compiles a model; `ninc run`, on this machine, says what is expected of it."""
        (cls.folder / "small.nin").write_text(SMALL)
        image = np.random.default_rng(1).standard_normal((3, 20, 20)).astype(np.float32)
        np.save(cls.folder / "image.npy", image)
        image.tofile(cls.folder / "image")
        cls.do(NINC, "small.nin", "-o", "small.so", *TARGET)
        cls.do(NINC, "run", "small.nin", "--reference", "--input", "image=image.npy", "--output", "prob=prob.npy",
               "--output", "maps=maps.npy")
        for name in ("prob", "maps"):
            np.load(cls.folder / f"{name}.npy").astype(np.float32).tofile(cls.folder / name)

    @classmethod
    def hand_made(cls, fault, *options, name=None):
        library = f"{name or fault}.so"
        if not (cls.folder / library).exists():
            cls.do(COMPILER, "-shared", "-fPIC", "-O1", "-nostdlib", "-fno-stack-protector", "-w", "-I", ROOT,
                   f"-DFAULT={fault}", *options, HAND_MADE, "-o", library)
        return library

    def run_jobs(self, *texts):
        """The reports of these jobs. Behind each runs one that nothing is wrong with, and that must show."""
        arguments = []
        for number, text in enumerate(texts):
            for job, what in ((f"job{number}", text), (f"good{number}", self.job("NOTHING.so"))):
                path = self.folder / job
                path.write_bytes(what if isinstance(what, bytes) else what.encode())
                arguments.append(path.name if number % 2 else path)
        done = subprocess.run([*EMULATOR, RUNNER, *arguments], capture_output=True, cwd=self.folder, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, b"")
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), len(arguments), done.stdout)
        reports = [json.loads(line, parse_constant=no_constant) for line in lines]
        for report in reports:
            self.assertEqual(list(report), MEMBERS)
            self.assertRegex(report["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for report in reports[1::2]:
            self.assertEqual((report["outcome"], report["candidate"], report["detail"]), ("ok", -1, ""))
        return reports[::2]

    def run_job(self, text):
        return self.run_jobs(text)[0]

    def job(self, *libraries, expect="x", first=(), bound=0):
        """For models made by hand."""
        lines = ["ninc-runner 1", "rounds 2 3", "limit seconds 100", *first, "input x", f"expect {expect}"]
        for library in libraries:
            lines += [f"candidate {library}", f"bound {bound}"]
        return "\n".join(lines) + "\n"

    def small_job(self, *first, candidates=1):
        lines = ["ninc-runner 1", *first, "input image", "expect prob", "expect maps"]
        lines += ["candidate small.so", "bound 1e-5", "bound 1e-4"] * candidates
        return "\n".join(lines) + "\n"

    def assert_outcome(self, report, outcome, candidate, detail):
        self.assertEqual((report["outcome"], report["candidate"]), (outcome, candidate), report)
        self.assertRegex(report["detail"], detail)
        self.assertEqual(report["times_ns"], [])
        self.assertEqual(report["kernels_ns"], [])

    def assert_fine(self, report, candidates, rounds, outputs=2):
        self.assertEqual((report["outcome"], report["detail"]), ("ok", ""))
        self.assertEqual(np.shape(report["errors"]), (candidates, outputs))
        self.assertEqual(np.shape(report["times_ns"]), (candidates, rounds))
        self.assertGreater(np.min(report["times_ns"]), 0)
        self.assertLess(np.max(report["times_ns"]), 60e9)


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
        if ARCH == "x86_64":
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
        done = subprocess.run([*EMULATOR, RUNNER, "inner folder/job"], capture_output=True, cwd=self.folder)
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
        if EMULATOR:
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
        self.do(COMPILER, "-shared", "-fPIC", "-nostdlib", "-x", "c", "/dev/null", "-o", "empty.so")
        (self.folder / "text.so").write_text("This is no library.\n" * 10)
        for library, detail in (
            (self.hand_made("ANOTHER_ABI"), "it has model ABI 99, this runner reads 3; compile it again"),
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
        self.do(NINC, "small.nin", "-o", "foreign.so", "--target", "x86-64-v3" if ARCH == "aarch64" else "aarch64")
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
        provided = set(re.findall(r'IMPORT\("(\w+)"', (ROOT / "tuner/runner/loader.c").read_text()))
        allowed = re.search(r"allowedUndefined = \{([^}]*)\}", (ROOT / "codegen/library/Link.cpp").read_text()).group(1)
        self.assertEqual(provided, set(re.findall(r'"(\w+)"', allowed)))


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
        done = subprocess.run([*EMULATOR, RUNNER, "nowhere", ".", "fifo"], capture_output=True, cwd=self.folder,
                              timeout=60)
        self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, 3))
        for line in done.stdout.splitlines():
            self.assertEqual(json.loads(line)["outcome"], "failed")

    def test_usage(self):
        for arguments in ([], ["--help"]):
            done = subprocess.run([*EMULATOR, RUNNER, *arguments], capture_output=True, cwd=self.folder)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"Usage: ninc-runner JOB...", done.stderr)


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


if __name__ == "__main__":
    NINC = pathlib.Path(sys.argv.pop(1)).resolve()
    RUNNER, ARCH = sys.argv.pop(1), sys.argv.pop(1)
    if not RUNNER:
        skip(f"the build couldn't make a runner for {ARCH}: no compiler, or none that links statically")
    RUNNER = pathlib.Path(RUNNER).resolve()
    if platform.machine() != ARCH:
        emulator = shutil.which(f"qemu-{ARCH}-static") or shutil.which(f"qemu-{ARCH}")
        COMPILER = shutil.which(f"{ARCH}-linux-gnu-gcc")
        if not emulator or not COMPILER:
            skip(f"the runner for {ARCH} can't be tested here without qemu-{ARCH}-static and {ARCH}-linux-gnu-gcc "
                 "(Debian: qemu-user-static gcc-aarch64-linux-gnu)")
        EMULATOR = [emulator]
        TARGET = ["--target", "aarch64" if ARCH == "aarch64" else "x86-64-v2"]
    else:
        COMPILER = shutil.which("gcc") or shutil.which("cc")
        if not COMPILER:
            skip("there is no C compiler to make faulty models with")
    unittest.main()
