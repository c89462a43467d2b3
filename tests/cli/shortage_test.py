#!/usr/bin/env python3
"""Too little of everything: memory, stack, descriptors, processes, room in files. Whatever command meets it ends with
what it was asked for, or with one line that names the shortage, and code 1: never by a signal, never as a defect.

    shortage_test.py NINC        (run by ctest)

Limits are set by bash's ulimit before it becomes ninc. How much is too little differs from machine to machine, so
it is searched for: from where the dynamic loader gets ninc started to where the command is through.
"""

import os
import shutil
import struct
import subprocess
import unittest

from command import CommandTest, take_command

NINC = None
NOT_STARTED = 127  # the dynamic loader's code, when it can't map a library

SMALL = """model small
weights random seed 3
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""


def zeros(shape):
    """The bytes of a .npy file."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}".ljust(117) + "\n"
    count = 4
    for extent in shape:
        count *= extent
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(count)


class Shortage(CommandTest):
    def setUp(self):
        super().setUp()
        (self.folder / "small.nin").write_text(SMALL)
        (self.folder / "x.npy").write_bytes(zeros([2, 6, 6]))
        done = self.run_limited("ulimit -c 0", "small.nin", "-o", "small.so")
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_limited(self, limits, *arguments, before=()):
        command = [*before, "bash", "-c", f'ulimit -c 0; {limits} || exit 99; exec "$@"', "limited", NINC, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=self.environment,
                              timeout=120)

    def check(self, limits, *arguments, before=()):
        """The code; a failure is told in one line, apart from what says how far a command has come."""
        done = self.run_limited(limits, *arguments, before=before)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("ninc: compiling ")]
        told = f"{limits}: ninc {arguments}: code {done.returncode}\n{done.stderr}"
        if done.returncode == 99:
            self.skipTest(f"{limits} is refused here: {done.stderr}")
        if done.returncode == NOT_STARTED:
            self.assertIn("error while loading shared libraries", done.stderr, told)
        else:
            self.assertIn(done.returncode, (0, 1), told)
        if done.returncode == 1:
            self.assertEqual(len(lines), 1, told)
            self.assertTrue(lines[0].startswith("ninc: error: "), told)
        return done.returncode, done.stderr

    def least(self, letter, low, high, *arguments, good):
        """The least limit, give or take, with whose end `good` is content."""
        if not good(self.run_limited(f"ulimit -{letter} {high}", *arguments).returncode):
            self.skipTest(f"ninc {arguments} doesn't work with ulimit -{letter} {high}: nothing to search for")
        if good(self.run_limited(f"ulimit -{letter} {low}", *arguments).returncode):
            self.skipTest(f"ulimit -{letter} {low} isn't enforced here")
        while high - low > 2000:
            middle = (low + high) // 2
            if good(self.run_limited(f"ulimit -{letter} {middle}", *arguments).returncode):
                high = middle
            else:
                low = middle
        return high

    def sweep(self, letter, commands, steps):
        started = self.least(letter, 1000, 16 << 20, "--version", good=lambda code: code in (0, 1))  # or a signal
        through = self.least(letter, started // 2, 16 << 20, "small.nin", "-o", "out.so", good=lambda code: code == 0)
        self.assertGreater(through, started)
        said = ""
        for arguments in commands:
            for step in range(-1, steps + 2):
                shutil.rmtree(self.folder / "cache", ignore_errors=True)
                limit = started + (through - started) * step // steps
                said += self.check(f"ulimit -{letter} {limit}", *arguments)[1]
        self.assertIn("there is not enough memory", said)
        self.assertIn(f"(ulimit -{letter})", said)

    def test_address_space(self):
        self.sweep("v", [("small.nin", "-o", "out.so"), ("small.nin", "-o", "out.a"), ("run", "small.nin", "--input", "image=x.npy")], 12)
        self.sweep("v", [("verify", "small.nin", "small.so"), ("show", "small.nin", "--after", "passes"), ("import", "small.nin", "-o", "out.nin"),
                         ("bench", "small.so", "--seconds", "0.01")], 4)

    def test_data(self):
        self.sweep("d", [("small.nin", "-o", "out.so")], 12)

    def test_threads_that_find_no_room(self):
        """Eight threads for the team and eight for the peak, each with a stack of some MiB."""
        one = self.least("v", 1000, 16 << 20, "bench", "small.so", "--seconds", "0.01", good=lambda code: code == 0)
        said = ""
        for step in range(0, 200 << 10, 16 << 10):
            said += self.check(f"ulimit -v {one + step}", "bench", "small.so", "--threads", "8", "--seconds", "0.01")[1]
        self.assertIn("a team of 8 threads", said)

    def test_descriptors(self):
        for count in range(3, 12):
            self.check(f"ulimit -n {count}", "small.nin", "-o", "out.so", "--jobs", "2")
            self.check(f"ulimit -n {count}", "run", "small.so", "--input", "image=x.npy")
        for count in (4, 6, 8, 10):
            self.check(f"ulimit -n {count}", "verify", "small.nin")
            self.check(f"ulimit -n {count}", "bench", "small.so", "--threads", "2", "--seconds", "0.01")
        for limit in ("ulimit -n 4", "ulimit -n 5"):
            code, said = self.check(limit, "small.nin", "-o", "out.so")
            if code == 1:
                self.assertIn("Too many open files", said)

    def test_files_that_may_not_grow(self):
        for blocks in (0, 1, 2, 4, 8, 12, 16):  # of 1024 bytes
            with self.subTest(blocks=blocks):
                for name in ("out.so", "out.a"):
                    code, _ = self.check(f"ulimit -f {blocks}", "small.nin", "-o", name)
                    self.assertEqual((self.folder / name).exists(), code == 0)
                    (self.folder / name).unlink(missing_ok=True)
        code, said = self.check("ulimit -f 1", "small.nin", "-o", "out.so")
        self.assertEqual(code, 1)
        self.assertIn("File too large", said)

    def test_a_stack_that_is_small(self):
        """From where the dynamic loader gets ninc started: it needs some 16 KiB, at a place of the stack that differs
        from run to run, above which the environment lies."""
        self.environment = {name: value for name, value in self.environment.items() if len(value) < 200}
        for kibibytes in (32, 64, 128, 1000):
            for arguments in (("small.nin", "-o", "out.so"), ("run", "small.so", "--input", "image=x.npy"),
                              ("bench", "small.so", "--threads", "3", "--seconds", "0.01")):
                code, said = self.check(f"ulimit -s {kibibytes}", *arguments)
                if code == 1:
                    self.assertIn("there is not enough stack", said)

    def test_no_process_to_be_had(self):
        before = ()
        if os.getuid() == 0:  # whom the limit doesn't hold for
            before = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            os.chmod(self.folder, 0o777)
        try:
            works = self.run_limited("ulimit -u 10000", "--version", before=before)
        except OSError as error:
            self.skipTest(f"no other user to be: {error}")
        if works.returncode != 0:
            self.skipTest(f"ninc doesn't run as another user: {works.stderr}")
        code, said = self.check("ulimit -u 1", "small.nin", "-o", "out.so", before=before)
        if code == 0:
            self.skipTest("ulimit -u isn't enforced here")
        self.assertIn("no child process", said)
        self.assertIn("ulimit -u", said)
        self.check("ulimit -u 1", "run", "small.so", "--input", "image=x.npy", before=before)
        code, said = self.check("ulimit -u 1", "bench", "small.so", "--threads", "8", before=before)
        self.assertEqual(code, 1)
        self.assertIn("a team of 8 threads", said)

    def test_a_library_that_must_be_tried_out_without_a_process(self):
        (self.folder / "bare.so").write_bytes((self.folder / "small.so").read_bytes()[:-24])
        for count in range(4, 10):
            self.check(f"ulimit -n {count}", "run", "bare.so", "--input", "image=x.npy")
        self.assertEqual(self.check("true", "run", "bare.so", "--input", "image=x.npy")[0], 0)


if __name__ == "__main__":
    NINC = take_command()
    unittest.main(verbosity=2)
