#!/usr/bin/env python3
"""ninc where little is as it should be: caches of other users, read-only, full or without execution, no /proc,
no place for temporary files (docs/cache.md).

    surroundings_test.py NINC        (run by ctest)

Each case has a mount namespace of its own, so nothing outside it changes. That takes root; without it this
says so and ends with 77, which ctest counts as skipped.
"""

import json
import os
import pathlib
import pwd
import subprocess
import sys
import tempfile
import unittest

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

NINC = None
OTHER = 65534 # some user, not this one
MODEL = """model small
weights random seed 3
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""
NO_PROC = "mount -t tmpfs none /proc"


def in_namespace(script, command, **options):
    """The command where the script's mounts are; they are gone when it ends."""
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{script}\nexec "$@"',
                           "sh", *map(str, command)], capture_output=True, text=True, timeout=300, **options)


def missing():
    """Why these tests can't be run here; empty if they can."""
    if os.geteuid() != 0:
        return "only root may mount"
    try:
        done = in_namespace("mount -t tmpfs none /mnt", ["true"])
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else f"mounting isn't permitted here: {done.stderr.strip()}"


class SurroundingsTest(unittest.TestCase):
    def setUp(self):
        # Not in /tmp, which some cases take away.
        folder = tempfile.TemporaryDirectory(dir=pathlib.Path(NINC).parent)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(folder.name))
        self.cache = self.folder / "cache" / "ninc"
        self.cache.mkdir(parents=True, mode=0o700)
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache"),
                                XDG_DATA_HOME=str(self.folder / "data"), HOME=str(self.folder))
        self.environment.pop("TMPDIR", None)
        (self.folder / "small.nin").write_text(MODEL)
        np.save(self.folder / "x.npy", np.arange(72, dtype=np.float32).reshape(2, 6, 6) / 72)

    def ninc(self, script, *arguments, expect=0):
        done = in_namespace(script, [NINC, *arguments], cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, expect, f"ninc {arguments}\n{done.stdout}{done.stderr}")
        return done

    def run_model(self, script="", says=None):
        """Runs, whatever there is; says at most that it compiles and one thing more."""
        done = self.ninc(script, "run", "small.nin", "--input", "image=x.npy", "--output", "prob=y.npy")
        result = np.load(self.folder / "y.npy")
        self.assertAlmostEqual(float(result.sum()), 1, places=5)
        (self.folder / "y.npy").unlink()
        self.assertLessEqual(done.stderr.count("\n"), 2, done.stderr)
        if says is not None:
            self.assertRegex(done.stderr, says)
        return done.stderr


class CacheOfOthers(SurroundingsTest):
    def test_is_not_used(self):
        self.run_model()
        os.chown(self.cache, OTHER, OTHER)
        self.run_model(says=f"without a cache: '{self.cache}' belongs to another user; XDG_CACHE_HOME names")
        os.chown(self.cache, 0, 0)
        os.chown(self.cache.parent, OTHER, OTHER)
        self.run_model(says=f"without a cache: '{self.cache.parent}' belongs to another user")
        os.chown(self.cache.parent, 0, 0)
        self.assertEqual(self.run_model(), "")

    def test_an_entry_of_others_is_made_anew(self):
        self.run_model()
        [entry] = self.cache.glob("*.so")
        os.chown(entry, OTHER, OTHER)
        self.run_model(says="^ninc: compiling .* into the cache\n$")
        self.assertEqual(entry.stat().st_uid, 0)

    def test_without_a_home_it_is_not_in_the_temporary_folder(self):
        home = pwd.getpwuid(0).pw_dir
        for variable in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            self.environment.pop(variable)
        for value in (None, "", "relative"):
            if value is not None:
                self.environment["HOME"] = value
            with self.subTest(HOME=value):
                # A stranger's folder under the name that once was guessed, and root's own home in memory.
                script = (f"mount -t tmpfs none '{home}'; mount -t tmpfs -o mode=1777 none /tmp\n"
                          f"mkdir -m 777 -p /tmp/ninc-cache-0/ninc; chown -R {OTHER} /tmp/ninc-cache-0")
                check = f'"{NINC}" run small.nin --input image=x.npy && ls -A "{home}/.cache/ninc" && ls -A /tmp/ninc-cache-0/ninc'
                done = in_namespace(script, ["sh", "-c", check], cwd=self.folder, env=self.environment)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout.count(".so"), 1, done.stdout)

    def test_another_users_lock_does_not_hold_a_tuning(self):
        guessed = ";".join(f"(flock -x 9; sleep 1000) 9>/tmp/ninc-measuring-0-cpu{cpu} & echo $! >>pids"
                           for cpu in range(os.cpu_count()))
        script = (f"mount -t tmpfs -o mode=1777 none /tmp; cd /tmp\n"
                  f"setpriv --reuid {OTHER} --clear-groups sh -c '{guessed}'; cd '{self.folder}'")
        command = f'"{NINC}" tune small.nin --db db --candidates 1; code=$?; kill $(cat /tmp/pids); exit $code'
        done = in_namespace(script, ["sh", "-c", command], cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)


class PoorCache(SurroundingsTest):
    def test_a_read_only_one_still_gives_what_it_has(self):
        read_only = f"mount --bind '{self.cache}' '{self.cache}'; mount -o remount,bind,ro '{self.cache}'"
        self.run_model(read_only, says="isn't kept in the cache.*: Read-only file system; XDG_CACHE_HOME names")
        self.run_model()
        self.assertEqual(self.run_model(read_only), "")

    def test_one_that_cannot_be_made_is_done_without(self):
        self.run_model(f"mount -t tmpfs -o ro none '{self.cache.parent}'",
                       says="without a cache: .* can't be made: Read-only file system; XDG_CACHE_HOME names")

    def test_a_full_one_is_done_without(self):
        self.run_model(f"mount -t tmpfs -o mode=700,size=8k none '{self.cache}'",
                       says="isn't kept in the cache.*: No space left on device; XDG_CACHE_HOME names")
        self.run_model(f"mount -t tmpfs -o mode=700,nr_inodes=1 none '{self.cache}'",
                       says="isn't kept in the cache.*: No space left on device")

    def test_one_without_execution_runs_from_memory(self):
        mount = f"mount -t tmpfs -o mode=700,noexec none '{self.cache}'"
        twice = f'"{NINC}" run small.nin --input image=x.npy'
        done = in_namespace(mount, ["sh", "-ec", f"{twice}; {twice}"], cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("prob: top"), 2)
        self.assertEqual(done.stderr.count("compiling"), 1, done.stderr)
        self.assertEqual(done.stderr.count("mount with noexec"), 1, done.stderr)


class PoorSystem(SurroundingsTest):
    def test_without_proc_everything_works(self):
        self.run_model(NO_PROC)
        self.assertEqual(self.run_model(NO_PROC), "")
        self.assertEqual(self.run_model(), "", "another key without /proc")
        self.ninc(NO_PROC, "small.nin", "-o", "small.so")
        self.ninc(NO_PROC, "run", "small.so", "--input", "image=x.npy")
        self.assertIn("agree", self.ninc(NO_PROC, "verify", "small.nin").stdout)
        self.ninc(NO_PROC, "bench", "small.nin", "--seconds", "0.01")
        self.ninc(NO_PROC, "tune", "small.nin", "--db", "db", "--candidates", "1")
        self.ninc(NO_PROC, "tune", "--merge", "db", "--db", "other")
        self.ninc(NO_PROC, "show", "small.nin")
        self.ninc(NO_PROC, "devices")

    def test_without_proc_nothing_is_left_behind(self):
        script = f"{NO_PROC}; mount -t tmpfs -o mode=1777 none /tmp; mount -t tmpfs none /dev/shm"
        done = in_namespace(script, ["sh", "-ec", f'"{NINC}" verify small.nin >/dev/null; ls -A /tmp /dev/shm'],
                            cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("ninc", done.stdout)

    def test_without_proc_code_runs_where_it_may(self):
        script = (f"{NO_PROC}; mount -t tmpfs -o mode=1777,noexec none /tmp; mount -t tmpfs none /dev/shm\n"
                  f"mount -t tmpfs -o mode=700,noexec none '{self.cache}'")
        self.run_model(script)

    def test_a_temporary_folder_that_is_full_or_read_only_is_done_without(self):
        for options in ("ro", "size=16k", "nr_inodes=1"):
            with self.subTest(options=options):
                self.run_model(f"mount -t tmpfs -o {options} none /tmp; "
                               f"mount -t tmpfs -o ro none '{self.cache.parent}'")

    def test_with_no_place_at_all_it_says_so(self):
        script = "; ".join(f"mount -t tmpfs -o ro none {place}" for place in ("/tmp", "/dev/shm", "/var/tmp"))
        self.assertRegex(self.ninc(script, "small.nin", "-o", "small.so", expect=1).stderr,
                         r"^ninc: error: cannot make a temporary folder in '/tmp': Read-only file system; set TMPDIR")
        done = self.ninc(f"{NO_PROC}; {script}", "verify", "small.nin", expect=1)
        self.assertIn("ninc: error: there is no /proc", done.stderr)

    def test_root_may_have_no_number(self):
        # In this user's namespace / and /tmp belong to somebody without a name, as under bubblewrap.
        mine = self.folder / "mine"
        mine.mkdir()
        os.chown(mine, OTHER - 1, OTHER - 1)
        command = ["setpriv", "--reuid", str(OTHER - 1), "--regid", str(OTHER - 1), "--clear-groups", "unshare", "--user",
                   "--map-root-user", NINC, "run", self.folder / "small.nin", "--input", f"image={self.folder}/x.npy"]
        os.chmod(self.folder, 0o755)
        environment = dict(self.environment, HOME=str(mine), XDG_CACHE_HOME=str(mine / "cache"))
        if subprocess.run([*command[:10], "--version"], capture_output=True).returncode != 0:
            self.skipTest("users may make no namespaces here")
        for said in ("compiling .* into the cache\n$", "^$"):
            done = subprocess.run(command, cwd=mine, env=environment, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, said)

    def test_proc_of_another_namespace_is_no_trap(self):
        # The processes of this namespace have other numbers in the /proc that is mounted.
        done = subprocess.run(["unshare", "--pid", "--fork", "--mount", NINC, "tune", "small.nin", "--db", "db",
                               "--candidates", "1"], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        records = [json.loads(line) for line in (self.folder / "db").read_text().splitlines()]
        self.assertTrue(records)
        self.assertEqual({record["outcome"] for record in records if "outcome" in record}, {"ok"})


if __name__ == "__main__":
    NINC = os.path.abspath(sys.argv.pop(1))
    if reason := missing():
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
