#!/usr/bin/env python3
"""A file has one idea and a function fits a screen (docs/contributing.md): no file over 450 lines but for tables, no
function over 60 but for lists.

Functions of C and C++ are found by how they are laid out: a body opens at the end of a line and closes in the column
where its first line begins. With --self-test, checks that long ones would be found.
"""

import ast
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "cmake", "codegen", "driver", "examples", "execution", "frontend", "ir", "passes", "python",
           "runtime", "scripts", "support", "tests", "tools", "tuner")
SUFFIXES = {".h", ".cpp", ".c", ".def", ".py"}
MOST_LINES, MOST_OF_A_FUNCTION = 450, 60

# Tables may be as long as they must.
TABLES: set[str] = set()
# One entry behind the other, without a thought between them, as FILE:FUNCTION.
LISTS = {"tests/runner/model.c:run"}

OPENS = re.compile(r"[)\w>] ?\{$")
LAMBDA = re.compile(r"\[[^\]]*\] ?[({]")
# What a head or an earlier line of one doesn't end with.
ENDS_BEFORE = re.compile(r"([;{}:>]|^|^ *//.*|\*/)$")
NO_FUNCTION = re.compile(r"(if|for|while|switch|else|do|case|namespace|struct|class|enum|union|try|catch|return)\b|[#}]|//")


def functions_of_c(text: str):
    """Name and lines of each function, from the first line of its head to its closing brace."""
    lines = text.split("\n")
    for opening, line in enumerate(lines):
        if not OPENS.search(line) or LAMBDA.search(line):
            continue
        first = opening
        head = line
        while first > 0 and (head.count(")") > head.count("(") or not ENDS_BEFORE.search(lines[first - 1])):
            first -= 1
            head = lines[first] + " " + head
        if NO_FUNCTION.match(head.lstrip()) or "(" not in head or "=" in head.split("(")[0].replace("operator=", ""):
            continue
        closing = re.match(" *", lines[first]).group() + "}"
        last = next((n for n in range(opening + 1, len(lines)) if lines[n].startswith(closing)), len(lines))
        yield (re.findall(r"[\w~:]+(?=\()", head) or [head.strip()])[0], last - first + 1


def functions_of_python(text: str):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def too_long(path: str, text: str) -> list[str]:
    found = []
    lines = text.count("\n")
    if lines > MOST_LINES and path not in TABLES:
        found.append(f"{path}: {lines} lines, of at most {MOST_LINES}: split it by idea")
    functions = functions_of_python if path.endswith(".py") else functions_of_c
    for name, length in functions(text):
        if length > MOST_OF_A_FUNCTION and f"{path}:{name}" not in LISTS:
            found.append(f"{path}: {name} has {length} lines, of at most {MOST_OF_A_FUNCTION}: give its parts names")
    return found


def self_test() -> int:
    line = "  f();\n"
    long_body = line * 70
    bad = [("ir/X.cpp", "int f(int a,\n      int b) {\n" + long_body + "}\n"), ("ir/X.h", "class A {\n  void g() const {\n" + long_body + "  }\n};\n"),
           ("ir/Y.cpp", "A::A(int a)\n    : a_(a) {\n" + long_body + "}\n"), ("x.py", "def h():\n" + "    h()\n" * 70), ("ir/Z.h", "\n" * 451)]
    good = [("ir/X.cpp", "namespace a {\nint f() {\n" + line * 50 + "}\n\nint g() {\n" + line * 50 + "}\n} // namespace a\n"),
            ("ir/X.cpp", "struct table {\n" + "  int a;\n" * 80 + "};\n")]
    return 0 if all(len(too_long(*each)) == 1 for each in bad) and not any(too_long(*each) for each in good) else 1


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    found, files = [], 0
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")):
        if path.suffix in SUFFIXES:
            files += 1
            found += too_long(path.relative_to(ROOT).as_posix(), path.read_text())
    print("\n".join(found) or f"{files} files and their functions are short enough")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
