#!/usr/bin/env python3
"""Completion as the shells do it: the installed scripts are read by bash, zsh and fish, which are asked what they would
offer. A shell that isn't there is skipped aloud.

    completion_test.py NINC        (run by ctest)
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
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
]
# What isn't: flags of other commands, files where a number is wanted.
WITHHELD = [("ninc run --sav", {"--save-temps"}), ("ninc bench --threads mod", {"model.onnx"})]


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "model.onnx").touch()
        (self.folder / "with blanks.npy").touch()

    def ask(self, shell, program):
        if not shutil.which(shell):
            self.skipTest(f"no {shell}")
        script = subprocess.run([NINC, "completion", shell], capture_output=True, text=True, check=True).stdout
        (self.folder / f"ninc.{shell}").write_text(script)
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
        self.check(self.bash)
        self.assertEqual(self.bash("ninc run m.so --input image=with"), {"with blanks.npy"})
        self.assertEqual(self.bash("ninc run m.so --input image="), {"with blanks.npy", "model.onnx", "ninc.bash"})

    def test_zsh(self):
        """_arguments runs inside of line editing alone, so the script is read and its parts are looked at."""
        self.ask("zsh", ["-f", "-n", "ninc.zsh"])
        script = (self.folder / "ninc.zsh").read_text()
        self.assertTrue(script.startswith("#compdef ninc\n"))
        for part in ("'run:run a model", "'(-o --output)--output[", "'(--layout)--layout[", ":(bgr rgb)'",
                     "'*--input[an input'\\''s file\\: .npy, PNG or JPEG]:NAME=FILE:_ninc_named_file'"):
            self.assertIn(part, script)

    def test_fish(self):
        def offers(typed):
            said = self.ask("fish", ["--no-config", "-c", f"source ninc.fish; complete -C '{typed}'"])
            return {line.split("\t")[0] for line in said}
        self.check(offers)


if __name__ == "__main__":
    NINC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
