#!/usr/bin/env python3
"""Where `ninc run` keeps what it compiled, what it takes from there, and files that would be waited for for ever
(docs/cache.md). What needs mounts or another user is in surroundings_test.py.

    cache_test.py NINC        (run by ctest)
"""

import json
import os
import stat
import subprocess
import unittest

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import save_file

from command import CommandTest, take_command

NINC = None
MODEL = """model {name}
weights random seed {seed}
image = input f32[2, 6, 6]
prob = softmax (global_avg_pool (conv2d image 3x3 pad 1 -> 4))
output prob
"""
COMPILING = "into the cache"


class CacheTest(CommandTest):
    timeout = 120

    def setUp(self):
        super().setUp()
        self.environment["HOME"] = str(self.folder / "home")
        self.cache = self.folder / "cache" / "ninc"
        self.model = self.write(MODEL.format(name="small", seed=3), "small.nin")
        np.save(self.folder / "x.npy", np.arange(72, dtype=np.float32).reshape(2, 6, 6) / 72)

    def write(self, text, name):
        path = self.folder / name
        path.write_text(text)
        return path

    def run_model(self, model=None, **options):
        """What is said on stderr; the result must be there whatever that is."""
        done = self.ninc("run", model or self.model, "--input", "image=x.npy", **options)
        self.assertIn("prob: top", done.stdout)
        return done.stderr

    def entry(self):
        entries = list(self.cache.glob("*.so"))
        self.assertEqual(len(entries), 1)
        return entries[0]


class Folder(CacheTest):
    def test_the_second_run_says_nothing(self):
        self.assertIn(COMPILING, self.run_model())
        self.assertEqual(self.run_model(), "")

    def test_is_made_for_its_user_alone_whatever_the_mask(self):
        for mask in (0, 0o022, 0o777):
            with self.subTest(mask=oct(mask)):
                self.environment["XDG_CACHE_HOME"] = str(self.folder / f"cache{mask}")
                self.cache = self.folder / f"cache{mask}" / "ninc"
                self.run_model(umask=mask)
                self.assertEqual(stat.S_IMODE(self.cache.stat().st_mode), 0o700)
                self.assertEqual(stat.S_IMODE(self.entry().stat().st_mode), 0o600)
                self.assertEqual(self.run_model(), "")

    def test_holds_nothing_but_the_library(self):
        self.run_model()
        self.assertEqual(len(list(self.cache.iterdir())), 1)

    def test_a_relative_variable_does_not_count(self):
        self.environment["XDG_CACHE_HOME"] = "cache"
        self.run_model()
        self.assertFalse((self.folder / "cache").exists())
        self.assertEqual(len(list((self.folder / "home/.cache/ninc").glob("*.so"))), 1)

    def test_one_that_others_can_write_to_is_not_used(self):
        self.run_model()
        self.cache.chmod(0o777)
        said = self.run_model()
        self.assertIn(f"without a cache: '{self.cache}' can be written to by other users (chmod go-w)", said)
        self.assertEqual(said.count("\n"), 1)
        self.assertIn("without a cache", self.run_model())
        self.cache.chmod(0o700)
        self.assertEqual(self.run_model(), "")

    def test_one_that_others_can_exchange_is_not_used(self):
        self.run_model()
        self.cache.parent.chmod(0o777)
        self.assertIn(f"without a cache: '{self.cache.parent}' can be written to", self.run_model())

    def test_may_be_a_link_to_a_folder_of_ones_own(self):
        (self.folder / "elsewhere").mkdir(mode=0o700)
        self.cache.parent.mkdir()
        self.cache.symlink_to(self.folder / "elsewhere")
        self.run_model()
        self.assertEqual(len(list((self.folder / "elsewhere").glob("*.so"))), 1)
        self.assertEqual(self.run_model(), "")

    def test_what_is_no_folder_is_done_without(self):
        self.write("", "cache")
        self.assertIn("without a cache", self.run_model())
        (self.folder / "cache").unlink()
        (self.folder / "cache").symlink_to("nowhere/at/all")
        self.assertIn("without a cache", self.run_model())

    def test_bench_uses_it_too(self):
        self.assertIn(COMPILING, self.ninc("bench", self.model, "--seconds", "0.01").stderr)
        self.assertEqual(self.ninc("bench", self.model, "--seconds", "0.01").stderr, "")
        self.cache.chmod(0o777)
        self.assertIn("without a cache", self.ninc("bench", self.model, "--seconds", "0.01").stderr)


class Entries(CacheTest):
    def spoil(self, how):
        """Replaces the entry by something else; runs that find it work, and the next one finds a good entry."""
        self.run_model()
        entry = self.entry()
        kept = entry.read_bytes()
        how(entry, kept)
        self.assertIn(COMPILING, self.run_model())
        self.assertEqual(self.run_model(), "")
        self.assertEqual(entry.read_bytes(), kept)
        self.assertFalse(entry.is_symlink())

    @staticmethod
    def put(entry, content):
        entry.unlink()
        entry.write_bytes(content)
        entry.chmod(0o600)

    def test_a_damaged_one_is_made_anew(self):
        def flip(place):
            def flipped(entry, kept):
                at = place % len(kept)
                self.put(entry, kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1:])
            return flipped
        for place in (0, 4000, -100, -20, -1):
            with self.subTest(place=place):
                self.spoil(flip(place))

    def test_a_cut_or_an_empty_one_is_made_anew(self):
        for keep in (0, 1, 70, 4096, -1):
            with self.subTest(keep=keep):
                self.spoil(lambda entry, kept, keep=keep: self.put(entry, kept[:keep]))

    def test_a_library_that_was_not_kept_there_is_not_opened(self):
        self.ninc(self.model, "-o", "built.so") # what earlier versions left, or somebody put there
        self.spoil(lambda entry, kept: self.put(entry, (self.folder / "built.so").read_bytes()))

    def test_another_models_entry_is_not_this_ones(self):
        other = self.write(MODEL.format(name="small", seed=4), "other.nin")
        self.run_model(other)
        theirs = self.entry().read_bytes()
        self.entry().unlink()
        self.spoil(lambda entry, kept: self.put(entry, theirs))

    def test_one_that_others_can_write_to_is_made_anew(self):
        self.spoil(lambda entry, kept: entry.chmod(0o666))

    def test_what_is_no_file_gives_way(self):
        target = self.write("stays", "target")

        def link(entry, kept):
            entry.unlink()
            entry.symlink_to(target)

        def dangling(entry, kept):
            entry.unlink()
            entry.symlink_to(self.folder / "nowhere")

        def fifo(entry, kept):
            entry.unlink()
            os.mkfifo(entry)

        def folder(entry, kept):
            entry.unlink()
            entry.mkdir()

        def link_to_the_same_bytes(entry, kept):
            (self.folder / "copy").write_bytes(kept)
            entry.unlink()
            entry.symlink_to(self.folder / "copy")

        for how in (link, dangling, fifo, folder, link_to_the_same_bytes):
            with self.subTest(how=how.__name__):
                self.spoil(how)
        self.assertEqual(target.read_text(), "stays")
        self.assertFalse((self.folder / "nowhere").exists())

    def test_a_folder_with_something_in_it_stays_and_is_done_without(self):
        self.run_model()
        entry = self.entry()
        entry.unlink()
        (entry / "something").mkdir(parents=True)
        for _ in range(2):
            self.assertIn("isn't kept in the cache", self.run_model())
        self.assertTrue((entry / "something").exists())

    def test_a_long_name_is_no_obstacle(self):
        model = self.write(MODEL.format(name="m" * 300, seed=3), "long.nin")
        self.assertNotIn("isn't kept", self.run_model(model))
        self.assertEqual(self.run_model(model), "")


class Waiting(CacheTest):
    """A FIFO that nobody writes to: each of these once waited for ever."""

    def setUp(self):
        super().setUp()
        os.mkfifo(self.folder / "fifo")
        os.mkfifo(self.folder / "fifo.nin")
        os.mkfifo(self.folder / "fifo.so")

    def refused(self, *arguments, **options):
        said = self.ninc(*arguments, expect=1, **options).stderr
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def test_a_model_is_refused(self):
        for command in ((), ("show",), ("verify",), ("bench",), ("run",), ("tune",)):
            options = ("-o", "out.so") if not command else ()
            with self.subTest(command=command):
                self.assertIn("'fifo.nin': it is a FIFO", self.refused(*command, "fifo.nin", *options))

    def test_a_library_is_refused(self):
        self.assertIn("fifo.so", self.refused("run", "fifo.so"))
        self.assertIn("fifo.so", self.refused("verify", self.model, "fifo.so"))

    def test_an_input_is_refused(self):
        os.mkfifo(self.folder / "fifo.npy")
        for name in ("fifo", "fifo.npy"):
            for reader in (("run", self.model), ("verify", self.model)):
                said = self.ninc(*reader, "--input", f"image={name}", expect=1).stderr
                self.assertIn(f"cannot read '{name}': it is a FIFO", said)

    def test_weights_are_refused(self):
        model = self.write(MODEL.format(name="w", seed=3).replace("weights random seed 3", 'weights "fifo"'), "w.nin")
        self.assertIn("it is a FIFO", self.ninc(model, "-o", "w.so", expect=1).stderr)

    def test_a_schedule_file_is_refused(self):
        self.assertIn("'fifo': it is a FIFO", self.refused(self.model, "-o", "s.so", "--schedule", "fifo"))
        self.assertIn("'fifo': it is a FIFO",
                      self.ninc("bench", self.model, "--schedule", "fifo", expect=1).stderr)

    def test_a_database_is_not_used(self):
        said = self.ninc(self.model, "-o", "s.so", "--db", "fifo").stderr
        self.assertIn("'fifo': it is a FIFO", said)
        self.refused("tune", self.model, "--db", "fifo")
        self.refused("tune", "--list", "--db", "fifo")
        self.refused("tune", "--prune", "--db", "fifo")
        self.refused("tune", "--merge", "fifo", "--db", "new")
        (self.folder / "data/ninc").mkdir(parents=True)
        os.mkfifo(self.folder / "data/ninc/schedules.jsonl")
        self.assertIn("it is a FIFO", self.ninc(self.model, "-o", "s.so").stderr)

    def test_pipes_that_are_meant_are_read(self):
        shell = (f'"{NINC}" run small.nin --input image=<(cat x.npy) --output prob=y.npy && '
                 f'"{NINC}" small.nin -o small.so --schedule <(true) --db <(true) && '
                 f'cat x.npy | "{NINC}" run small.nin --input image=/dev/stdin')
        done = subprocess.run(["bash", "-c", shell], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("prob: top", done.stdout)
        self.assertEqual(np.load(self.folder / "y.npy").shape, (4,))

    def test_schedules_through_a_pipe_count(self):
        line = "prob: direct tiles 1x1 block 1 unroll 1 parallel"
        shell = f'"{NINC}" bench small.nin --json --seconds 0.01 --schedule <(echo "{line}")'
        for _ in range(2):
            done = subprocess.run(["bash", "-c", shell], cwd=self.folder, env=self.environment, capture_output=True,
                                  text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("can be read only once", done.stderr)
            self.assertIn(line.split(": ")[1], done.stdout)

    def test_databases_through_a_pipe_are_merged(self):
        record = {"record": "verdict", "version": 1, "spec": "054dda69512e4976", "cpu": "some", "threads": 1,
                  "schedules": 1, "kernel": "conv", "schedule": "direct", "speedup": 2, "checked": "kernel",
                  "model": "", "date": "2026-01-01T00:00:00Z"}
        self.write(json.dumps(record) + "\n", "one")
        self.assertIn("1 record added", self.ninc("tune", "--merge", "one", "--db", "from_file").stdout)
        for shell in (f'"{NINC}" tune --merge <(cat one) --db from_fd', f'cat one | "{NINC}" tune --merge /dev/stdin --db from_stdin'):
            done = subprocess.run(["bash", "-c", shell], cwd=self.folder, env=self.environment, capture_output=True,
                                  text=True, timeout=120)
            self.assertIn("1 record added", done.stdout, shell + done.stderr)

    def test_weights_may_come_through_a_pipe(self):
        save_file({"c.weight": np.ones((4, 2, 1, 1), np.float32), "c.bias": np.ones(4, np.float32)},
                  str(self.folder / "w.safetensors"))
        self.write('model w\nweights "/dev/stdin"\nx = input f32[2, 6, 6]\nc = conv2d x 1x1 -> 4\noutput c\n', "w.nin")
        with open(self.folder / "w.safetensors", "rb") as weights:
            done = subprocess.run([NINC, "w.nin", "-o", "w.so"], cwd=self.folder, env=self.environment,
                                  input=weights.read(), capture_output=True, timeout=120) # input: through a pipe
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    NINC = take_command()
    unittest.main(verbosity=2)
