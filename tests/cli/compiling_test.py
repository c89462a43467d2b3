#!/usr/bin/env python3
"""What ninc makes of a model, and what it leaves behind where that fails or is interrupted.

    compiling_test.py NINC        (run by ctest)
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import command
from command import CliTest, DIGITS, ROOT, SMALL, take_command


class Compiling(CliTest):
    def test_a_shared_library_comes_with_its_header(self):
        self.ninc(self.write(SMALL), "-o", "small.so")
        self.assertEqual(self.files(), ["model.nin", "small.h", "small.so"])
        self.assertIn("int small_run(", (self.folder / "small.h").read_text())

    def test_every_product_is_made_by_its_suffix(self):
        model = self.write(SMALL)
        magic = {"so": b"\x7fELF", "o": b"\x7fELF", "a": b"!<arch>", "h": b"/*", "ll": b"; made by ninc", "s": b"/* made by ninc",
                 "dot": b"digraph", "nin": b"# The IR after all passes, made by ninc"}
        for suffix, start in magic.items():
            with self.subTest(suffix=suffix):
                self.ninc(model, "-o", f"out.{suffix}")
                made = (self.folder / f"out.{suffix}").read_bytes()
                self.assertEqual(made[:len(start)], start)

    def test_a_text_of_the_host_module_alone_says_so(self):
        model = self.write(SMALL)
        for suffix in ("s", "ll"):
            with self.subTest(suffix=suffix):
                said = self.ninc(model, "-o", f"out.{suffix}").stderr
                self.assertIn(f"note: 'out.{suffix}' has the host module alone", said)
                self.assertEqual(said.count("\n"), 1, said)
                first = (self.folder / f"out.{suffix}").read_text().split("\n")[0]
                self.assertIn("the host module of 'small' alone", first)
        for suffix in ("so", "a", "o", "h"):
            self.assertEqual(self.ninc(model, "-o", f"out.{suffix}").stderr, "")
        self.assertIn("host module alone", self.ninc("--help").stdout)

    @unittest.skipUnless(shutil.which("cc") or shutil.which("gcc"), "there is no assembler")
    def test_the_host_modules_assembly_assembles(self):
        self.ninc(self.write(SMALL), "-o", "out.s")
        subprocess.run([shutil.which("cc") or "gcc", "-c", "out.s", "-o", "out.o"], cwd=self.folder, check=True)

    def test_the_ir_after_the_passes_compiles_again(self):
        self.ninc(self.write(SMALL), "-o", "fused.nin")
        self.ninc("verify", "fused.nin")
        fused = (self.folder / "fused.nin").read_text()
        self.assertIn("global_avg_pool softmax", fused)

    def test_the_same_model_gives_the_same_bytes(self):
        model = self.write(SMALL)
        (self.folder / "elsewhere").mkdir()
        self.ninc(model, "-o", "small.so")
        self.ninc(model, "-o", "elsewhere/small.so", "-j", 1)
        self.assertEqual((self.folder / "small.so").read_bytes(), (self.folder / "elsewhere/small.so").read_bytes())

    def test_remarks_say_what_was_fused(self):
        self.assertIn("remark", self.ninc(self.write(SMALL), "-o", "small.so", "--remarks").stderr)

    def test_remarks_say_why_a_kernel_is_computed_as_it_is(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "--remarks").stderr
        self.assertRegex(said, r"'prob' is computed by (direct|winograd).*thousand cycles expected.*\[schedule\]")

    def schedules_of(self, library):
        told = json.loads(self.ninc("bench", library, "--json", "--seconds", "0.01").stdout)
        return {kernel["name"]: kernel["schedule"] for kernel in told["kernels"]}

    def test_a_schedule_file_decides(self):
        schedule = "winograd 2x4 tiles 1x2,1x3 group 4 block 9 unroll 1 whole 1 parallel"
        self.write(f"# by hand\n\n prob : {schedule}   # the only kernel\n", "schedules")
        self.ninc(self.write(SMALL), "-o", "small.so", "--schedule", "schedules", "-MD")
        self.assertEqual(self.schedules_of("small.so"), {"prob": schedule})
        self.assertIn("schedules", (self.folder / "small.d").read_text())
        self.ninc("verify", "model.nin", "small.so")
        self.ninc("verify", "model.nin", "--schedule", "schedules")

    def test_a_schedule_file_with_mistakes_is_refused_with_its_line(self):
        model = self.write(SMALL)
        for text, complaint in {
                "prob\n": "schedules:1: expected NAME: SCHEDULE",
                "\nstage: direct tiles 1x1,1x1 block 1\n": "schedules:2: no kernel 'stage'; there are prob",
                "prob: fastest\n": "direct or winograd expected, not 'fastest'",
                "prob: direct tiles 1x1 block 1\n": "schedules:1: not for 'prob'",
                "prob: direct tiles 1x4,1x4 block 6 whole 0\n": "no multiple",
                "prob: winograd 9x9 tiles 1x1,1x1 whole 1\n": "no transform for tiles of 9x9 outputs",
                "prob: direct tiles 1x1,1x1 block 1\nprob: direct tiles 1x1,1x1 block 1\n": "schedules:2: a second schedule",
                "prob: direct tiles 99999999999x1,1x1\n": "a tile such as 3x8",
        }.items():
            with self.subTest(text=text):
                self.write(text, "schedules")
                self.assertIn(complaint, self.ninc(model, "-o", "small.so", "--schedule", "schedules", expect=1).stderr)
        # What only gives memory another shape is no kernel.
        reshaped = self.write("model reshaped\nweights random seed 1\nx = input f32[3, 4, 4]\nrow = flatten x\n"
                              "y = dense row -> 5\noutput y\n", "reshaped.nin")
        self.write("row: vector 4, tasks 1", "schedules")
        self.assertIn("no kernel 'row'; there are y\n",
                      self.ninc(reshaped, "-o", "small.so", "--schedule", "schedules", expect=1).stderr)
        self.assertFalse((self.folder / "small.so").exists())
        self.ninc(model, "-o", "schedules", "--emit", "so", "--schedule", "schedules", expect=2)
        self.assertIn("none", self.ninc(model, "-o", "small.so", "--schedule", "none", expect=1).stderr)

    def test_exact_arithmetic_has_no_transforms(self):
        model = self.write("model wide\nweights random seed 3\nimage = input f32[64, 16, 16]\n"
                           "stage = mlpconv image [conv 5x5 pad 2 -> 64, 32]\noutput stage\n")
        self.ninc(model, "-o", "fast.so")
        self.ninc(model, "-o", "exact.so", "--exact")
        self.assertIn("winograd", self.schedules_of("fast.so")["stage"])
        self.assertIn("direct", self.schedules_of("exact.so")["stage"])
        bounds = {}
        for library in ("fast.so", "exact.so"):
            told = json.loads(self.ninc("verify", model, library, "--samples", 1, "--json").stdout)
            bounds[library] = told["layers"][0]["bound"]
        self.assertNotEqual(bounds["fast.so"], bounds["exact.so"])

    def test_print_ir_after_a_pass(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "--print-ir-after", "merge-gap").stderr
        self.assertIn("# after merge-gap", said)
        self.assertIn("global_avg_pool softmax", said)

    def test_dependency_file_and_temporaries(self):
        shutil.copy(DIGITS / "nin_digits.nin", self.folder)
        shutil.copy(DIGITS / "nin_digits.safetensors", self.folder)
        self.ninc("nin_digits.nin", "-o", "digits.so", "-MD", "-save-temps")
        rule = (self.folder / "digits.d").read_text()
        self.assertTrue(rule.startswith("digits.so: nin_digits.nin"))
        self.assertIn("nin_digits.safetensors", rule)
        kept = [path.suffix for path in (self.folder / "digits.temps").iterdir()]
        self.assertIn(".o", kept)
        self.assertIn(".ll", kept)

    def test_dependency_files_name_the_schedules_that_were_read_and_nothing_that_is_no_file(self):
        model, records = self.write(SMALL), self.folder / "data" / "ninc" / "schedules.jsonl"
        self.ninc(model, "-o", "small.so", "-MD")
        rule = (self.folder / "small.d").read_text()
        self.assertEqual(rule, "small.so: " + str(model).replace(" ", "\\ ") + "\n", "the user has no records")
        records.parent.mkdir(parents=True)
        records.touch()
        for output, options, counts in (("small.so", [], True), ("small.so", ["--no-db"], False),
                                        ("small.so", ["--db", "/dev/null"], False), ("small.so", ["--db", "none"], False),
                                        ("small.dot", [], False)):
            with self.subTest(output=output, options=options):
                self.ninc(model, "-o", output, "-MD", *options)
                named = (self.folder / "small.d").read_text()
                self.assertEqual(named.removeprefix(f"{output}:"), rule.removeprefix("small.so:").strip("\n") +
                                 (f" {records}\n" if counts else "\n"))

    def test_dependency_files_belong_to_every_product_and_quote_for_make(self):
        (self.folder / "my model").mkdir()
        self.write(SMALL, "my model/$small.nin")
        self.ninc("my model/$small.nin", "-o", "x#y\tz.dot", "-MD")
        self.assertEqual((self.folder / "x#y\tz.d").read_text(), "x\\#y\\\tz.dot: my\\ model/$$small.nin\n")

    def test_what_goes_to_a_device_or_pipe_brings_no_second_file(self):
        model = self.write(SMALL)
        for kind in ("so", "nin"):
            self.ninc(model, "-o", "/dev/null", "--emit", kind, "-MD")
            for suffix in ("h", "d", "safetensors"):
                self.assertFalse(pathlib.Path("/dev/null").with_suffix("." + suffix).exists())
        with open(self.folder / "caught.so", "wb") as caught:
            subprocess.run([command.NINC, model, "-o", "/dev/stdout", "--emit", "so"], stdout=caught, check=True)
        self.assertFalse(pathlib.Path("/dev/stdout.h").exists())
        self.ninc("verify", model, "caught.so")

    def test_verbose_says_where_the_time_went(self):
        said = self.ninc(self.write(SMALL), "-o", "small.so", "-v").stderr
        for part in ("pass merge-gap", "kernels", "link", "weights"):
            self.assertIn(part, said)

    def test_a_library_without_its_weights_is_small_and_needs_nothing(self):
        self.ninc(DIGITS / "nin_digits.nin", "-o", "digits.so")
        weights = (DIGITS / "nin_digits.safetensors").stat().st_size
        self.assertLess((self.folder / "digits.so").stat().st_size - weights, 400_000)
        dynamic = subprocess.run(["readelf", "-d", "digits.so"], cwd=self.folder, capture_output=True, text=True)
        self.assertNotIn("NEEDED", dynamic.stdout)


class FailingWrites(CliTest):
    """Old files survive, partial ones never appear."""

    def test_a_folder_that_isnt_there(self):
        self.assertIn("no/such", self.ninc(self.write(SMALL), "-o", "no/such/out.so", expect=1).stderr)

    def test_a_folder_for_temporary_files_that_isnt_there(self):
        self.environment["TMPDIR"] = "/nowhere/at/all"
        self.assertIn("'/nowhere/at/all'", self.ninc(self.write(SMALL), "-o", "x.so", expect=1).stderr)

    def test_a_folder_in_the_way(self):
        (self.folder / "out.so").mkdir()
        self.ninc(self.write(SMALL), "-o", "out.so", expect=1)

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_cant_be_written(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        self.ninc(self.write(SMALL), "-o", "locked/out.so", expect=1)

    def test_a_full_disk(self):
        # A limit on the size of files fails writes in the middle, as a full disk does, for any user. Kernels'
        # objects stay below it, the library with its weights doesn't.
        model = DIGITS / "nin_digits.nin"
        self.ninc(model, "-o", "out.so")
        old = (self.folder / "out.so").read_bytes()
        before = self.files()

        limited = subprocess.run(["bash", "-c", """trap '' XFSZ; ulimit -f 64; exec "$@" """, "limited", command.NINC, model,
                                  "-o", "out.so"], cwd=self.folder, env=self.environment, capture_output=True,
                                 text=True, timeout=300)
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("error", limited.stderr)
        self.assertEqual((self.folder / "out.so").read_bytes(), old)
        self.assertEqual(self.files(), before)
        said = self.ninc(model, "-o", "/dev/full", "--emit", "dot", expect=1).stderr
        self.assertIn("/dev/full", said)

    def test_a_table_that_cant_be_written_is_no_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([command.NINC, "show", self.write(SMALL)], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't write to the standard output", done.stderr)

    def test_a_failed_compile_leaves_the_old_library(self):
        model = self.write(SMALL)
        self.ninc(model, "-o", "out.so")
        old = (self.folder / "out.so").read_bytes()
        self.write(SMALL.replace("softmax", "nonsense"))
        self.ninc(model, "-o", "out.so", expect=1)
        self.assertEqual((self.folder / "out.so").read_bytes(), old)


class Interrupted(CliTest):
    def start_compiling(self):
        (self.folder / "tmp").mkdir(exist_ok=True)
        return self.start(ROOT / "examples" / "nin_cifar10.nin", "-o", "out.so", "-j", "2",
                          env=dict(self.environment, TMPDIR=str(self.folder / "tmp")))

    def test_kernels_die_with_the_process_that_wants_them(self):
        process = self.start_compiling()
        compiling = []
        while not compiling and process.poll() is None:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            compiling = [child for child in children if self.ticks(child)]  # past its first instructions
        self.assertTrue(compiling)
        for child in compiling:  # stopped, so that none ends because its work is done
            os.kill(int(child), signal.SIGSTOP)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 120  # for what takes a moment
        while any(self.ticks(child) is not None for child in compiling) and time.monotonic() < deadline:
            time.sleep(0.01)
        left = [child for child in compiling if self.ticks(child) is not None]
        for child in left:
            os.kill(int(child), signal.SIGKILL)
        self.assertEqual(left, [])

    @staticmethod
    def ticks(process):
        """Of processor time that a process has had; none of one that has ended."""
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else int(fields[11]) + int(fields[12])

    def test_the_linkers_folder_never_stays(self):
        for _ in range(10):
            process = self.start_compiling()
            while process.poll() is None and not any((self.folder / "tmp").iterdir()):
                time.sleep(0.0002)
            process.terminate()
            if process.wait() == -signal.SIGTERM:
                break
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertEqual(list((self.folder / "tmp").iterdir()), [])


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
