#!/usr/bin/env python3
"""Completion as the shells do it: the installed scripts are read by bash, zsh and fish, which are asked what they would
offer. A shell that isn't there is skipped aloud.

    completion_test.py NINC        (run by ctest)
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

NINC = None

# What is typed, the cursor at its end, and what is offered among others.
OFFERED = [
    ("ninc ve", {"verify"}),
    ("ninc --tar", {"--target"}),
    ("ninc model.onnx -o m.so --ba", {"--batch"}),
    ("ninc --target x86-64-", {"x86-64-v2", "x86-64-v3", "x86-64-v4"}),
    ("ninc run --la", {"--layout"}),
    ("ninc run --layout ", {"rgb", "bgr"}),
    ("ninc verify --device ", {"cpu", "opencl", "cuda"}),
    ("ninc bench mod", {"model.onnx"}),
    ("ninc model.onnx --db mod", {"model.onnx"}),
    ("ninc show model.onnx --after pas", {"passes"}),
    ("ninc completion ", {"bash", "zsh", "fish"}),
]
# What isn't: flags of other commands, files where a number is wanted.
WITHHELD = [("ninc run --sav", {"--save-temps"}), ("ninc bench --threads mod", {"model.onnx"}),
            ("ninc completion ", {"model.onnx"})]


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, command, folder):
        self.shown = ""  # and not asked for yet
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb",
                                             "LANG": "C.UTF-8", "PS1": "> "})

    def send(self, keys):
        os.write(self.end, keys.encode())

    def read_until(self, mark, seconds=60):
        deadline = time.monotonic() + seconds
        while mark not in self.shown:
            if time.monotonic() > deadline:
                raise AssertionError(f"'{mark}' doesn't come after {self.shown!r}")
            if select.select([self.end], [], [], 0.2)[0]:
                self.shown += os.read(self.end, 65536).decode(errors="replace")
        before, _, self.shown = self.shown.partition(mark)
        return before

    def close(self):
        os.close(self.end)
        os.waitpid(self.process, 0)


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "model.onnx").touch()
        (self.folder / "with blanks.npy").touch()

    def write_script(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"no {shell}")
        script = subprocess.run([NINC, "completion", shell], capture_output=True, text=True, check=True).stdout
        (self.folder / f"ninc.{shell}").write_text(script)

    def ask(self, shell, program):
        done = subprocess.run([shell, *program], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TERM": "dumb", "LANG": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""), program)
        return set(done.stdout.splitlines())

    def check(self, offers):
        for typed, words in OFFERED:
            with self.subTest(typed=typed):
                self.assertLessEqual(words, offers(typed))
        for typed, words in WITHHELD:
            with self.subTest(typed=typed):
                self.assertFalse(words & offers(typed))

    def bash(self, typed):
        # As readline splits words: at blanks and at =.
        words = [word for word in re.split(r" |(=)", typed) if word is not None]
        quoted = " ".join(f"'{word}'" for word in words)
        return self.ask("bash", ["-c", f"compopt() {{ :; }}; source ninc.bash; COMP_WORDS=({quoted}); "
                                       f"COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _ninc; "
                                       'for word in "${COMPREPLY[@]}"; do echo "$word"; done'])

    def test_bash(self):
        self.write_script("bash")
        self.check(self.bash)
        self.assertEqual(self.bash("ninc run m.so --input image=with"), {"with blanks.npy"})
        self.assertEqual(self.bash("ninc run m.so --input image="), {"with blanks.npy", "model.onnx", "ninc.bash"})

    def test_zsh(self):
        """Completion runs inside of line editing alone, so a terminal is made, and TAB is pressed twice: once for what
        is common, once for the list."""
        self.write_script("zsh")
        functions = tempfile.TemporaryDirectory()
        self.addCleanup(functions.cleanup)
        (self.folder / "ninc.zsh").rename(functions.name + "/_ninc")
        terminal = Terminal(["zsh", "-f", "-i"], self.folder)
        self.addCleanup(terminal.close)
        terminal.send(f"fpath=({functions.name} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_beep; "
                      "LISTMAX=100000; unset zle_bracketed_paste; PS1='what''now> '\n")
        terminal.read_until("whatnow> ")

        def offers(typed):
            terminal.send(typed + "\t\t\x15echo 'e''nd'\n")
            shown = terminal.read_until("\nend")
            terminal.read_until("whatnow> ")
            return set(re.findall(r"[\w.-]+", shown))
        self.check(offers)
        self.assertIn("blanks.npy", offers("ninc run m.so --input image=with"))

    def test_fish(self):
        self.write_script("fish")

        def offers(typed):
            said = self.ask("fish", ["--no-config", "-c", f"source ninc.fish; complete -C '{typed}'"])
            return {line.split("\t")[0] for line in said}
        self.check(offers)


if __name__ == "__main__":
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
