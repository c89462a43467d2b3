#!/usr/bin/env python3
"""Adds to a fuzzer's committed corpus the few small inputs that reach most of what long runs have found.

    tests/fuzz/choose.py NAME...      (after scripts/fuzz, which keeps what it finds in build-fuzz/corpus/NAME)

Input by input, whichever reaches the most edges that neither the seeds nor those before it reach. What was chosen
earlier is up for choice again.
"""
import argparse
import hashlib
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parent.parent.parent
LARGEST = 4096  # bytes
FOUND = "found-"


def edges(fuzzer, files):
    """The code that a run with each of the files reaches, by libFuzzer's own list for merging."""
    reached = {}
    with tempfile.TemporaryDirectory() as folder:
        control = pathlib.Path(folder) / "control"
        for file in files:
            control.write_text(f"1\n0\n{file}\n")
            subprocess.run([fuzzer, "-merge_inner=1", f"-merge_control_file={control}"], check=True, capture_output=True)
            lines = [line.split()[2:] for line in control.read_text().splitlines() if line.startswith("COV ")]
            reached[file] = {edge for line in lines for edge in line}
    return reached


def choose(name, most, least):
    fuzzer = ROOT / f"build-fuzz/{name}_fuzz"
    committed = ROOT / "tests/fuzz/corpus" / name
    seeds = [file for file in committed.iterdir() if not file.name.startswith(FOUND)]
    if name == "parse":
        seeds += (ROOT / "tests/files/parse").glob("*.nin")
    earlier = list(committed.glob(f"{FOUND}*"))
    with tempfile.TemporaryDirectory() as merged:
        subprocess.run([fuzzer, "-merge=1", merged, committed, ROOT / "build-fuzz/corpus" / name], check=True,
                       capture_output=True)
        files = [file for file in pathlib.Path(merged).iterdir() if file.stat().st_size <= LARGEST]
        left, seen = edges(fuzzer, files), set().union(*edges(fuzzer, seeds).values())
        begin, chosen = len(seen), {}
        while left and len(chosen) < most:
            best = max(left, key=lambda file: (len(left[file] - seen), -file.stat().st_size, file.name))
            gain = left.pop(best) - seen
            if len(gain) < least:
                break
            seen |= gain
            chosen[f"{FOUND}{hashlib.sha1(best.read_bytes()).hexdigest()[:8]}"] = best.read_bytes()
        everything = seen.union(*left.values())
    for file in earlier:
        file.unlink()
    for file, content in chosen.items():
        (committed / file).write_bytes(content)
    print(f"{name}: {begin} edges by {len(seeds)} seeds, {len(seen)} with {len(chosen)} more, {len(everything)} by all")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=16, help="inputs a fuzzer")
    parser.add_argument("--least", type=int, default=3, help="new edges an input")
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    for name in options.names:
        choose(name, options.most, options.least)


if __name__ == "__main__":
    main()
