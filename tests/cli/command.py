"""What tests of the command share: a folder of their own, with caches and databases in it, ninc run there, and a
model that takes little time."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"

SMALL = """model small
weights random seed 3
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""


class CommandTest(unittest.TestCase):
    timeout = 300  # seconds, of a command that hangs

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache"),
                                XDG_DATA_HOME=str(self.folder / "data"))

    def ninc(self, *arguments, expect=0, **options):
        options = {"capture_output": True, "text": True, **options}
        done = subprocess.run([NINC, *map(str, arguments)], cwd=self.folder, env=self.environment,
                              timeout=self.timeout, **options)
        self.assertEqual(done.returncode, expect, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done


class CliTest(CommandTest):
    def start(self, *arguments, **options):
        """A process that doesn't outlive the test: one that did would hold the test runner's pipes open."""
        process = subprocess.Popen([NINC, *map(str, arguments)], cwd=self.folder, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def write(self, text, name="model.nin"):
        path = self.folder / name
        path.write_text(text)
        return path

    def files(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("cache", "data"))


def take_command():
    """The path of ninc, which is a test program's first argument."""
    global NINC
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    return NINC
