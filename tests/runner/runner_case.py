"""What tests of the program that times candidates (tuner/runner) share: a folder with models that ninc has compiled
and models made by hand, jobs about them, and the runner, which writes one line of JSON for each job whatever it gets.

Their arguments are NINC RUNNER ARCH; another architecture's runner runs in an emulator.
"""

import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import types
import unittest

import numpy as np

# By take_arguments. `emulator` stands in front of the runner, `target` are arguments for ninc.
given = types.SimpleNamespace(ninc=None, runner=None, arch=None, emulator=[], target=[], compiler=None)
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
        cls.do(given.ninc, "small.nin", "-o", "small.so", *given.target)
        cls.do(given.ninc, "run", "small.nin", "--reference", "--input", "image=image.npy", "--output", "prob=prob.npy",
               "--output", "maps=maps.npy")
        for name in ("prob", "maps"):
            np.load(cls.folder / f"{name}.npy").astype(np.float32).tofile(cls.folder / name)

    @classmethod
    def hand_made(cls, fault, *options, name=None):
        library = f"{name or fault}.so"
        if not (cls.folder / library).exists():
            cls.do(given.compiler, "-shared", "-fPIC", "-O1", "-nostdlib", "-fno-stack-protector", "-w", "-I", ROOT,
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
        done = subprocess.run([*given.emulator, given.runner, *arguments], capture_output=True, cwd=self.folder, timeout=300)
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


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def take_arguments():
    """Takes NINC RUNNER ARCH off the command line; leaves where a runner for ARCH can't be tried here."""
    given.ninc = pathlib.Path(sys.argv.pop(1)).resolve()
    given.runner, given.arch = sys.argv.pop(1), sys.argv.pop(1)
    if not given.runner:
        skip(f"the build couldn't make a runner for {given.arch}: no compiler, or none that links statically")
    given.runner = pathlib.Path(given.runner).resolve()
    if platform.machine() != given.arch:
        emulator = shutil.which(f"qemu-{given.arch}-static") or shutil.which(f"qemu-{given.arch}")
        given.compiler = shutil.which(f"{given.arch}-linux-gnu-gcc")
        if not emulator or not given.compiler:
            skip(f"the runner for {given.arch} can't be tested here without qemu-{given.arch}-static and "
                 f"{given.arch}-linux-gnu-gcc (Debian: qemu-user-static gcc-aarch64-linux-gnu)")
        given.emulator = [emulator]
        given.target = ["--target", "aarch64" if given.arch == "aarch64" else "x86-64-v2"]
    else:
        given.compiler = shutil.which("gcc") or shutil.which("cc")
        if not given.compiler:
            skip("there is no C compiler to make faulty models with")
