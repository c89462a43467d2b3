#!/usr/bin/env python3
"""What commands write, and what they refuse to write over.

    outputs_test.py NINC        (run by ctest)

An output is never an input and never another output; a file is replaced only by what it looks like; links are
followed, and what isn't a plain file is written to as it is.
"""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import threading
import unittest

# A process with threads had better not fork, and nothing here multiplies matrices.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import save_file

from command import CommandTest, take_command

NINC = None

SMALL = """model small
weights "small.safetensors"
image = input f32[2, 6, 6]
stage = mlpconv image [conv 3x3 pad 1 -> 8, 4]
prob = softmax (global_avg_pool stage)
output prob
"""
RECORD = json.dumps({"record": "verdict", "version": 1, "spec": "0" * 16, "cpu": "x", "threads": 1, "schedules": 0,
                     "kernel": "k", "schedule": "s", "speedup": 2.0, "checked": "kernel", "model": "",
                     "date": "2026-01-01T00:00:00Z"}, separators=(",", ":")) + "\n"

# What writes a file at a path, by the kind of file it makes there.
WRITERS = {
    **{suffix: ["small.nin", "--emit", suffix, "-o"] for suffix in ("so", "a", "o", "h", "ll", "s", "dot", "nin")},
    "import": ["import", "small.nin", "-o"],
    "npy": ["run", "small.nin", "--reference", "--input", "x.npy", "--output"],
    "prune": ["tune", "--prune", "--db"],
    "merge": ["tune", "--merge", "records.jsonl", "--db"],
    "tune": ["tune", "small.nin", "--candidates", "1", "--db"],
    "report": ["tune", "small.nin", "--candidates", "1", "--db", "made.jsonl", "--report"],
}
SUFFIXES = {"import": ".nin", "npy": ".npy", "prune": ".jsonl", "merge": ".jsonl", "tune": ".jsonl", "report": ".html"}
SLOW = {"tune", "report"}

# What a user may have, and would miss.
VALUABLE = {
    "a model": SMALL.encode(), "notes": b"remember the milk\n", "a picture": b"\x89PNG\r\n\x1a\nrest",
    "a header": b"#pragma once\nint f(void);\n", "assembly": b"\t.file\t\"x.c\"\n\t.text\n",
    "JSON lines": b'{"text": "record"}\n', "a page": b"<!DOCTYPE html><title>Home</title>",
    "a graph": b"digraph G {\n  a -> b\n}\n", "bytes": bytes(range(256)), "a program": pathlib.Path(sys.executable).resolve(),
}


class OutputsTest(CommandTest):
    def setUp(self):
        super().setUp()
        (self.folder / "small.nin").write_text(SMALL)
        random = np.random.default_rng(1)
        save_file({name: random.standard_normal(shape).astype(np.float32) for name, shape in
                   {"stage.0.weight": (8, 2, 3, 3), "stage.0.bias": (8,), "stage.1.weight": (4, 8, 1, 1),
                    "stage.1.bias": (4,)}.items()}, self.folder / "small.safetensors")
        np.save(self.folder / "x.npy", np.ones((2, 6, 6), np.float32))
        (self.folder / "records.jsonl").write_text(RECORD)

    def contents(self):
        """Every file's bytes, and every link's end."""
        return {str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
                for path in self.folder.rglob("*") if path.is_symlink() or path.is_file()}

    def assert_refused(self, arguments, expect, *words):
        before = self.contents()
        said = self.ninc(*arguments, expect=expect).stderr
        self.assertEqual(said.count("\n"), 1, said)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.contents(), before)

    def path(self, writer, name="out"):
        return self.folder / (name + SUFFIXES.get(writer, "." + writer))


class Replacing(OutputsTest):
    def test_what_looks_otherwise_stays(self):
        for writer, arguments in WRITERS.items():
            path = self.path(writer)
            for name, content in VALUABLE.items():
                with self.subTest(writer=writer, over=name):
                    path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
                    self.assert_refused([*arguments, path], 1, path.name, "delete it, or choose another name")
            path.unlink()

    def test_what_it_made_itself_is_replaced_and_so_is_an_empty_file(self):
        for writer, arguments in WRITERS.items():
            path = self.path(writer)
            with self.subTest(writer=writer):
                path.touch()
                self.ninc(*arguments, path)
                if writer != "prune":
                    self.assertTrue(path.read_bytes())
                self.ninc(*arguments, path)

    def test_companions_are_held_to_the_same(self):
        for output, companion, options in (("out.so", "out.h", []), ("out.a", "out.h", []), ("out.o", "out.h", []),
                                           ("out.nin", "out.safetensors", []), ("out.dot", "out.d", ["-MD"])):
            with self.subTest(companion):
                if companion == "out.safetensors":  # somebody's trained weights
                    shutil.copy(self.folder / "small.safetensors", self.folder / companion)
                else:
                    (self.folder / companion).write_text("int x;\n")
                self.assert_refused(["small.nin", "-o", output, *options], 1, companion)
                (self.folder / companion).unlink()
                self.ninc("small.nin", "-o", output, *options)
                self.ninc("small.nin", "-o", output, *options)

    def test_a_text_that_ninc_made_and_somebody_took_over_stays(self):
        self.ninc("small.nin", "-o", "own.nin")
        own = (self.folder / "own.nin").read_text().split("\n", 1)[1]
        (self.folder / "own.nin").write_text(own)
        self.assert_refused(["small.nin", "-o", "own.nin"], 1, "a model's text")

    def test_temporaries_go_into_a_folder_of_their_own(self):
        temporaries = self.folder / "out.temps"
        temporaries.mkdir()
        (temporaries / "kernel0.o").write_text("mine")
        before = self.contents()
        self.assertIn("out.temps", self.ninc("small.nin", "-o", "out.so", "-save-temps", expect=1).stderr)
        self.assertEqual(self.contents(), before)
        (temporaries / "kernel0.o").unlink()
        self.ninc("small.nin", "-o", "out.so", "-save-temps")
        self.ninc("small.nin", "-o", "out.so", "-save-temps")
        # The folder that the model is in.
        shutil.copy(self.folder / "small.nin", temporaries / "small.nin")
        shutil.copy(self.folder / "small.safetensors", temporaries)
        before = self.contents()
        self.ninc("out.temps/small.nin", "-o", "out.so", "-save-temps", expect=2)
        self.assertEqual(self.contents(), before)

    def test_permissions_are_kept(self):
        self.ninc("small.nin", "-o", "out.so")
        (self.folder / "out.so").chmod(0o750)
        self.ninc("small.nin", "-o", "out.so")
        self.assertEqual(stat.S_IMODE((self.folder / "out.so").stat().st_mode), 0o750)


class Inputs(OutputsTest):
    def test_no_input_is_overwritten_under_any_name(self):
        os.link(self.folder / "x.npy", self.folder / "hard.npy")
        os.symlink("x.npy", self.folder / "soft.npy")
        os.symlink("small.nin", self.folder / "soft.nin")
        self.ninc("small.nin", "-o", "own.nin")
        shutil.copy(self.folder / "own.nin", self.folder / "other.nin")
        os.symlink("own.safetensors", self.folder / "soft.safetensors")
        os.link(self.folder / "small.nin", self.folder / "hard.html")
        (self.folder / "small.npy").symlink_to("small.nin")
        self.ninc("small.nin", "-o", "lib.so")
        (self.folder / "lib.npy").symlink_to("lib.so")
        (self.folder / "sub").mkdir()
        run = ["run", "small.nin", "--reference", "--input", "image=x.npy", "--output"]
        for arguments in (
                [*run, "prob=x.npy"], [*run, "./x.npy"], [*run, "sub/../x.npy"], [*run, self.folder / "x.npy"],
                [*run, "hard.npy"], [*run, "soft.npy"], [*run, "small.npy"],
                ["run", "lib.so", "--input", "x.npy", "--output", "lib.npy"],
                ["run", "lib.so", "--input", "x.npy", "--output", "x.npy"],
                ["import", "small.nin", "-o", "small.nin"], ["import", "other.nin", "-o", "own.nin"],
                ["small.nin", "-o", "small.nin"], ["small.nin", "-o", "soft.nin"],
                ["small.nin", "--emit", "so", "-o", "small.nin"],
                ["own.nin", "--emit", "so", "-o", "soft.safetensors"],
                ["own.nin", "--emit", "dot", "-o", "own.safetensors"],
                ["other.nin", "-o", "own.nin"],
                ["small.nin", "-o", "records.jsonl", "--emit", "so", "--db", "records.jsonl"],
                ["tune", "small.nin", "--db", "small.nin"], ["tune", "small.nin", "--db", "small.safetensors"],
                ["tune", "small.nin", "--report", "small.nin"], ["tune", "small.nin", "--report", "hard.html"],
                ["tune", "small.nin", "own.nin", "--report", "soft.safetensors"]):
            with self.subTest(arguments=arguments):
                before = self.contents()
                said = self.ninc(*arguments, expect=2).stderr
                self.assertIn("would overwrite", said)
                self.assertEqual(self.contents(), before)

    def test_no_output_is_another_output(self):
        (self.folder / "two.nin").write_text("model two\nx = input f32[1, 2, 2]\ny = relu x\nz = relu y\noutput y, z\n")
        np.save(self.folder / "two.npy", np.ones((1, 2, 2), np.float32))
        os.symlink("y.npy", self.folder / "link.npy")
        run = ["run", "two.nin", "--reference", "--input", "two.npy"]
        for arguments in ([*run, "--output", "y=y.npy", "--output", "z=y.npy"],
                          [*run, "--output", "y=y.npy", "--output", "z=./y.npy"],
                          [*run, "--output", "y=y.npy", "--output", "z=link.npy"],
                          ["small.nin", "-o", "x.h", "--emit", "so"],
                          ["small.nin", "-o", "x.d", "--emit", "so", "-MD"],
                          ["tune", "small.nin", "--db", "db.jsonl", "--report", "./db.jsonl"]):
            with self.subTest(arguments=arguments):
                self.assert_refused(arguments, 2, "would be one file")

    def test_a_database_may_be_merged_into_itself(self):
        self.assertIn("0 records added", self.ninc("tune", "--merge", "records.jsonl", "--db", "records.jsonl").stdout)
        self.assertEqual((self.folder / "records.jsonl").read_text(), RECORD)


class Links(OutputsTest):
    def test_links_are_written_through_also_where_nothing_is_yet(self):
        (self.folder / "sub").mkdir()
        for writer, arguments in WRITERS.items():
            if writer in SLOW | {"prune"}:
                continue
            link, target = self.path(writer, f"link-{writer}"), self.path(writer, f"sub/target-{writer}")
            link.symlink_to(f"sub/{target.name}")
            with self.subTest(writer=writer):
                for _ in range(2):
                    self.ninc(*arguments, link)
                    self.assertTrue(link.is_symlink())
                    self.assertTrue(target.read_bytes())

    def test_a_link_to_nowhere_is_an_error_and_stays(self):
        for writer, arguments in WRITERS.items():
            link = self.path(writer)
            for end in ("no/such/file", "/proc/self/fd/987", "/dev/ninc-has-no-such-device"):
                link.symlink_to(end)
                with self.subTest(writer=writer, end=end):
                    before = self.contents()
                    self.ninc(*arguments, link, expect=1)
                    self.assertEqual(self.contents(), before)
                    self.assertFalse(os.path.exists(end))
                link.unlink()


class Streams(OutputsTest):
    def test_pipes_are_written_to_and_stay(self):
        for writer in ("so", "h", "dot", "nin", "npy"):
            pipe = self.path(writer)
            os.mkfifo(pipe)
            with self.subTest(writer=writer):
                read = []
                reader = threading.Thread(target=lambda path=pipe: read.append(path.read_bytes()))
                reader.start()
                self.ninc(*WRITERS[writer], pipe)
                reader.join(60)
                self.assertTrue(read[0])
                self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

    def test_nothing_is_made_beside_a_stream(self):
        self.ninc("small.nin", "--emit", "so", "-o", "/dev/null", "-save-temps", expect=2)
        self.ninc("small.nin", "--emit", "so", "-o", "/dev/null", "-MD")
        self.assertEqual([name for name in os.listdir("/dev") if name.startswith("null.")], [])

    def test_open_files_are_written_to_under_any_name(self):
        (self.folder / "link.so").symlink_to("/dev/fd/1")
        (self.folder / "linked.so").symlink_to("link.so")
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link.so", "linked.so"):
            with self.subTest(name=name), open(self.folder / "caught", "w+b") as caught:
                caught.write(b"before ")
                caught.flush()
                subprocess.run([NINC, "small.nin", "--emit", "so", "-o", name], stdout=caught, cwd=self.folder,
                               env=self.environment, timeout=300, check=True)
                caught.seek(0)
                self.assertTrue(caught.read().startswith(b"before \x7fELF"))
            self.assertEqual((self.folder / "link.so").readlink(), pathlib.Path("/dev/fd/1"))

    def test_an_output_that_is_closed_is_an_error(self):
        # A link of our own: were it replaced, nobody else would notice.
        (self.folder / "link.so").symlink_to("/proc/self/fd/1")
        for redirection in (">&-", "<&- >&-", f"1<{self.folder}/x.npy"):
            with self.subTest(redirection):
                before = self.contents()
                done = subprocess.run(["bash", "-c", f'"$@" {redirection}', "bash", NINC, "small.nin", "-o", "link.so"],
                                      cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True, timeout=300)
                self.assertEqual(done.returncode, 1)
                self.assertIn("the standard output is closed, or not open for writing", done.stderr)
                self.assertEqual(self.contents(), before)

    def test_the_systems_own_link_stays_whatever_is_closed_or_missing(self):
        # /dev is a folder of the test's, in a mount namespace of the test's.
        device = self.folder / "dev"
        device.mkdir()
        (device / "stdout").symlink_to("/proc/self/fd/1")
        (device / "fd").symlink_to("/proc/self/fd")
        (device / "null").touch()
        (device / "ours").touch()
        enter = ('mount --make-rprivate / && mount --bind /dev/null "$1/null" && mount --rbind "$1" /dev || exit 77; '
                 'test -e /dev/ours || exit 77; shift; ')
        for name, step in (("stdout is closed", '"$@" >&-'), ("/proc isn't mounted", 'umount -l /proc || exit 77; "$@"'),
                           ("/dev/null is missing", 'umount /dev/null; rm /dev/null; "$@" >&-')):
            with self.subTest(name):
                apart = "-m" if os.geteuid() == 0 else "-rm"
                done = subprocess.run(["unshare", apart, "sh", "-c", enter + step, "sh", device, NINC, "small.nin",
                                       "--emit", "so", "-o", "/dev/stdout"], cwd=self.folder, env=self.environment,
                                      capture_output=True, text=True, timeout=300)
                if done.returncode == 77 or "unshare" in done.stderr:
                    self.skipTest("mount namespaces are not permitted here")
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual((device / "stdout").readlink(), pathlib.Path("/proc/self/fd/1"), done.stderr)
                self.assertEqual(sorted(path.name for path in device.iterdir() if path.name != "null"),
                                 ["fd", "ours", "stdout"])
        self.assertTrue(pathlib.Path("/dev/stdout").is_symlink())


class Beforehand(OutputsTest):
    """What can't be written is said before the model is compiled, run or tuned."""

    def test_folders(self):
        for writer, arguments in WRITERS.items():
            path = self.path(writer, f"{writer}-folder")
            path.mkdir()
            with self.subTest(writer=writer):
                said = self.ninc(*arguments, path, expect=1).stderr
                self.assertIn(path.name, said)
                self.assertNotIn("compiling", said)

    def test_a_folder_that_isnt_there(self):
        for writer in set(WRITERS) - {"tune", "merge", "prune"}:  # a database's folder is made
            with self.subTest(writer=writer):
                said = self.ninc(*WRITERS[writer], self.path(writer, "no/such/out"), expect=1).stderr
                self.assertIn("No such file or directory", said)
                self.assertNotIn("compiling", said)
        self.ninc(*WRITERS["merge"], self.path("merge", "new/folder/out"))

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_what_may_not_be_written(self):
        locked = self.folder / "locked"
        locked.mkdir()
        (self.folder / "out.so").touch(mode=0o444)
        locked.chmod(0o555)
        for arguments in (["small.nin", "-o", "out.so"], ["small.nin", "-o", "locked/out.so"],
                          [*WRITERS["report"], "locked/out.html"], [*WRITERS["npy"], "locked/out.npy"]):
            with self.subTest(arguments=arguments):
                self.assertIn("Permission denied", self.ninc(*arguments, expect=1).stderr)

    def test_before_the_model_is_compiled(self):
        run = ["run", "small.nin", "--input", "x.npy", "--output"]
        (self.folder / "out.npy").write_text("mine")
        for output in ("x.npy", "no/such/y.npy", "out.npy"):
            with self.subTest(output=output):
                said = self.ninc(*run, output, expect=2 if output == "x.npy" else 1).stderr
                self.assertNotIn("compiling", said)


if __name__ == "__main__":
    NINC = take_command()
    unittest.main(verbosity=2)
