"""Whether what `ninc import` writes of a model computes what the model does, bit for bit: both are compiled and run.

    same_bits.py NINC MODEL INPUT=FILE.npy... [-- OPTION...]

tries a model of yours; OPTIONs (`--shape`, `--outputs`, `--weights`) are those that it is compiled with.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

SECONDS = 580


class Different(Exception):
    """What isn't the same, or a command that failed and what it said."""


def ninc(compiler, *arguments, environment=None):
    command = [str(word) for word in (compiler, *arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired as error:
        raise Different(f"`{' '.join(command)}` takes more than {SECONDS} s") from error
    if done.returncode:
        raise Different(f"`{' '.join(command)}` gave {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def batch_of(text):
    """The batch that the model had, as an imported text's comment says it: `--batch 2`."""
    said = re.search(r"^# .*--batch (\d+)", text, re.MULTILINE)
    return ["--batch", said.group(1)] if said else []


def outputs_of(compiler, library, inputs, names, folder, environment=None):
    """What a library computes of files by inputs' names, by outputs' names."""
    words = [word for name, file in inputs.items() for word in ("--input", f"{name}={file}")]
    files = [folder / f"{library.stem}-{i}.npy" for i in range(len(names))]
    for name, file in zip(names, files):
        words += ["--output", f"{name}={file}"]
    ninc(compiler, "run", library, *words, environment=environment)
    return [np.load(file) for file in files]


def check(compiler, model, library, inputs, names, folder, options=(), environment=None):
    """Raises Different unless the library (the model, compiled with `options` and --no-db) and the model's text give equal
    bytes for `inputs`, files by name, at all outputs `names`. What is made on the way lies in `folder`; answers the text."""
    of_text, text = folder / "of_text.so", folder / "imported.nin"
    ninc(compiler, "import", model, "-o", text, *options, environment=environment)
    written = text.read_text()
    ninc(compiler, text, "-o", of_text, "--no-db", *batch_of(written), environment=environment)
    computed = (outputs_of(compiler, each, inputs, names, folder, environment) for each in (library, of_text))
    for name, expected, got in zip(names, *computed):
        if expected.tobytes() != got.tobytes():
            apart = np.abs(expected.astype(np.float64) - got.astype(np.float64)).max()
            raise Different(f"'{name}' of the imported text differs by {apart:.2g}, largest is {np.abs(expected).max():.2g}")
    ninc(compiler, "import", text, "-o", folder / "again.nin", environment=environment)
    again = (folder / "again.nin").read_text().replace('"again.safetensors"', '"imported.safetensors"')
    if again != written:
        raise Different("importing the text gives another text")
    return written


def main():
    if len(sys.argv) < 4:
        print(__doc__)
        return 2
    words, options = sys.argv[1:], []
    if "--" in words:
        words, options = words[: words.index("--")], words[words.index("--") + 1:]
    compiler, model, *inputs = words
    given = dict(each.split("=", 1) for each in inputs)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        try:
            shown = ninc(compiler, "show", model, *options)
            names = [name.strip() for name in re.findall(r"^output (.*)$", shown, re.MULTILINE)[-1].split(",")]
            ninc(compiler, model, "-o", folder / "of_file.so", "--no-db", *options)
            print(check(compiler, model, folder / "of_file.so", given, names, folder, options))
        except Different as different:
            print(different)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
