#!/usr/bin/env python3
"""Adds to a fuzzer's committed corpus the few small inputs that reach most of what long runs have found.

    tests/fuzz/choose.py NAME...      (after scripts/fuzz, which keeps what it finds in build-fuzz/corpus/NAME)

Those that reach the most edges that neither the seeds nor the ones before them reach, smaller ones first. What was
chosen earlier is up for choice again.
"""
import argparse
import hashlib
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parent.parent.parent
LARGEST = 4096  # bytes
FOUND = "found-"


def new_edges(fuzzer, files):
    """How much code each of the files reaches that those before it don't, by libFuzzer's own list for merging."""
    with tempfile.TemporaryDirectory() as folder:
        control = pathlib.Path(folder) / "control"
        control.write_text("\n".join([str(len(files)), "0", *map(str, files)]) + "\n")
        subprocess.run([fuzzer, "-merge_inner=1", f"-merge_control_file={control}"], check=True, capture_output=True)
        lines = [line.split()[1:] for line in control.read_text().splitlines() if line.startswith("COV ")]
    counts = [0] * len(files)
    for number, *edges in lines:
        counts[int(number)] = len(edges)
    return counts


def best(fuzzer, seeds, files, most):
    """The files with the most new edges, most first, and how many edges all have together."""
    counts = new_edges(fuzzer, [*seeds, *files])
    ranked = sorted(zip(counts[len(seeds):], files), key=lambda pair: -pair[0])
    return [file for count, file in ranked[:most] if count > 0], sum(counts)


def choose(name, most):
    fuzzer = ROOT / f"build-fuzz/{name}_fuzz"
    committed, grown = ROOT / "tests/fuzz/corpus" / name, ROOT / "build-fuzz/corpus" / name
    seeds = sorted(file for file in committed.iterdir() if not file.name.startswith(FOUND))
    if name == "parse":
        seeds += sorted((ROOT / "tests/files/parse").glob("*.nin"))
    earlier = sorted(committed.glob(f"{FOUND}*"))
    files = sorted((file for file in [*earlier, *grown.iterdir()] if file.stat().st_size <= LARGEST),
                   key=lambda file: (file.stat().st_size, file.name))
    some, everything = best(fuzzer, seeds, files, 4 * most)
    few, _ = best(fuzzer, seeds, some, most)
    chosen = {f"{FOUND}{hashlib.sha1(file.read_bytes()).hexdigest()[:8]}": file.read_bytes() for file in few}
    for file in earlier:
        file.unlink()
    for file, content in chosen.items():
        (committed / file).write_bytes(content)
    begin, reached = sum(new_edges(fuzzer, seeds)), sum(new_edges(fuzzer, [*seeds, *committed.glob(f"{FOUND}*")]))
    print(f"{name}: {begin} edges by {len(seeds)} seeds, {reached} with {len(chosen)} more, {everything} by all")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=16, help="inputs a fuzzer")
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    for name in options.names:
        choose(name, options.most)


if __name__ == "__main__":
    main()
