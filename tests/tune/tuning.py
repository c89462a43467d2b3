"""What the tests of `ninc tune` share: a small model, a database, and the command in a folder of its own. Times are never
looked at: only that what was measured is kept and used. Nor is anything expected of so many seconds: sessions end after
so many candidates, or when they are told to.
"""

import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from command import CliTest, take_command  # noqa: E402, F401

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


class TuneTest(CliTest):
    def setUp(self):
        super().setUp()
        self.model = self.write(SMALL, "small.nin")
        self.db = self.folder / "db.jsonl"

    def start(self, *arguments):
        return super().start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)

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
