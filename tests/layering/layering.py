#!/usr/bin/env python3
"""The house has floors and rooms, and a room includes only what stands below it (docs/architecture.md).

Reads every #include "..." of the tree and checks it against the table of rooms, and that nothing but
support/StandardStreams.h writes to the standard streams. With --self-test, checks that a forbidden include and a
forbidden call would be found.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

BELOW_CODEGEN = {"passes", "ir", "support"}
RUNTIME = {"runtime", "runtime/cpu", "runtime/device"}
SCHEDULES = {"codegen/schedule", "codegen/schedule/light", "codegen/schedule/mlpconv", "codegen/schedule/gpu"}
SPECS = {"codegen/target", "codegen/spec"} | BELOW_CODEGEN
HALIDE = {"codegen/halide", "codegen/halide/shared", "codegen/kernel"} | SPECS | SCHEDULES | RUNTIME
KERNEL_FAMILIES = {"codegen/halide/light", "codegen/halide/cpu/mlpconv", "codegen/halide/gpu/mlpconv"}
# What whoever stands above may see of codegen: what kernels are, and the two roofs.
SEEN_OF_CODEGEN = {"codegen", "codegen/plan", "codegen/kernel"} | SPECS | SCHEDULES
EXECUTION = {"execution/model", "execution/devices", "execution/peaks", "execution/verify"}
BELOW_TUNER = SEEN_OF_CODEGEN | EXECUTION | {"runtime"}
TUNER = {"tuner/records", "tuner/machine", "tuner/search", "tuner/candidate", "tuner/measure", "tuner/session",
         "tuner/report", "tuner/bundle"}

# Room -> rooms whose headers it may include beside its own. A folder that isn't named is part of the one around it.
MAY_INCLUDE = {
    "support": set(),
    # An op says what it is; a graph is made of ops. Whoever may see graphs sees ops.
    "ir": {"ir/ops", "support"},
    "ir/ops": {"ir", "support"},
    "ir/interpreter": {"ir", "ir/ops", "support"},
    "ir/interpreter/bounds": {"ir", "ir/ops", "ir/interpreter", "support"},
    "frontend": {"ir", "support", "frontend/text", "frontend/onnx", "frontend/caffe"},
    "frontend/text": {"frontend", "ir", "support"},
    "frontend/import": {"frontend", "ir", "support"},
    "frontend/onnx": {"frontend", "frontend/import", "ir", "support"},
    "frontend/caffe": {"frontend", "frontend/import", "ir", "support"},
    "passes": {"ir", "support"},
    # What a kernel is, and how it is computed.
    "codegen/target": {"ir", "support", "runtime"},
    "codegen/spec": SPECS,
    "codegen/schedule": SPECS | SCHEDULES,
    "codegen/schedule/light": SPECS,
    "codegen/schedule/mlpconv": SPECS,
    "codegen/schedule/gpu": SPECS | {"codegen/schedule/mlpconv"},
    "codegen/plan": SPECS | SCHEDULES | {"runtime/device"},
    "codegen/kernel": SPECS | SCHEDULES,
    # Kernels: nobody includes what is in here.
    "codegen/halide": HALIDE | KERNEL_FAMILIES | {"codegen/halide/gpu", "codegen/halide/code"},
    "codegen/halide/shared": HALIDE,
    "codegen/halide/light": HALIDE | {"codegen/halide/cpu", "codegen/halide/gpu"},
    "codegen/halide/cpu": HALIDE,
    "codegen/halide/cpu/mlpconv": HALIDE | {"codegen/halide/cpu"},
    "codegen/halide/gpu": HALIDE,
    "codegen/halide/gpu/mlpconv": HALIDE | {"codegen/halide/gpu"},
    "codegen/halide/code": {"codegen/target", "codegen/kernel", "support"},
    # From kernels to a library.
    "codegen/program": SPECS | SCHEDULES | {"codegen/plan", "codegen/kernel", "runtime/device"},
    "codegen/library": {"codegen/target", "codegen/kernel", "codegen/schedule", "codegen/program"} | BELOW_CODEGEN | RUNTIME,
    "codegen": SPECS | SCHEDULES | {"codegen/plan", "codegen/kernel", "codegen/program", "codegen/library", "runtime"},
    # Compiled models, and what they run on.
    "execution/model": {"passes", "ir", "support", "runtime", "execution/devices"},
    "execution/devices": {"support", "runtime", "runtime/device"},
    "execution/peaks": {"support", "runtime", "execution/model", "execution/devices"},
    "execution/verify": {"passes", "ir", "support", "runtime", "execution/model"},
    # A compile needs records and machine and nothing else of the tuner.
    "tuner/records": SEEN_OF_CODEGEN,
    "tuner/machine": {"codegen/target", "support", "tuner/runner"} | EXECUTION,
    "tuner/search": SEEN_OF_CODEGEN | {"tuner/records"},
    "tuner/candidate": SEEN_OF_CODEGEN | {"execution/devices"},
    "tuner/measure": BELOW_TUNER | {"tuner/records", "tuner/machine", "tuner/runner"},
    "tuner/session": BELOW_TUNER | TUNER - {"tuner/report", "tuner/bundle"},
    "tuner/report": {"tuner/session", "tuner/records", "tuner/measure", "support"},
    "tuner/bundle": BELOW_TUNER | TUNER - {"tuner/report"},
    "tuner/runner": {"runtime"},
    # All that ninc does beside its command line; what is above it sees values and calls.
    "driver": BELOW_TUNER | TUNER - {"tuner/report"} | {"frontend", "frontend/import", "codegen/program", "codegen/library"},
    "tools": {"driver", "frontend", "passes", "ir", "support", "tuner/session", "tuner/report"} | EXECUTION,
    # Calls compiled models from Python; compiling is the command's.
    "python": {"execution/model", "ir", "support", "runtime"},
    # C, linked into models; what every library carries, and what those with a half for a device do besides.
    "runtime": set(),
    "runtime/cpu": {"runtime"},
    "runtime/device": {"runtime"},
}
# Who may see the reference, and who the bounds that go with it.
REFERENCE = {"passes", "execution/verify", "tuner/candidate", "tuner/session", "driver", "tools"}
for room, allowed in MAY_INCLUDE.items():
    if "ir" in allowed and not room.startswith("ir"):
        MAY_INCLUDE[room] = allowed | {"ir/ops"} | ({"ir/interpreter", "ir/interpreter/bounds"} if room in REFERENCE else set())
# Of what stands above ops, they see types and tensors alone.
SEEN_BY_OPS = {"ir/Types.h", "ir/Tensor.h"}
FLOORS = sorted({room.split("/", 1)[0] for room in MAY_INCLUDE})
# System headers that only some places may know.
ONLY_IN = {
    "Halide.h": ("codegen/halide/",),
    "llvm/": ("codegen/target/", "codegen/library/", "codegen/halide/code/", "codegen/kernel/MadeApart.cpp",
              "codegen/Checksum.cpp"),
    "lld/": ("codegen/library/",),
    "boost/graph/": ("ir/",),
    "boost/math/": ("tuner/",),
    "CLI/": ("tools/",),
    "CL/": ("runtime/",),
    "Python.h": ("python/",),
    "nanobind/": ("python/",),
    "png": ("support/",),
    "jpeglib": ("support/",),
    "zlib": ("support/",),
    "onnx/": ("frontend/onnx/",),
    "google/protobuf/": ("frontend/onnx/", "frontend/caffe/"),
    "Net.pb.h": ("frontend/caffe/Schema.h",),
}
# What ends in an exception, or unseen, where a stream can't be written.
PRINT = re.compile(r"\bfmt::print\b|\bstd::(cout|cerr|clog)\b|\b(std::)?(printf|puts|fputs|fwrite|putchar|perror)\(")
PRINTS_ITSELF = {"support/StandardStreams.cpp", "tools/TuneProgress.cpp"}  # the latter on any stream
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def room_of(path: str) -> str:
    """The longest room that a path begins with."""
    folder = path.rpartition("/")[0]
    while folder not in MAY_INCLUDE and "/" in folder:
        folder = folder.rpartition("/")[0]
    return folder


def violations(path: str, text: str) -> list[str]:
    floor, room = path.split("/", 1)[0], room_of(path)
    found = []
    for quote, target in INCLUDE.findall(text):
        if quote == '"' and "/" in target:
            reached = room_of(target)
            if reached != room and reached not in MAY_INCLUDE[room]:
                found.append(f"{path}: {room}/ may not include {target}")
            elif room == "ir/ops" and reached == "ir" and target not in SEEN_BY_OPS:
                found.append(f"{path}: ops are below {target}")
        elif quote == '"' and path != "runtime/ninc_devices.h":
            found.append(f'{path}: "{target}" must be included by its path from the root')
        for prefix, homes in ONLY_IN.items():
            if quote == "<" and target.startswith(prefix) and not path.startswith(homes):
                found.append(f"{path}: only {', '.join(homes)} may include <{target}>")
    is_program = path.startswith("tuner/runner/")  # of its own
    if floor != "runtime" and not is_program and path not in PRINTS_ITSELF:
        found += [f"{path}: {call.group()}: say() and answer() of support/StandardStreams.h never fail"
                  for call in PRINT.finditer(text)]
    return found


def self_test() -> int:
    bad = violations("ir/Graph.cpp", '#include "passes/Passes.h"\n#include <Halide.h>\n')
    bad += violations("codegen/plan/X.h", '#include "codegen/Compile.h"\n#include "codegen/halide/shared/Views.h"\n')
    bad += violations("tuner/search/X.cpp", '#include "codegen/library/Link.h"\n#include <llvm/IR/Module.h>\n')
    bad += violations("ir/ops/X.cpp", '#include "ir/Graph.h"\n#include "ir/Types.h"\n')
    bad += violations("codegen/plan/X.h", '#include "ir/interpreter/Interpreter.h"\n')
    bad += violations("tools/X.cpp", '#include "codegen/program/Lower.h"\n')
    bad += violations("driver/X.cpp", '#include "tools/Report.h"\n#include <CLI/CLI.hpp>\n')
    good = violations("passes/X.cpp", '#include "ir/Graph.h"\n#include <vector>\n')
    good += violations("codegen/halide/cpu/mlpconv/X.cpp", '#include "codegen/schedule/mlpconv/MlpconvSchedule.h"\n')
    prints = violations("tools/show.cpp", 'fmt::print("x"); std::cerr << 1; std::printf("x"); snprintf(p, 1, "x");')
    prints += violations("codegen/X.cpp", "std::fwrite(p, 1, 1, stderr);")
    return 0 if len(bad) == 11 and len(prints) == 4 and not good else 1


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    found, files = [], 0
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*")):
            if path.suffix in {".h", ".cpp", ".c", ".inc", ".def"}:
                files += 1
                if room_of(path.relative_to(ROOT).as_posix()) not in MAY_INCLUDE:
                    found.append(f"{path}: stands in no room")
                found += violations(path.relative_to(ROOT).as_posix(), path.read_text())
    print("\n".join(found) or f"{files} files keep to the floors")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
