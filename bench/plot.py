#!/usr/bin/env python3
"""The times of results.json as bars: each engine's speed, the fastest peer of a network being 1.

    plot.py [results.json [figure.png]]      (default: bench/out/results.json, bench/out/results.png)
"""

import json
import pathlib
import sys

import engines
import report
import style
from style import plt


def speeds(results, batch, threads, statistic):
    """{engine: [(speed, its label) for each network]}."""
    columns = {engine: [] for engine in results["engines"]}
    for (_, b, t), rows in report.configurations(results).items():
        if (b, t) != (batch, threads):
            continue
        best = report.fastest_peer(rows, statistic) or report.timed(rows).get("ninc")
        for engine, speed in columns.items():
            row = report.timed(rows).get(engine)
            value = best[statistic] / row[statistic] if row and best else 0
            speed.append((value, f"{value:.2f}{report.mark(row, best)}" if value else "not timed"))
    return columns


def panel(axes, results, batch, threads, statistic="min_ms"):
    columns = speeds(results, batch, threads, statistic)
    width = 0.84 / len(columns)
    for number, (engine, values) in enumerate(columns.items()):
        places = [network - 0.42 + (number + 0.5) * width for network in range(len(values))]
        bars = axes.bar(places, [value for value, _ in values], width * 0.92, color=style.COLORS[number],
                        label=engines.NAMES[engine])
        for bar, (_, text) in zip(bars, values):
            axes.annotate(text, (bar.get_x() + bar.get_width() / 2, bar.get_height()), (0, 2),
                          textcoords="offset points", ha="center", va="bottom", rotation=90, fontsize=7,
                          fontweight="bold" if engine == "ninc" else "normal",
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})
    axes.axhline(1, color="black", linewidth=0.8, zorder=0)
    axes.set_xticks(range(len(results["macs"])), [name.removeprefix("nin_") for name in results["macs"]])
    axes.set_xlim(-0.5, len(results["macs"]) - 0.5)
    axes.set_title(f"batch {batch}, {threads} thread{'' if threads == 1 else 's'}", loc="left")
    axes.set_ylabel("speed, fastest peer = 1")
    axes.tick_params(axis="x", length=0)


def draw(results, path):
    style.apply()
    columns = sorted({(row["batch"], row["threads"]) for row in results["rows"]})
    across = min(2, len(columns))
    down = -(-len(columns) // across)
    figure, panels = plt.subplots(down, across, figsize=(7.2 * across, 3.4 * down), squeeze=False, sharey=True)
    for axes, (batch, threads) in zip(panels.flat, columns):
        panel(axes, results, batch, threads)
    for axes in panels.flat[len(columns):]:
        axes.set_visible(False)
    top = max(axes.get_ylim()[1] for axes in panels.flat)
    panels.flat[0].set_ylim(0, top * 1.08)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, ncols=len(labels), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    figure.supxlabel(f"minimum time of a call (†: disturbed by other processes); {results['machine']['cpu']}, "
                    f"{results['date'][:10]}", fontsize=8)
    figure.tight_layout()
    style.save(figure, path)


if __name__ == "__main__":
    out = pathlib.Path(__file__).parent / "out"
    source = pathlib.Path(sys.argv[1]) if sys.argv[1:] else out / "results.json"
    draw(json.loads(source.read_text()), pathlib.Path(sys.argv[2]) if sys.argv[2:] else out / "results.png")
