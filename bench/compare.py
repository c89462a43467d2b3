#!/usr/bin/env python3
"""ninc beside ONNX Runtime: same networks, same weights, same threads, one run.

For each network the outputs are compared first (1e-4, the largest difference between probabilities); then
rounds alternate, a burst of the one, a burst of the other, so that a change of the machine's speed meets
both. Reported: minimum and median over all calls, and their ratios; above 1.00 ninc is faster.

    .deps/python/bin/python bench/compare.py [--networks nin_cifar10,...] [--threads 1,2] [--json FILE]
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

import networks
from ninc_library import Library

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOLERANCE = 1e-4


def session_for(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def timed(call, seconds):
    """Durations of calls, as many as fit."""
    samples, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or not samples:
        start = time.perf_counter()
        call()
        samples.append(time.perf_counter() - start)
    return samples


def compare(network, threads, ninc, target, rounds, seconds):
    weights = networks.random_weights(network)
    image = networks.random_input(network)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = networks.write_nin(network, weights, folder)
        library = folder / f"{network.name}.so"
        start = time.perf_counter()
        subprocess.run([ninc, model, "-o", library, "--target", target], check=True)
        compile_seconds = time.perf_counter() - start
        # The largest process of the compilation so far; kernels are compiled in processes of their own.
        compile_bytes = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        compiled = Library(library, threads)
    session = session_for(networks.onnx_model(network, weights), threads)

    compiled.bind(image)
    compiled.run()
    expected = session.run(None, {"image": image})[0]
    difference = float(np.abs(compiled.outputs[0] - expected).max())
    if not difference <= TOLERANCE:
        sys.exit(f"{network.name}: outputs differ by {difference:.3g}; nothing is timed")

    calls = {"ninc": compiled.run, "onnxruntime": lambda: session.run(None, {"image": image})}
    samples = {name: [] for name in calls}
    for call in calls.values():
        timed(call, seconds)  # warm-up
    for round_number in range(rounds):
        order = list(calls) if round_number % 2 == 0 else list(reversed(calls))
        for name in order:
            samples[name] += timed(calls[name], seconds)
    compiled.close()
    row = {"network": network.name, "threads": threads, "target": target, "difference": difference,
           "compile_seconds": compile_seconds, "compile_peak_bytes": compile_bytes}
    for name, times in samples.items():
        row[name] = {"min_ms": 1e3 * min(times), "median_ms": 1e3 * statistics.median(times), "calls": len(times)}
    row["ratio_min"] = row["onnxruntime"]["min_ms"] / row["ninc"]["min_ms"]
    row["ratio_median"] = row["onnxruntime"]["median_ms"] / row["ninc"]["median_ms"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(networks.NETWORKS))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--target", default="host")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.25, help="length of a burst")
    parser.add_argument("--ninc", default=str(ROOT / "build" / "ninc"))
    parser.add_argument("--json", help="write the rows there too")
    arguments = parser.parse_args()

    rows = []
    print("| network | threads | ninc min / median ms | ONNX Runtime min / median ms | ratio min / median "
          "| difference | compile s |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.networks.split(","):
        if name not in networks.NETWORKS:
            sys.exit(f"unknown network '{name}'; there are {', '.join(networks.NETWORKS)}")
        for threads in map(int, arguments.threads.split(",")):
            row = compare(networks.NETWORKS[name], threads, arguments.ninc, arguments.target, arguments.rounds,
                          arguments.seconds)
            rows.append(row)
            ours, theirs = row["ninc"], row["onnxruntime"]
            print(f"| {name} | {threads} | {ours['min_ms']:.3f} / {ours['median_ms']:.3f} "
                  f"| {theirs['min_ms']:.3f} / {theirs['median_ms']:.3f} "
                  f"| {row['ratio_min']:.2f} / {row['ratio_median']:.2f} | {row['difference']:.1e} "
                  f"| {row['compile_seconds']:.1f} |", flush=True)
    peak = max(row["compile_peak_bytes"] for row in rows)
    print(f"\nONNX Runtime {onnxruntime.__version__}, ninc target {arguments.target}; the largest compiling process "
          f"took {peak / 1e6:.0f} MB")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
