#!/usr/bin/env python3
"""What tuning has found, in use: by compiles, by those who merge and prune it, and by tunings that are spread over
processes.

    database_test.py NINC        (run by ctest)
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from tuning import TuneTest, soon, take_command
import command  # whose folder tuning has added

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "tune"


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
                           NINC=command.NINC, DATABASE=str(self.db))
        done = subprocess.run([EXAMPLES / "mpi.sh", "2", self.model, "--candidates", "1"], capture_output=True,
                              text=True, cwd=self.folder, env=environment, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({record["kernel"].split(" ")[0] for record in self.records(self.db, "measurement")},
                         {"mlpconv", "max_pool"})

    def test_the_slurm_example_as_a_task_of_an_array(self):
        """Without Slurm: the script's own work, with the variables that Slurm sets for two tasks."""
        for task in range(2):
            environment = dict(self.environment, NINC=command.NINC, RESULTS=str(self.folder / "results"),
                               SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_MIN="0",
                               SLURM_ARRAY_TASK_COUNT="2")
            done = subprocess.run(["bash", EXAMPLES / "slurm.sh", self.model, "--candidates", "1"],
                                  capture_output=True, text=True, cwd=self.folder, env=environment, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.ninc("tune", "--merge", *sorted((self.folder / "results").glob("*.jsonl")), "--db", self.db)
        self.assertEqual(len({record["spec"] for record in self.records(self.db, "measurement")}), 3)


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
