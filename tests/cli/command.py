"""What tests of the command share: a folder of their own, with caches and databases in it, and ninc run there."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

NINC = None


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


def take_command():
    """The path of ninc, which is a test program's first argument."""
    global NINC
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    return NINC
