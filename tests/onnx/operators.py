#!/usr/bin/env python3
"""Writes docs/operators.md: what models of other formats may be made of.

    scripts/operators [--ninc NINC]           the tables, from ninc and from ONNX's schema
    scripts/operators --cases [--ninc NINC]   how many of ONNX's own cases pass, too (some minutes)
    scripts/operators --check [--ninc NINC]   whether the page is as the first would write it; exit code 1 if not
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operators.md"
CASES = "No count yet: `scripts/operators --cases`."

HEAD = """# Operators

What models of other formats may be made of. This page is made by `scripts/operators` from the tables by which `ninc`
reads files (`ninc operators` prints them), and a test compares it with them. What isn't here is refused by name, all of it
in one run; `--outputs` ends a model before it.

**opsets** are the versions of ONNX's operators in which this one was defined or changed, of all that are read (1 to {newest}).
**interpreter, CPU, device**: computed there when the model is run. Every op of the graph has a reference, a kernel for CPUs
and one for devices ([architecture.md](architecture.md)), so there is no operator that one of them lacks. **reading**:
computed while the file is read, where all its inputs are known numbers.

## ONNX

| operator | opsets | interpreter | CPU | device | reading | limits |
|---|---|---|---|---|---|---|
"""

TAIL = """
## ONNX's own cases

{cases}

Operators' own cases feed all their inputs. Those that models have as known numbers (weights, shapes, axes, bounds) are written
into a case's model before it is imported, as exporters write them; values that are computed stay inputs. Of other float types
(float16, bfloat16, double) inputs are given as f32, and outputs are rounded to the type before they are compared; booleans that
come out are 0 and 1.

A case is skipped only where it needs what isn't supported: another operator, a type of numbers that models here don't have
(strings, integers that are computed), a tensor without elements, a shape of other ranks, or an operator that trains.
"""

OTHER = """
## {format}

| layer | interpreter | CPU | device | limits |
|---|---|---|---|---|
"""


def history(name):
    """The opsets at which ONNX's own operator was defined or changed."""
    versions = sorted({schema.since_version for schema in onnx.defs.get_all_schemas_with_history()
                       if schema.name == name and schema.domain == ""})
    return ", ".join(map(str, versions)) or "not of ONNX itself"


def yes(what):
    return "yes" if what else ""


def tables(ninc):
    operators = json.loads(subprocess.run([ninc, "operators", "--json"], check=True, capture_output=True).stdout)
    newest = re.search(r"newestOpset = (\d+)", (ROOT / "frontend/onnx/ReadModel.cpp").read_text())[1]
    text = HEAD.format(newest=newest)
    for each in operators:
        if each["format"] == "ONNX":
            run = yes(each["values"])
            text += (f"| {each['operator']} | {history(each['operator'])} | {run} | {run} | {run} | {yes(each['numbers'])} | "
                     f"{each['limits']} |\n")
    others = sorted({each["format"] for each in operators} - {"ONNX"})
    rest = ""
    for format in others:
        rest += OTHER.format(format=format)
        for each in operators:
            if each["format"] == format:
                run = yes(each["values"])
                rest += f"| {each['operator']} | {run} | {run} | {run} | {each['limits']} |\n"
    return text, rest


def counted(ninc):
    """The last line of what the runner of ONNX's cases says."""
    done = subprocess.run([sys.executable, ROOT / "tests/onnx/onnx_test.py", ninc, "--all"],
                          capture_output=True, text=True)
    counts = done.stdout.strip().splitlines()[-1]
    if not re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", counts):
        sys.exit(f"scripts/operators: the cases can't be counted: {done.stdout[-300:]}{done.stderr[-300:]}")
    return f"Of those in the package `onnx` {onnx.__version__}, compiled: {counts}."


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--ninc", default=ROOT / "build/ninc")
    parser.add_argument("--cases", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    old = PAGE.read_text() if PAGE.exists() else ""
    known = re.search(r"^(Of those in the package .*|No count yet.*)$", old, re.MULTILINE)
    cases = counted(options.ninc) if options.cases else known[1] if known else CASES
    head, rest = tables(options.ninc)
    page = head + TAIL.format(cases=cases) + rest
    if options.check and page != old:
        sys.exit("docs/operators.md isn't what the tables say; scripts/operators writes it")
    if not options.check:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
