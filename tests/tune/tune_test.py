#!/usr/bin/env python3
"""`ninc tune` as its users meet it: what it keeps, what it survives, how later compiles use it, and how a tuning
is spread over processes and machines. Times are never looked at: only that what was measured is kept and used. Nor is
anything expected of so many seconds: sessions end after so many candidates, or when they are told to.

    tune_test.py NINC        (run by ctest)
"""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "tune"

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
        done = subprocess.run([NINC, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                              env=self.environment, timeout=300, **options)
        self.assertEqual(done.returncode, expect, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *arguments):
        return subprocess.Popen([NINC, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
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


class Tuning(TuneTest):
    def test_says_what_it_found_for_every_kernel(self):
        summary = self.tune("--report", "report.html")
        self.assertEqual([kernel["name"] for kernel in summary["kernels"]], ["stage", "pooled", "prob"])
        for kernel in summary["kernels"]:
            self.assertGreater(kernel["default_ms"], 0)
            self.assertLessEqual(kernel["tuned_ms"], kernel["default_ms"])
        # The default and four more; a pool has few schedules.
        self.assertEqual([kernel["candidates"] for kernel in summary["kernels"]][::2], [5, 5])
        self.assertEqual([model["name"] for model in summary["models"]], ["small"])
        self.assertIn("<svg", (self.folder / "report.html").read_text())
        table = self.ninc("tune", self.model, "--db", self.db, "--candidates", "1").stdout
        self.assertRegex(table, r"stage +\d+\.\d+ +\d+\.\d+ +\d+\.\d\dx")
        self.assertIn("run the same again to go on", table)

    def test_ends_with_its_budget(self):
        done = self.ninc("tune", self.model, "--db", self.db, "--budget", "1s")
        self.assertIn("run the same again to go on", done.stdout)

    def test_records_what_was_measured_with_its_key(self):
        self.tune()
        measurements = self.records(self.db, "measurement")
        self.assertGreater(len(measurements), 3)
        for record in measurements:
            self.assertRegex(record["spec"], r"^[0-9a-f]{16}$")
            self.assertEqual(record["threads"], 1)
            self.assertEqual(record["outcome"], "ok", record)
            self.assertGreater(record["seconds"], 0)
        schedules = [(record["spec"], record["schedule"]) for record in measurements]
        self.assertEqual(len(set(schedules)), len(schedules), "measured twice")
        self.assertTrue(self.records(self.db, "verdict"))

    def test_goes_on_where_it_stopped(self):
        first = self.tune()
        before = self.records(self.db, "measurement")
        second = self.tune()
        after = self.records(self.db, "measurement")
        self.assertGreaterEqual(sum(kernel["candidates"] for kernel in second["kernels"]),
                                sum(kernel["candidates"] for kernel in first["kernels"]))
        new = {(record["spec"], record["schedule"]) for record in after[len(before):]}
        old = {(record["spec"], record["schedule"]) for record in before}
        # Only the default and the best three are measured again, to compare with.
        self.assertLessEqual(len(new & old), 4 * len(second["kernels"]))
        self.assertTrue(new - old, "nothing new was tried")

    def test_ctrl_c_keeps_what_was_found_and_sums_up(self):
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.wait_for_records(process, self.db, 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("run the same again to go on", out)
        self.assertRegex(out, r"stage +\d")
        self.assertGreaterEqual(len(self.records(self.db, "measurement")), 5)

    def test_prints_plain_lines_where_there_is_no_terminal(self):
        done = self.ninc("tune", self.model, "--db", self.db, "--candidates", "1")
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_works_with_two_threads_and_exact_sums(self):
        self.tune("--threads", "2", "--exact", candidates=2)
        measurements = self.records(self.db, "measurement")
        self.assertTrue(measurements)
        for record in measurements:
            self.assertEqual(record["threads"], 2)
            self.assertNotIn("winograd", record["schedule"])

    def test_refuses_wrong_command_lines(self):
        for arguments, message in [
                ((), "give models to tune, or one of"),
                ((self.model, "--list"), "give models to tune, or one of"),
                ((self.model, "--budget", "soon"), "--budget"),
                ((self.model, "--shard", "3/3"), "--shard: '3/3' isn't I/N"),
                ((self.model, "--shard", "-1/3"), "--shard"),
                ((self.model, "--shard", "1/3x"), "--shard"),
                ((self.model, "--candidates", "0"), "--candidates"),
                (("--list", "--candidates", "3"), "no model is given"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.ninc("tune", *arguments, "--db", self.db, expect=2).stderr)

    def test_refuses_what_cant_be_tuned(self):
        self.assertIn("--bundle DIR", self.ninc("tune", self.model, "--target", "aarch64", "--db", self.db,
                                                expect=1).stderr)
        self.ninc("tune", "missing.nin", "--db", self.db, expect=1)
        self.assertIn("nowhere", self.ninc("tune", self.model, "--db", "/proc/nowhere/db", expect=1).stderr)


class Judging(TuneTest):
    def newest_verdicts(self):
        listed = json.loads(self.ninc("tune", "--list", "--db", self.db, "--json").stdout)["verdicts"]
        return {verdict["spec"]: verdict["schedule"] for verdict in listed}

    def test_an_earlier_verdict_survives_a_session_that_is_stopped_at_once(self):
        self.tune()
        verdict = dict(self.any_verdict("mlpconv [conv 3x3 pad 1 -> 32, 24]"), date="2026-01-01T00:00:00Z")
        # Measurements as they are, and one verdict, found long ago.
        with self.db.open("w") as file:
            for record in [*self.records(self.db, "measurement"), verdict]:
                file.write(json.dumps(record) + "\n")
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.assertTrue(process.stderr.readline(), "what it does first")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        self.assertEqual(self.newest_verdicts()[verdict["spec"]], verdict["schedule"])

    def test_models_that_share_a_kernel_agree_on_it(self):
        twin = self.folder / "twin.nin"
        twin.write_text(SMALL.replace("small", "twin").replace("24, 10]", "24, 12]"))
        done = self.ninc("tune", self.model, twin, "--db", self.db, "--candidates", "3", "--json")
        summary = json.loads(done.stdout)
        self.assertEqual([kernel["name"] for kernel in summary["kernels"]],
                         ["small.stage", "small.pooled", "small.prob", "twin.prob"])
        self.assertEqual([model["name"] for model in summary["models"]], ["small", "twin"])
        verdicts = self.newest_verdicts()
        self.assertEqual(len(verdicts), 4)
        # What the table says is what compiles will use.
        for kernel in summary["kernels"]:
            spec = next(record["spec"] for record in self.records(self.db) if record["kernel"] == kernel["kernel"])
            expected = kernel["tuned_schedule"]
            self.assertEqual(verdicts[spec],
                             "default" if expected == kernel["default_schedule"] else expected)

    def test_verdicts_are_recorded_when_models_have_judged_not_before(self):
        process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
        self.wait_for_records(process, self.db, 8)
        process.kill()
        process.communicate()
        self.assertEqual(self.records(self.db, "verdict"), [])


class Compiling(TuneTest):
    def schedules(self, *arguments):
        """The schedules of a compile, by kernel, and what it said."""
        done = self.ninc(self.model, "-o", "small.so", "--remarks", *arguments)
        found = dict(re.findall(r"'(\w+)' is computed by ([^:]+):", done.stderr))
        return found, done.stderr

    def test_uses_what_tuning_has_found(self):
        self.tune()
        verdict = self.any_verdict("mlpconv [conv 3x3 pad 1 -> 32, 24]")
        with self.db.open("a") as file:
            file.write(json.dumps(verdict) + "\n")
        usual, _ = self.schedules()
        tuned, said = self.schedules("--db", self.db)
        self.assertNotEqual(usual["stage"], tuned["stage"])
        self.assertEqual(tuned["stage"], verdict["schedule"])
        self.assertIn("tuned (1.50 times the default's speed", said)
        # Other threads, exact sums and no database: the cost model's.
        for arguments in (("--db", self.db, "--threads", "2"), ("--db", self.db, "--exact"), ("--no-db",)):
            self.assertNotEqual(self.schedules(*arguments)[0]["stage"], verdict["schedule"], arguments)
        # The user's own database is found without being named, by all commands.
        usual_place = self.folder / "data" / "ninc" / "schedules.jsonl"
        usual_place.parent.mkdir(parents=True)
        shutil.copy(self.db, usual_place)
        self.assertEqual(self.schedules()[0]["stage"], verdict["schedule"])
        bench = json.loads(self.ninc("bench", self.model, "--seconds", "0.1", "--json").stdout)
        self.assertEqual(bench["kernels"][0]["schedule"], verdict["schedule"])
        self.ninc("verify", self.model)

    def test_a_schedule_file_goes_before_the_database(self):
        (self.folder / "schedules").write_text("stage: direct tiles 1x4,1x4 block 16 unroll 1 parallel\n"
                                               "pooled: vector 4, tasks 2\n")
        found, _ = self.schedules("--db", self.db, "--schedule", "schedules")
        self.assertEqual(found["stage"], "direct tiles 1x4,1x4 block 16 unroll 1 parallel")
        self.assertEqual(found["pooled"], "vector 4, tasks 2")

    def test_ignores_records_of_others_with_one_remark(self):
        self.tune()
        foreign = []
        for record in self.records(self.db, "measurement"):
            verdict = {key: record[key] for key in ("spec", "threads", "schedules", "kernel", "schedule")}
            foreign.append(dict(verdict, record="verdict", version=1, cpu="AuthenticAMD 25.33", speedup=2,
                                checked="kernel", model="", date=soon()))
        (self.folder / "foreign.jsonl").write_text("".join(json.dumps(line) + "\n" for line in foreign))
        usual, _ = self.schedules("--no-db")
        found, said = self.schedules("--db", "foreign.jsonl")
        self.assertEqual(found, usual)
        self.assertEqual(said.count("AuthenticAMD 25.33"), 1)
        self.assertIn("tuned (2.00", self.schedules("--db", "foreign.jsonl", "--cpu", "AuthenticAMD 25.33")[1])

    def test_goes_on_with_any_database(self):
        self.tune()
        good = self.db.read_bytes()
        line = json.dumps(self.any_verdict("mlpconv [conv 3x3 pad 1 -> 32, 24]")).encode()
        hostile = {
            "empty": b"",
            "binary": bytes(range(256)) * 64,
            "cut off": good[:-40],
            "zeros": b"\0" * 5000,
            "deep": b"[" * 60000 + b"\n",
            "long": b"x" * 1_000_000,
            "no schedule": re.sub(rb'"schedule": "[^"]*"', b'"schedule": "; rm -rf /"', line) + b"\n",
            "huge block": re.sub(rb"block \d+", b"block 2147483647", line) + b"\n",
            "huge loop": re.sub(rb'"schedule": "[^"]*"', b'"schedule": "vector 1073741824, tasks 2147483647"',
                                line) + b"\n",
            "huge tile": re.sub(rb"tiles \d+x", b"tiles 65536x", line) + b"\n",
            "escape codes": line.replace(b"mlpconv", b"\\u001b[31mred", 1) + b"\n",
            "numbers": line.replace(b"1.5", b"1e999") + b"\n",
        }
        usual, _ = self.schedules("--no-db")
        for name, content in hostile.items():
            with self.subTest(name):
                (self.folder / "hostile.jsonl").write_bytes(content)
                found, said = self.schedules("--db", "hostile.jsonl")
                self.assertNotIn("\x1b", said)
                if name not in ("cut off", "escape codes"):
                    self.assertEqual(found, usual)
                if name not in ("empty", "escape codes"):
                    self.assertIn("hostile.jsonl", said)
        self.assertIn("there is no database", self.schedules("--db", "absent.jsonl")[1])
        self.assertIn("ninc: warning:", self.schedules("--db", self.folder)[1])


class Surviving(TuneTest):
    def test_being_killed_at_any_moment(self):
        """20 times kill -9: the database can be read, and nothing is lost that was there before."""
        chance = random.Random(5)
        known = []
        for _ in range(20):
            process = self.start("tune", self.model, "--db", self.db, "--budget", "10m")
            self.wait_for_records(process, self.db, len(known) + chance.randrange(3))
            time.sleep(chance.uniform(0, 0.4))  # any moment will do
            process.kill()
            process.communicate()
            lines = self.db.read_text().split("\n") if self.db.exists() else [""]
            whole = [json.loads(line) for line in lines[:-1]]
            self.assertEqual(whole[:len(known)], known, "a finished measurement is lost")
            known = whole
        self.assertGreater(len(known), 0)
        listed = self.ninc("tune", "--list", "--db", self.db)
        self.assertEqual(listed.stderr, "")
        leftover = [name for name in os.listdir("/proc") if name.isdigit() and self.belongs_to_us(name)]
        self.assertEqual(leftover, [], "processes are left behind")

    def belongs_to_us(self, process):
        """A process in this test's folder, or a runner, which inherits that."""
        try:
            return os.readlink(f"/proc/{process}/cwd") == str(self.folder) and int(process) != os.getpid()
        except OSError:
            return False

    def test_two_processes_that_tune_into_one_file(self):
        other = self.folder / "other.nin"
        other.write_text(SMALL.replace("32, 24", "40, 24").replace("small", "other"))
        processes = [self.start("tune", model, "--db", self.db, "--candidates", "3", "--json")
                     for model in (self.model, other)]
        for process in processes:
            out, err = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, err)
            recorded = [record for record in self.records(self.db, "measurement")]
            for kernel in json.loads(out)["kernels"]:
                count = sum(record["kernel"] == kernel["kernel"] for record in recorded)
                self.assertGreaterEqual(count, kernel["candidates"], kernel["name"])


class Managing(TuneTest):
    def test_lists_merges_and_prunes(self):
        self.tune()
        count = len(self.records(self.db))
        listed = json.loads(self.ninc("tune", "--list", "--db", self.db, "--json").stdout)
        self.assertEqual(len(listed["verdicts"]), 3)
        merged = self.folder / "merged.jsonl"
        done = self.ninc("tune", "--merge", self.db, self.db, "--db", merged)
        self.assertIn(f"{count} records added", done.stdout)
        self.assertIn("0 records added", self.ninc("tune", "--merge", self.db, "--db", merged).stdout)
        with merged.open("a") as file:
            file.write("rubbish\n" + json.dumps(dict(self.records(self.db)[0], schedules=0)) + "\n")
        self.ninc("tune", "--prune", "--db", merged)
        self.assertTrue(all(record["schedules"] != 0 for record in self.records(merged)))
        self.assertEqual(json.loads(self.ninc("tune", "--list", "--db", merged, "--json").stdout)["verdicts"],
                         listed["verdicts"])
        self.assertIn("there is no file", self.ninc("tune", "--merge", "absent", "--db", merged, expect=1).stderr)

    def test_shards_share_the_kernels_and_lose_none(self):
        whole = {kernel["kernel"] for kernel in self.tune(candidates=1)["kernels"]}
        parts = []
        for shard in range(2):
            done = self.ninc("tune", self.model, "--shard", f"{shard}/2", "--db", f"part{shard}.jsonl",
                             "--candidates", "1", "--json")
            parts.append({kernel["kernel"] for kernel in json.loads(done.stdout)["kernels"]})
        self.assertEqual(parts[0] | parts[1], whole)
        self.assertFalse(parts[0] & parts[1])

    @unittest.skipUnless(shutil.which("mpirun"), "mpirun isn't installed")
    def test_the_mpi_example_with_two_ranks(self):
        environment = dict(self.environment, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           NINC=NINC, DATABASE=str(self.db))
        done = subprocess.run([EXAMPLES / "mpi.sh", "2", self.model, "--candidates", "1"], capture_output=True,
                              text=True, cwd=self.folder, env=environment, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({record["kernel"].split(" ")[0] for record in self.records(self.db, "measurement")},
                         {"mlpconv", "max_pool"})

    def test_the_slurm_example_as_a_task_of_an_array(self):
        """Without Slurm: the script's own work, with the variables that Slurm sets for two tasks."""
        for task in range(2):
            environment = dict(self.environment, NINC=NINC, RESULTS=str(self.folder / "results"),
                               SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_MIN="0",
                               SLURM_ARRAY_TASK_COUNT="2")
            done = subprocess.run(["bash", EXAMPLES / "slurm.sh", self.model, "--candidates", "1"],
                                  capture_output=True, text=True, cwd=self.folder, env=environment, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.ninc("tune", "--merge", *sorted((self.folder / "results").glob("*.jsonl")), "--db", self.db)
        self.assertEqual(len({record["spec"] for record in self.records(self.db, "measurement")}), 3)


class Bundling(TuneTest):
    def bundle(self, target, emulator=()):
        done = self.ninc("tune", self.model, "--bundle", "board", "--target", target, "--candidates", "3")
        self.assertIn("candidates of 3 kernels", done.stdout)
        run = subprocess.run([self.folder / "board" / "run.sh", *emulator], capture_output=True, text=True,
                             timeout=280)
        self.assertEqual(run.returncode, 0, run.stderr)
        results = (self.folder / "board" / "results.jsonl").read_text().splitlines()
        self.assertEqual(len(results), len(list((self.folder / "board" / "jobs").iterdir())))
        for line in results:
            self.assertEqual(json.loads(line)["outcome"], "ok", line)
        # Once more measures nothing again.
        subprocess.run([self.folder / "board" / "run.sh", *emulator], check=True, capture_output=True, timeout=60)
        self.assertEqual((self.folder / "board" / "results.jsonl").read_text().splitlines(), results)
        self.ninc("tune", "--merge", "board/results.jsonl", "--db", self.db)
        measurements = self.records(self.db, "measurement")
        self.assertEqual(len(measurements), len(results))
        return measurements

    def test_for_this_kind_of_machine(self):
        measurements = self.bundle("host")
        # As if it had been tuned here: the same kernels and CPU.
        self.tune()
        here = {(record["spec"], record["cpu"]) for record in self.records(self.db, "measurement")}
        self.assertEqual({(record["spec"], record["cpu"]) for record in measurements}, here)

    def test_for_aarch64_run_by_an_emulator(self):
        emulator = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
        if not emulator or not shutil.which("aarch64-linux-gnu-gcc"):
            self.skipTest("no emulator or no cross compiler for aarch64")
        for record in self.bundle("aarch64", [emulator]):
            self.assertTrue(record["kernel"].endswith("@ aarch64"), record["kernel"])

    def test_refuses_a_folder_that_holds_something(self):
        (self.folder / "board").mkdir()
        (self.folder / "board" / "mine").write_text("precious")
        self.ninc("tune", self.model, "--bundle", "board", expect=1)
        self.assertEqual((self.folder / "board" / "mine").read_text(), "precious")


if __name__ == "__main__":
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
