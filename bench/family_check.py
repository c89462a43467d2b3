#!/usr/bin/env python3
"""Whether the networks of family.py compile, how long that takes, and how far results are from others'.

    .deps/python/bin/python bench/family_check.py [NAME...] [--ninc build/ninc] [--size 224]

prints a row a network: kernels, processor seconds of compiling (all processes), what `ninc verify` finds as the
largest difference by the allowed one, and the largest difference from ONNX Runtime as a share of the largest output. docs/performance.md has such a table.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

import family
from ninc_library import Library

TOLERANCE = 1e-4  # of the largest output


def ninc(compiler, *arguments):
    """What it prints; a failure is one here."""
    done = subprocess.run([compiler, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ninc {' '.join(map(str, arguments))} gave {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def compiled(compiler, model, library):
    """Processor seconds of compiling, in all of its processes."""
    process = subprocess.Popen([compiler, model, "-o", library, "--no-db"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"ninc {model.name} gave {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def check(compiler, network, folder, size=None, threads=1):
    """A row: what is measured of one network."""
    model, library = (folder / f"{network.name}.{suffix}" for suffix in ("onnx", "so"))
    built = network.build(size=size)
    model.write_bytes(built.model.SerializeToString())
    seconds = compiled(compiler, model, library)
    verified = json.loads(ninc(compiler, "verify", model, library, "--json"))
    shown = json.loads(ninc(compiler, "show", model, "--after", "passes", "--json"))
    image = network.random_input(size=size)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"image": image})[0]
    compiled_model = Library(library, threads)
    compiled_model.bind(image)
    compiled_model.run()
    compiled_model.close()
    difference = np.abs(compiled_model.outputs[0] - expected.reshape(compiled_model.outputs[0].shape)).max()
    return {"network": network.name, "parameters": built.parameters, "macs": built.macs, "layers": shown["layers"],
            "seconds": seconds, "agrees": verified["agrees"],
            "of_bound": max(layer["max_error"] / layer["bound"] for layer in verified["layers"] if layer["max_error"]),
            "difference": float(difference / np.abs(expected).max())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=list(family.FAMILY), metavar="NAME",
                        help=f"of {', '.join(family.FAMILY)} (default: all)")
    parser.add_argument("--ninc", default=str(pathlib.Path(__file__).resolve().parents[1] / "build" / "ninc"))
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    if unknown := [name for name in options.networks if name not in family.FAMILY]:
        parser.error(f"unknown network '{unknown[0]}'; there are {', '.join(family.FAMILY)}")
    if not os.access(options.ninc, os.X_OK):
        parser.error(f"there is no compiler at {options.ninc}; scripts/setup builds it")
    print("| network | million multiply-accumulates | kernels | compiled in (processor s) | of the bound | "
          "from ONNX Runtime |\n|---|---|---|---|---|---|", flush=True)
    wrong = 0
    for name in options.networks:
        with tempfile.TemporaryDirectory(prefix="ninc-family-") as folder:
            row = check(options.ninc, family.FAMILY[name], pathlib.Path(folder), options.size)
        kernels = sum(not layer["op"].startswith(("input", "constant")) for layer in row["layers"])
        print(f"| {name} | {row['macs'] / 1e6:.0f} | {kernels} | {row['seconds']:.1f} | "
              f"{row['of_bound']:.2g} | {row['difference']:.1e} |", flush=True)
        wrong += not row["agrees"] or not row["difference"] <= TOLERANCE
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
