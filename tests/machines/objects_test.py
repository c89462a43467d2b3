#!/usr/bin/env python3
"""Objects for machines that nothing here can run, read back: their format, what they define and what they ask for; and what
every one-module library promises, that only the interface is seen of it.

    objects_test.py NINC        (run by ctest)
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests" / "conformance" / "networks" / "mixed.nin"
LLVM = "/usr/lib/llvm-19/bin"
NM, READOBJ = (shutil.which(f"{name}-19") or shutil.which(name, path=LLVM) for name in ("llvm-nm", "llvm-readobj"))
SKIPPED = 77  # ctest's SKIP_RETURN_CODE

INTERFACE = {f"mixed_{name}" for name in ("run", "model", "supported", "strerror")}
MEMORY = {"memcpy", "memmove", "memset"}
# target -> format, machine, what may be asked for beside the memory functions
OBJECTS = {
    "x86_64-windows": ("COFF-x86-64", "IMAGE_FILE_MACHINE_AMD64", {"_fltused"}),
    "aarch64-windows": ("COFF-ARM64", "IMAGE_FILE_MACHINE_ARM64", {"_fltused", "__chkstk"}),
    "x86_64-macos": ("Mach-O 64-bit x86-64", "Cpu", {"__bzero"}),
    "aarch64-macos": ("Mach-O arm64", "Cpu", {"bzero"}),
    "wasm32": ("WASM", "wasm32", {"__indirect_function_table", "__stack_pointer", "__linear_memory"}),
    "x86-64-v3-none": ("elf64-x86-64", "EM_X86_64", set()),
    "aarch64-none": ("elf64-littleaarch64", "EM_AARCH64", set()),
    "rv64gc-none": ("elf64-littleriscv", "EM_RISCV", set()),
    "riscv64-none": ("elf64-littleriscv", "EM_RISCV", set()),
    "rv32imafc": ("elf32-littleriscv", "EM_RISCV", set()),
    "cortex-m4": ("elf32-littlearm", "EM_ARM", set()),
    "cortex-m7": ("elf32-littlearm", "EM_ARM", set()),
    "cortex-m33": ("elf32-littlearm", "EM_ARM", set()),
    "cortex-m55": ("elf32-littlearm", "EM_ARM", set()),
    "cortex-m85": ("elf32-littlearm", "EM_ARM", set()),
}
# Those without floating point, which ask their compiler's library for it.
SOFT = {"cortex-m0plus": ("elf32-littlearm", "EM_ARM"), "cortex-m3": ("elf32-littlearm", "EM_ARM"),
        "rv32imac": ("elf32-littleriscv", "EM_RISCV")}


class Objects(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def do(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=self.folder, timeout=300)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        return done.stdout

    def made(self, target, name="mixed.o", *options):
        self.do(NINC, MODEL, "--target", target, "-o", name, *options)
        return self.folder / name

    def symbols(self, file, which, target):
        names = {line.split()[-1] for line in self.do(NM, which, "--extern-only", file).splitlines() if line.split()}
        if target.endswith("windows"):  # constants, which linkers of COFF keep once, whoever brings them
            names = {name for name in names if not name.startswith(("__xmm@", "__ymm@", "__real@"))}
        return {name[1:] for name in names} if target.endswith("macos") else names

    def read_back(self, target, form, machine):
        file = self.made(target)
        header = self.do(READOBJ, "--file-headers", file)
        self.assertIn(f"Format: {form}", header)
        self.assertIn(machine, header)
        self.assertEqual(self.symbols(file, "--defined-only", target), INTERFACE)
        return self.symbols(file, "--undefined-only", target)

    def test_an_object_is_its_systems_and_asks_for_nothing_more(self):
        for target, (form, machine, others) in OBJECTS.items():
            with self.subTest(target):
                self.assertLessEqual(self.read_back(target, form, machine), MEMORY | others)

    def test_without_floating_point_it_asks_the_compilers_library_alone(self):
        for target, (form, machine) in SOFT.items():
            with self.subTest(target):
                asked = self.read_back(target, form, machine) - MEMORY
                self.assertTrue(asked)
                for name in asked:
                    self.assertTrue(name.startswith("__"), name)  # floorf and sqrtf are its own

    def test_nothing_runs_before_main_and_numbers_are_where_code_is(self):
        """In flash: no tables of addresses that a start-up must copy or relocate, and no constructors."""
        for target in ("cortex-m4", "rv32imafc"):
            with self.subTest(target):
                sections = self.do(READOBJ, "--sections", self.made(target))
                for name in (".init_array", ".ctors", ".data.rel.ro", ".eh_frame"):
                    self.assertNotIn(name, sections)

    def test_scratch_of_its_own_is_zero_memory_and_run_works_in_it(self):
        size = self.made("cortex-m4").stat().st_size
        own = self.made("cortex-m4", "own.o", "--scratch", "static")
        self.assertLess(own.stat().st_size, size + 1024)  # it is in .bss, not in the file
        self.assertIn("NULL: the library's own", (self.folder / "own.h").read_text())

    def test_headers_tell_what_there_is(self):
        self.made("cortex-m4")
        header = (self.folder / "mixed.h").read_text()
        self.assertIn("#define MIXED_STACK_BYTES ", header)
        for name in ("mixed_team_create", "mixed_team_destroy"):
            self.assertNotIn(name, header)
        self.assertNotIn("MIXED_STACK_BYTES", (self.made("aarch64-macos").parent / "mixed.h").read_text())

    def test_weights_are_handed_over_where_there_are_no_files(self):
        self.made("aarch64-macos", "mixed.o", "--weights", "external")
        header = (self.folder / "mixed.h").read_text()
        self.assertIn("mixed_use_weights(", header)
        self.assertNotIn("mixed_open_weights(", header)

    def test_equal_inputs_give_equal_bytes(self):
        for target in ("wasm32", "cortex-m4", "x86_64-windows"):
            with self.subTest(target):
                first = self.made(target, "mixed.o").read_bytes()
                self.assertEqual(first, self.made(target, "mixed.o").read_bytes())

    def test_what_there_is_not_is_refused_in_words(self):
        for target, name, options, words in (
                ("wasm32", "mixed.so", [], "shared libraries for Linux only"),
                ("aarch64-macos", "mixed.so", [], "shared libraries for Linux only"),
                ("riscv64-windows", "mixed.o", [], "unknown target 'riscv64-windows'"),
                ("cortex-m4+opencl", "mixed.o", [], "devices are for libraries on Linux"),
                ("cortex-m4,cortex-m7", "mixed.o", [], "is for one"),
                ("x86-64-v2,x86-64-v3-windows", "mixed.o", [], "one system"),
                ("wasm32", "mixed.o", ["--runtime", "none"], "there is no wasm32 without a system"),
                ("host", "mixed.o", ["--scratch", "static"], "--scratch static is for libraries of one thread")):
            with self.subTest(target=target, options=options):
                done = subprocess.run([NINC, MODEL, "--target", target, "-o", name, *options], capture_output=True,
                                      text=True, cwd=self.folder, timeout=300)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    NINC = pathlib.Path(sys.argv.pop(1)).resolve()
    if not NM or not READOBJ:
        print("SKIPPED: objects can't be read here, llvm-nm and llvm-readobj are missing (Debian: llvm-19)")
        sys.exit(SKIPPED)
    unittest.main()
