#!/usr/bin/env python3
"""The house has floors, and a floor includes only what stands below it (docs/architecture.md).

Reads every #include "..." of the tree and checks it against the table, and that nothing but
support/StandardStreams.h writes to the standard streams. With --self-test, checks that a forbidden include and a
forbidden call would be found.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# floor -> floors whose headers it may include
MAY_INCLUDE = {
    "support": {"support"},
    "ir": {"ir", "support"},
    "frontend": {"frontend", "ir", "support"},
    "passes": {"passes", "ir", "support"},
    "codegen": {"codegen", "passes", "ir", "support", "runtime"},
    "execution": {"execution", "passes", "ir", "support", "runtime"},
    "tuner": {"tuner", "execution", "codegen", "passes", "ir", "support", "runtime"},
    "tools": {"tools", "tuner", "execution", "codegen", "passes", "frontend", "ir", "support", "runtime"},
    "runtime": {"runtime"},
}
# system headers that only one place may know
ONLY_IN = {
    "Halide.h": "codegen/halide/",
    "llvm/": "codegen/",
    "lld/": "codegen/",
    "boost/graph/": "ir/",
    "boost/math/": "tuner/",
    "CLI/": "tools/",
    "CL/": "runtime/",
    "png": "support/",
    "jpeglib": "support/",
    "zlib": "support/",
}
# What ends in an exception, or unseen, where a stream can't be written.
PRINT = re.compile(r"\bfmt::print\b|\bstd::(cout|cerr|clog)\b|\b(std::)?(printf|puts|fputs|fwrite|putchar|perror)\(")
PRINTS_ITSELF = {"support/StandardStreams.cpp", "tools/TuneProgress.cpp"}  # the latter on any stream
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def violations(path: str, text: str) -> list[str]:
    floor = path.split("/", 1)[0]
    found = []
    for quote, target in INCLUDE.findall(text):
        if quote == '"' and "/" in target:
            reached = target.split("/", 1)[0]
            if reached not in MAY_INCLUDE[floor]:
                found.append(f"{path}: {floor}/ may not include {target}")
        elif quote == '"' and floor != "runtime":
            found.append(f'{path}: "{target}" must be included by its path from the root')
        for prefix, home in ONLY_IN.items():
            if quote == "<" and target.startswith(prefix) and not path.startswith(home):
                found.append(f"{path}: only {home} may include <{target}>")
    is_program = path.startswith("tuner/runner/")  # of its own
    if floor != "runtime" and not is_program and path not in PRINTS_ITSELF:
        found += [f"{path}: {call.group()}: say() and answer() of support/StandardStreams.h never fail"
                  for call in PRINT.finditer(text)]
    return found


def self_test() -> int:
    bad = violations("ir/Graph.cpp", '#include "passes/Passes.h"\n#include <Halide.h>\n')
    good = violations("passes/X.cpp", '#include "ir/Graph.h"\n#include <vector>\n')
    prints = violations("tools/show.cpp", 'fmt::print("x"); std::cerr << 1; std::printf("x"); snprintf(p, 1, "x");')
    prints += violations("codegen/X.cpp", "std::fwrite(p, 1, 1, stderr);")
    return 0 if len(bad) == 2 and len(prints) == 4 and not good else 1


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    found, files = [], 0
    for floor in MAY_INCLUDE:
        for path in sorted((ROOT / floor).rglob("*")):
            if path.suffix in {".h", ".cpp", ".c", ".inc", ".def"}:
                files += 1
                found += violations(path.relative_to(ROOT).as_posix(), path.read_text())
    print("\n".join(found) or f"{files} files keep to the floors")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
