"""What the tests of `ninc tune` share: a small model, a database, and the command in a folder of its own. Times are never
looked at: only that what was measured is kept and used. Nor is anything expected of so many seconds: sessions end after
so many candidates, or when they are told to.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

SMALL = """model small
weights random seed 3
image = input f32[4, 16, 16]
stage = mlpconv image [conv 3x3 pad 1 -> 32, 24]
pooled = max_pool stage 3x3 stride 2 ceil
maps = mlpconv pooled [conv 3x3 pad 1 -> 24, 10]
prob = softmax (global_avg_pool maps)
output prob
"""


def soon():
    """A date that no record of this run is newer than."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


class TuneTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache"),
                                XDG_DATA_HOME=str(self.folder / "data"))
        self.model = self.folder / "small.nin"
        self.model.write_text(SMALL)
        self.db = self.folder / "db.jsonl"

    def ninc(self, *arguments, expect=0, **options):
        done = subprocess.run([ninc(), *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                              env=self.environment, timeout=300, **options)
        self.assertEqual(done.returncode, expect, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *arguments):
        return subprocess.Popen([ninc(), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, cwd=self.folder, env=self.environment)

    def tune(self, *arguments, candidates=4):
        return json.loads(self.ninc("tune", self.model, "--db", self.db, "--candidates", candidates, "--json",
                                    *arguments).stdout)

    @staticmethod
    def records(path, kind=None):
        """The records of a database; every line must be one."""
        if not path.exists():
            return []
        found = [json.loads(line) for line in path.read_text().splitlines()]
        return [record for record in found if kind in (None, record["record"])]

    def wait_for_records(self, process, path, count):
        while not path.exists() or path.read_bytes().count(b"\n") < count:
            self.assertIsNone(process.poll(), f"it ended before there were {count} records")
            time.sleep(0.02)

    def any_verdict(self, kernel):
        """A record that makes compiles take another schedule for a kernel of the model, as if it had been tuned:
        the last legal one that was measured."""
        measured = [record for record in self.records(self.db, "measurement")
                    if record["outcome"] == "ok" and record["kernel"].startswith(kernel)]
        default = measured[0]["schedule"]
        other = [record for record in measured if record["schedule"] != default][-1]
        verdict = {key: other[key] for key in ("spec", "cpu", "threads", "schedules", "kernel", "schedule")}
        return dict(verdict, record="verdict", version=1, speedup=1.5, checked="kernel", model="",
                    date=soon())


def ninc():
    """The command under test: the script's only argument."""
    return str(pathlib.Path(sys.argv[1]).resolve())


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
