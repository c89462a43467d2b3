#!/usr/bin/env python3
"""Code for other machines than this one, run by emulators: each gives the outputs that ONNX Runtime gave for a Network In
Network with every kind of layer that one has, and for a network of odd sizes. What nothing here can run is read back.

    machines_test.py NINC MACHINE        (run by ctest, once a machine of the table below)
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from safetensors.numpy import load_file

NINC = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = ROOT / "tests" / "conformance" / "networks"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def tool(*names):
    """The first of the names that there is, in the usual places and in LLVM 19's own; None without one."""
    for name in names:
        if found := shutil.which(name) or shutil.which(name, path="/usr/lib/llvm-19/bin:/usr/lib/wine"):
            return found
    return None


CLANG = tool("clang-19", "clang")
BARE_C = [CLANG, "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-unwind-tables",
          "-fno-asynchronous-unwind-tables"]


class Network:
    """A model of tests/conformance/networks with the inputs and outputs that are known of it."""

    def __init__(self, name):
        self.name, self.model = name, NETWORKS / f"{name}.nin"
        data = load_file(NETWORKS / f"{name}.data.safetensors")
        text = self.model.read_text()
        source = re.search(r"^(\w+) *= *input", text, re.MULTILINE)[1]
        result = re.search(r"^output (.*)", text, re.MULTILINE)[1]
        self.from_mean = False
        self.images = min(2, 1 + max(int(key.split(".")[0]) for key in data))
        self.inputs = np.stack([data[f"{i}.{source}"].ravel() for i in range(self.images)])
        self.expected = np.stack([data[f"{i}.{result}"].ravel() for i in range(self.images)])

    @staticmethod
    def before_softmax(folder):
        """nin_small, ending where there is no exponential yet."""
        network = Network("nin_small")
        text = network.model.read_text().replace('"nin_small.safetensors"', f'"{NETWORKS}/nin_small.safetensors"')
        network.model, network.from_mean = folder / "nin_small.nin", True
        network.model.write_text(text.replace("output prob", "output mean"))
        return network

    def write_data(self, path, scratch):
        rows = ",\n".join("{" + ",".join(f"0x{word:08x}u" for word in row.view(np.uint32)) + "}"
                          for row in self.inputs)
        path.write_text(f"#define IMAGES {self.images}\n#define INPUT_WORDS {self.inputs.shape[1]}\n"
                        f"#define OUTPUT_WORDS {self.expected.shape[1]}\n"
                        f"static const uint32_t images[IMAGES][INPUT_WORDS] = {{{rows}}};\n{scratch}")


# Scratch of the program's own, and none.
CALLERS = """static union {{ unsigned char bytes[{macro}_SCRATCH_BYTES(1) + 128]; int64_t aligned; }} room;
#define SCRATCH (room.bytes + (128 - (uintptr_t)room.bytes % 128))
"""
LIBRARYS = "#define SCRATCH NULL\n"


class Machine:
    """How a program for it is compiled, linked and run. `compile` and `run` are commands; OUT, and the files, follow."""

    def __init__(self, target, compile, start, run=None, link=(), options=(), packages=""):
        self.target, self.compile, self.start, self.run = target, compile, start, run
        self.link, self.options, self.packages = link, options, packages

    @property
    def reported(self):
        """What the library says that it is for."""
        name = self.target.replace("x86_64", "x86-64-v2")
        return name + "-none" if "none" in self.options and not name.startswith("rv32") else name

    @property
    def missing(self):
        return any(word is None for word in [*self.compile, *self.link, *(self.run or [])])

    @property
    def own_scratch(self):
        return "static" in self.options


def hosted(target, compiler, run, packages, options=()):
    return Machine(target, [tool(compiler), "-std=c11", "-O1", "-Wall", "-Werror"], "hosted.c", run, options=options,
                   packages=packages)


def cortex(cpu, board, script="cortex_m.ld"):
    """One of qemu's boards with that core, which needs a compiler and a linker beside the emulator."""
    target = ["-target", "thumbv7em-none-eabi", f"-mcpu={cpu}", "-mfloat-abi=hard"]
    return Machine(cpu, [*BARE_C, *target], "cortex_m.c",
                   [tool("qemu-system-arm"), "-M", board, "-nographic", "-monitor", "none", "-serial", "none",
                    "-chardev", "stdio,id=out", "-semihosting-config", "enable=on,target=native,chardev=out", "-kernel"],
                   link=[tool("ld.lld-19", "ld.lld"), "-T", str(HERE / script)], options=["--scratch", "static"],
                   packages="clang lld-19 qemu-system-arm")


def riscv(target, bits, cpu, march, mabi):
    return Machine(target, [*BARE_C, "-target", f"riscv{bits}-unknown-none-elf", f"-march={march}", f"-mabi={mabi}",
                            "-mcmodel=medany", "-mno-relax"], "riscv.c",
                   [tool(f"qemu-system-riscv{bits}"), "-M", "virt", "-cpu", cpu, "-bios", "none", "-nographic",
                    "-monitor", "none", "-kernel"],
                   link=[tool("ld.lld-19", "ld.lld"), "-T", str(HERE / "riscv.ld")], options=["--runtime", "none"],
                   packages="clang lld-19 qemu-system-misc")


RISCV_USER = [tool("qemu-riscv64-static", "qemu-riscv64"), "-L", "/usr/riscv64-linux-gnu", "-cpu"]
RISCV_PACKAGES = "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user-static"
V = "v=true,vext_spec=v1.0"
MACHINES = {
    "riscv64": [hosted("riscv64", "riscv64-linux-gnu-gcc", [*RISCV_USER, f"rv64,{V},vlen={bits}"], RISCV_PACKAGES)
                for bits in (128, 256)],
    "rv64gc": [hosted("rv64gc", "riscv64-linux-gnu-gcc", [*RISCV_USER, "rv64,v=false"], RISCV_PACKAGES)],
    "wasm32": [Machine("wasm32", [*BARE_C, "-target", "wasm32-unknown-unknown"], "wasm.c",
                       [tool("node", "nodejs"), str(HERE / "run_wasm.js")],
                       link=[tool("wasm-ld-19", "wasm-ld"), "--no-entry", "--allow-undefined", "-z", "stack-size=65536"], options=options,
                       packages="clang lld-19 nodejs") for options in ([], ["--scratch", "static"])],
    "x86_64-windows": [hosted(target, "x86_64-w64-mingw32-gcc", [tool("wine64", "wine")],
                              "gcc-mingw-w64-x86-64 wine64")
                       for target in ("x86_64-windows", "x86-64-v3-windows,x86-64-v2-windows")],
    "x86_64-none": [hosted("x86_64", "cc", [], "gcc", options=["--runtime", "none"])],
    "cortex-m4": [cortex("cortex-m4", "mps2-an386")],
    "cortex-m7": [cortex("cortex-m7", "mps2-an500")],
    "cortex-m33": [cortex("cortex-m33", "mps2-an505", "cortex_m33.ld")],
    "cortex-m55": [cortex("cortex-m55", "mps3-an547")],
    "riscv64-none": [riscv("riscv64", 64, f"rv64,{V},vlen=256", "rv64gc", "lp64d"),
                     riscv("rv64gc", 64, "rv64", "rv64gc", "lp64d")],
    "rv32imafc": [riscv("rv32imafc", 32, "rv32", "rv32imafc", "ilp32f")],
}


def vectors_need_newer_emulator(machine):
    """Before version 8, qemu ends where RISC-V's vectors turn into whole numbers, which the exponential does."""
    if machine.target != "riscv64" or not any("v=true" in word for word in machine.run):
        return False
    version = subprocess.run([machine.run[0], "--version"], capture_output=True, text=True).stdout
    return int(re.search(r"version (\d+)", version)[1]) < 8


class OnItsMachine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def do(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, cwd=self.folder, timeout=300)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode().replace("\r", "")

    def made(self, machine, network, form):
        """The library with its header beside it."""
        self.do(NINC, network.model, "--target", machine.target, *machine.options, "-o", f"{network.name}.{form}")
        return self.folder / f"{network.name}.{form}"

    def program(self, machine, network, library):
        scratch = LIBRARYS if machine.own_scratch else CALLERS.format(macro=network.name.upper())
        network.write_data(self.folder / "data.h", scratch)
        defines = [f"-DMODEL={network.name}", f'-DHEADER="{network.name}.h"', '-DDATA="data.h"', f"-I{self.folder}"]
        if not machine.link:
            self.do(*machine.compile, *defines, HERE / "program.c", HERE / machine.start, library, "-o", "program.exe")
            return self.folder / "program.exe"
        objects = []
        for source in ("program.c", machine.start, "memory.c"):
            objects.append(self.folder / f"{source}.o")
            self.do(*machine.compile, *defines, "-c", HERE / source, "-o", objects[-1])
        self.do(*machine.link, *objects, library, "-o", "program")
        return self.folder / "program"

    def check(self, machine, network, text):
        lines = text.split()
        self.assertEqual(lines[0], machine.reported)
        if "stack" in lines:
            deepest = int(lines[lines.index("stack") + 1], 16)
            header = (self.folder / f"{network.name}.h").read_text()
            bound = int(re.search(r"_STACK_BYTES (\d+)", header)[1])
            program_itself = 256  # run_all, put and memory.c
            self.assertLessEqual(deepest, bound + program_itself)
            lines = lines[:lines.index("stack")]
        words = np.array([int(word, 16) for word in lines[1:]], np.uint32)
        outputs = words.view(np.float32).reshape(network.expected.shape)
        if network.from_mean:
            powers = np.exp(outputs)
            outputs = powers / powers.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(outputs, network.expected, atol=1e-5 * np.abs(network.expected).max())

    def test_outputs_are_onnx_runtimes(self):
        for machine in MACHINES[MACHINE]:
            networks = [(Network.before_softmax(self.folder), "o")]
            if not vectors_need_newer_emulator(machine):
                networks = [(Network("nin_small"), "o"), (Network("mixed"), "a")]
            for network, form in networks:
                with self.subTest(target=machine.target, network=network.name, run=machine.run):
                    library = self.made(machine, network, form)
                    program = self.program(machine, network, library)
                    self.check(machine, network, self.do(*machine.run, program))


if __name__ == "__main__":
    NINC = pathlib.Path(sys.argv[1]).resolve()
    MACHINE = sys.argv[2]
    del sys.argv[1:3]
    if any(machine.missing for machine in MACHINES[MACHINE]):
        print(f"SKIPPED: code for {MACHINE} can't be run here, something of these is missing (Debian): "
              f"{MACHINES[MACHINE][0].packages}")
        sys.exit(SKIPPED)
    unittest.main()
