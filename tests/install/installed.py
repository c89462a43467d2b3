"""What tests of the installed compiler share: a tree that `cmake --install` made in a place with blanks and that was
moved to another one, and surroundings in which neither the build nor the sources are known."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
BUILD = None

DIGIT = "this is a 2 (93.2 %)"  # image 0 of examples/digits, whose label is 2 and ONNX Runtime's probability 0.93184


def take_build():
    """The build folder, which is a test program's first argument."""
    global BUILD
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    return BUILD


def run(*command, expect=0, cwd="/", environment=None, timeout=300):
    """What a command says, both streams together. Any of `expect` is a good code."""
    done = subprocess.run([*map(str, command)], capture_output=True, cwd=cwd, env=environment, timeout=timeout)
    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    good = expect if isinstance(expect, tuple) else (expect,)
    if done.returncode not in good:
        raise AssertionError(f"{command}: {done.returncode} instead of {expect}\n{said}")
    return said


class InstalledTest(unittest.TestCase):
    """`prefix` is the tree, made once for the class; `folder` is each test's own."""

    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="ninc-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        first = cls.place / "where it was put"
        run("cmake", "--install", BUILD, "--prefix", first)
        cls.prefix = cls.place / "where it is now" / "ninc moved"
        cls.prefix.parent.mkdir()
        first.rename(cls.prefix)
        cls.ninc = cls.prefix / "bin" / "ninc"

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ninc install ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # A user's own records would make his build another one.
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"}

    def do(self, *command, **options):
        return run(*command, **{"cwd": self.folder, "environment": self.environment, **options})
