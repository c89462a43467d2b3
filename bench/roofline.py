#!/usr/bin/env python3
"""Kernels under the machine's roofs: its peak of multiply-adds, and what caches and memory can deliver.

A kernel's intensity is the operations of direct convolution by the bytes it must read and write at least once,
weights included. A point above the flat roof is a kernel that needs fewer operations (Winograd's algorithm); one
between two slanted roofs is bound by the lower level if that is where its weights come from. Pools have no
multiply-adds and no point.

    roofline.py [--networks A,B,...] [--threads N] [--ninc FILE] [--out FOLDER]
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

import machine
import networks

ROOT = pathlib.Path(__file__).resolve().parents[1]
MARKERS = {"first stage": "o", "second": "s", "third": "^", "last, with the average": "D"}
ROUNDS = 3
BENCH_SECONDS = 0.5


def bandwidths(threads, folder):
    """{level: (GB/s of all threads, bytes that each read)} of the levels that this machine has."""
    program = folder / "bandwidth"
    subprocess.run(["cc", "-O3", "-march=native", "-pthread", ROOT / "bench" / "bandwidth.c", "-o", program],
                   check=True)
    # Half of a private cache; of a shared one enough to be out of the private ones; twice the last one for memory.
    l2, l3 = machine.cache_bytes(2), machine.cache_bytes(3)
    sizes = {"L2": l2 // 2 if l2 else None, "L3": 8 * l2 if l2 and l3 and 16 * l2 <= l3 else None,
             "memory": 2 * max(l3 or 0, l2 or 0, 64 << 20) // threads}
    sizes = {level: size for level, size in sizes.items() if size}
    done = subprocess.run([program, str(threads), *map(str, sizes.values())], check=True, capture_output=True,
                          text=True)
    return {level: (1e-9 * float(rate), size) for (level, size), rate in zip(sizes.items(), done.stdout.split())}


def kernels(library, threads, ninc):
    """The best of each kernel over a few runs of ninc bench, and the best peak beside them."""
    best, peak = {}, 0
    for _ in range(ROUNDS):
        done = subprocess.run([ninc, "bench", library, "--json", "--threads", str(threads), "--seconds",
                               str(BENCH_SECONDS)], check=True, capture_output=True, text=True)
        measured = json.loads(done.stdout)
        peak = max(peak, measured["peak_gflops"])
        for kernel in measured["kernels"]:
            if kernel["macs"] and kernel["gflops"] > best.get(kernel["name"], {"gflops": 0})["gflops"]:
                best[kernel["name"]] = kernel
    return list(best.values()), peak


def measure(names, threads, ninc, target="host"):
    """{threads, peak_gflops, bandwidth {level: {gb_per_s, bytes}}, kernels {network: [...]}}, one image a call."""
    result = {"threads": threads, "peak_gflops": 0, "kernels": {}}
    with tempfile.TemporaryDirectory(prefix="ninc-roofline-") as folder:
        folder = pathlib.Path(folder)
        result["bandwidth"] = {level: {"gb_per_s": rate, "bytes": size}
                               for level, (rate, size) in bandwidths(threads, folder).items()}
        for name in names:
            library = folder / f"{name}.so"
            subprocess.run([ninc, networks.EXAMPLES / f"{name}.nin", "-o", library, "--no-db", "--target", target], check=True)
            result["kernels"][name], peak = kernels(library, threads, ninc)
            result["peak_gflops"] = max(result["peak_gflops"], peak)
    return result


def markers(measured):
    """A marker for each kernel of a network, in their order."""
    *before, last = MARKERS.values()
    return [*before[:len(measured) - 1], last]


def draw(result, path):
    import style
    from style import plt
    style.apply()
    peak = result["peak_gflops"]
    points = [(2 * kernel["macs"] / kernel["bytes"], kernel["gflops"])
              for measured in result["kernels"].values() for kernel in measured]
    left = min([2, *(x / 2 for x, _ in points)])
    right = max([100, *(x * 2 for x, _ in points)])
    figure, axes = plt.subplots(figsize=(9.5, 5.4))
    axes.plot([left, right], [peak, peak], color="black", linewidth=1.4)
    axes.annotate(f"multiply-adds {peak:.0f} GFLOP/s", (left, peak), (4, 4), textcoords="offset points", fontsize=9)
    bottom = min([peak / 6, *(y / 1.6 for _, y in points)])
    top = max([peak * 1.5, *(y * 1.4 for _, y in points)])
    axes.set(xscale="log", yscale="log", xlim=(left, right), ylim=(bottom, top),
             xlabel="operations a byte (direct convolution; inputs, outputs and weights once)", ylabel="GFLOP/s")
    for level, measured in result["bandwidth"].items():
        rate = measured["gb_per_s"]
        ends = [max(left, bottom / rate), peak / rate]
        if ends[0] >= ends[1]:
            continue  # meets the flat roof left of the figure
        heights = [rate * end for end in ends]
        axes.plot(ends, heights, color="black", linewidth=0.9, linestyle=(0, (5, 2)))
        (x0, y0), (x1, y1) = axes.transData.transform(list(zip(ends, heights)))
        axes.annotate(f"{level} {rate:.0f} GB/s", (math.sqrt(math.prod(ends)), math.sqrt(math.prod(heights))),
                      rotation=math.degrees(math.atan2(y1 - y0, x1 - x0)), rotation_mode="anchor", ha="center",
                      va="bottom", fontsize=9)
    for color, measured in zip(style.COLORS, result["kernels"].values()):
        for kernel, marker in zip(measured, markers(measured)):
            axes.scatter(2 * kernel["macs"] / kernel["bytes"], kernel["gflops"], s=46, marker=marker, color=color,
                         edgecolor="white", linewidth=0.6, zorder=3)
    axes.set_title(f"ninc's kernels, batch 1, {result['threads']} thread{'' if result['threads'] == 1 else 's'}",
                   loc="left")
    ticks = [tick for tick in (10, 20, 50, 100, 200, 500, 1000, 2000) if bottom < tick < top]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.yaxis.set_minor_locator(plt.NullLocator())
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(color="0.9", linewidth=0.6)
    networks_shown = [plt.Line2D([], [], linestyle="", marker="o", color=color, label=network)
                      for color, network in zip(style.COLORS, result["kernels"])]
    stages_shown = [plt.Line2D([], [], linestyle="", marker=marker, color="0.4", label=label)
                    for label, marker in MARKERS.items()]
    axes.add_artist(axes.legend(handles=networks_shown, loc="lower right"))
    axes.legend(handles=stages_shown, loc="lower right", bbox_to_anchor=(0.78, 0))
    style.save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(networks.NETWORKS), metavar="A,B,...")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument("--ninc", default=str(ROOT / "build" / "ninc"), metavar="FILE")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench" / "out", metavar="FOLDER")
    arguments = parser.parse_args()
    names = arguments.networks.split(",")
    if unknown := [name for name in names if name not in networks.NETWORKS]:
        parser.error(f"unknown network '{unknown[0]}'; there are {', '.join(networks.NETWORKS)}")
    result = measure(names, arguments.threads, arguments.ninc)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "roofline.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(result, arguments.out / "roofline.png")


if __name__ == "__main__":
    main()
