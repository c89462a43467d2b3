#!/usr/bin/env python3
"""The standard streams as scripts, cron and services hand them over: closed, full, or a pipe nobody reads.

    streams_test.py NINC        (run by ctest)

What is said on stderr may be lost; exit codes and outputs may not. What is answered on stdout is the result: if
it doesn't arrive, the command has failed, and says why.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

# A process with threads had better not fork, and nothing here multiplies matrices.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

NINC = None

SMALL = """model small
weights random seed 3
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""

# Each says something: a warning about a database that isn't there, remarks, an error.
SPEAKING = {
    "compile": ["model.nin", "-o", "made.so", "--db", "none.jsonl", "--remarks", "-v"],
    "compile to text": ["model.nin", "-o", "made.nin", "--print-ir-after", "all"],
    "run": ["run", "model.nin", "--input", "x.npy", "--output", "made.npy", "--db", "none.jsonl"],
    "verify": ["verify", "model.nin", "--samples", "1", "--db", "none.jsonl", "--remarks"],
    "bench": ["bench", "model.nin", "--seconds", "0.01", "--db", "none.jsonl"],
    "show": ["show", "model.nin", "--after", "passes", "--remarks"],
    "import": ["import", "bad.nin", "-o", "imported.nin"],
    "tune --list": ["tune", "--list", "--db", "bad.jsonl"],
    "tune": ["tune", "model.nin", "--db", "made.jsonl", "--candidates", "1", "--report", "made.html"],
    "a bad model": ["bad.nin", "-o", "made.so"],
    "no model": ["verify", "nothing.nin"],
    "no such option": ["show", "model.nin", "--bogus"],
    "no such command": ["shwo", "model.nin"],
    "options that don't fit": ["tune", "model.nin", "--list"],
}

# Each answers on stdout.
ANSWERING = {
    "run": ["run", "model.nin", "--input", "x.npy", "--output", "made.npy"],
    "verify": ["verify", "model.nin", "--samples", "1"],
    "verify --json": ["verify", "model.nin", "--samples", "1", "--json"],
    "bench": ["bench", "model.nin", "--seconds", "0.01"],
    "show": ["show", "model.nin"],
    "show --json": ["show", "model.nin", "--json"],
    "tune --list": ["tune", "--list", "--db", "none.jsonl"],
    "help": ["--help"],
    "a command's help": ["tune", "--help"],
    "version": ["--version"],
}


class StreamsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.root / "cache"),
                                XDG_DATA_HOME=str(self.root / "data"))
        self.calls = 0

    def run_in_shell(self, arguments, redirection="", before="", **options):
        """The exit code, stdout, stderr and what was made, of a command in a fresh folder."""
        self.calls += 1
        folder = self.root / str(self.calls)
        folder.mkdir()
        (folder / "model.nin").write_text(SMALL)
        (folder / "bad.nin").write_text(SMALL.replace("softmax", "sofmax"))
        (folder / "bad.jsonl").write_text('{"kind": "rubbish"}\n')
        np.save(folder / "x.npy", np.ones((2, 6, 6), np.float32))
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        done = subprocess.run(["bash", "-c", f'{before} "$@" {redirection}', "bash", NINC, *arguments], cwd=folder, text=True,
                              env=self.environment, timeout=300, **streams)
        return done, {path.name: path.stat().st_size for path in folder.iterdir() if path.suffix != ".html"}

    def pipe_without_reader(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        return writer

    def test_what_cant_be_said_costs_neither_exit_code_nor_outputs(self):
        for name, arguments in SPEAKING.items():
            usual, made = self.run_in_shell(arguments)
            self.assertTrue(usual.stderr, name)
            lost = {"closed": ("2>&-", {}), "full": ("2>/dev/full", {}),
                    "without a reader": ("", {"stderr": self.pipe_without_reader()})}
            for how, (redirection, options) in lost.items():
                with self.subTest(name, stderr=how):
                    done, also_made = self.run_in_shell(arguments, redirection, **options)
                    self.assertEqual(done.returncode, usual.returncode)
                    self.assertEqual(sorted(also_made), sorted(made))
                    if name != "tune":  # whose records have times
                        self.assertEqual(also_made, made)

    def test_a_limit_on_the_size_of_files_costs_no_more(self):
        arguments = ["model.nin", "-o", "made.dot", "--print-ir-after", "all"]
        usual, made = self.run_in_shell(arguments)
        (self.root / "said").write_bytes(bytes(64 * 1024))
        done, also_made = self.run_in_shell(arguments, f"2>>{self.root}/said", before="ulimit -f 64;")
        self.assertEqual(done.returncode, usual.returncode)
        self.assertEqual(also_made, made)

    def test_answers_that_dont_arrive_are_no_success(self):
        for name, arguments in ANSWERING.items():
            for how, redirection, reason in (("closed", "1>&-", "Bad file descriptor"),
                                             ("full", "1>/dev/full", "No space left on device")):
                with self.subTest(name, stdout=how):
                    done, _ = self.run_in_shell(arguments, redirection)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(f"ninc: error: can't write to the standard output: {reason}\n", done.stderr)
            with self.subTest(name, stdout="without a reader"):  # who has gone knows it
                done, _ = self.run_in_shell(arguments, stdout=self.pipe_without_reader())
                self.assertEqual(done.returncode, 1)
                self.assertNotIn("standard output", done.stderr)

    def test_outputs_are_written_though_an_answer_is_lost(self):
        for arguments, made in ((ANSWERING["run"], "made.npy"), (SPEAKING["tune"], "made.jsonl")):
            with self.subTest(made):
                done, files = self.run_in_shell(arguments, "1>/dev/full 2>/dev/full")
                self.assertEqual(done.returncode, 1)
                self.assertGreater(files[made], 0)

    def test_a_mistake_keeps_its_exit_code_when_nothing_can_be_said(self):
        for arguments, code in ((["shwo"], 2), (["bad.nin", "-o", "x.so"], 1), ([], 2)):
            self.assertEqual(self.run_in_shell(arguments, "1>/dev/full 2>/dev/full")[0].returncode, code)

    def test_files_never_get_the_numbers_of_the_standard_streams(self):
        # Were the library's file number 1, what is answered would be written into it.
        for redirection in ("0<&-", "0<&- 1>&-", "0<&- 1>&- 2>&-", "1>&- 2>&-", "0<&- 2>&-"):
            for arguments in (SPEAKING["compile"], SPEAKING["run"], SPEAKING["verify"]):
                with self.subTest(redirection, command=arguments[0]):
                    usual, made = self.run_in_shell(arguments)
                    done, also_made = self.run_in_shell(arguments, redirection)
                    answers = arguments[0] != "model.nin" and "1>&-" in redirection
                    self.assertEqual(done.returncode, 1 if answers else 0)
                    self.assertEqual(also_made, made)

    def test_a_closed_input_is_no_empty_model(self):
        done, _ = self.run_in_shell(["show", "/dev/stdin"], "0<&-")
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
