"""The compiler, which is a program of its own: a fault of it costs a message, it is free to use all cores, and
Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any, NoReturn, Sequence

from ._errors import CompileError, InternalError, NincError, UsageError

_HERE = pathlib.Path(__file__).absolute().parent
_ERRORS = {1: CompileError, 2: UsageError}


def executable() -> str:
    """The path of the `ninc` that this package uses: $NINC, or the one that it came with, or that of the PATH."""
    for path in (os.environ.get("NINC"), str(_HERE / "bin" / "ninc")):
        if path and os.access(path, os.X_OK):
            return path
    found = shutil.which("ninc")
    if not found:
        raise NincError("there is no ninc: neither in this package nor on the PATH, and $NINC names none")
    return found


def run(words: Sequence[str], *, accepted: Sequence[int] = (0,), shows: bool = False) -> str:
    """What `ninc WORDS` prints. Its complaints become an exception; with `shows`, they go to stderr as they come."""
    done = subprocess.run([executable(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=None if shows else subprocess.PIPE, text=True, errors="replace", check=False)
    if done.returncode in accepted:
        return done.stdout
    said = (done.stderr or "").strip() or f"ninc {' '.join(words)} ended with {done.returncode}"
    raise _ERRORS.get(done.returncode, InternalError)(said)


def run_json(words: Sequence[str], **options: Any) -> Any:
    """The same for commands that answer programs."""
    return json.loads(run([*words, "--json"], **options))


def version() -> str:
    """Which ninc this is, with its commit and the versions of LLVM and Halide: what a report of a defect needs."""
    return run(["--version"]).strip()


def main() -> NoReturn:
    """The command `ninc`."""
    path = executable()
    os.execv(path, [path, *sys.argv[1:]])
