"""results.json as Markdown: a summary first, then every time, then what the times are worth.

    report.py [results.json]      (default: bench/out/results.json)
"""

import json
import math
import pathlib
import sys

import engines

STATISTICS = ("min_ms", "median_ms")


def table(header, rows):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header),
                      *("| " + " | ".join(row) + " |" for row in rows)])


def milliseconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.2f}" if value < 100 else f"{value:.1f}"


def megabytes(value):
    return f"{value / 1e6:.2f}" if value < 1e7 else f"{value / 1e6:.0f}"


def mark(*rows):
    """Behind a figure that other processes disturbed in every burst."""
    return "" if all(row["quiet"] for row in rows) else " †"


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def configurations(results):
    """Rows by (network, batch, threads), as {engine: row}."""
    grouped = {}
    for row in results["rows"]:
        grouped.setdefault((row["network"], row["batch"], row["threads"]), {})[row["engine"]] = row
    return grouped


def timed(rows):
    return {engine: row for engine, row in rows.items() if row["status"] == "ok"}


def fastest_peer(rows, statistic):
    peers = [row for engine, row in timed(rows).items() if engine != "ninc"]
    return min(peers, key=lambda row: row[statistic], default=None)


def progress(rows):
    """One line of a configuration."""
    first = rows[0]
    cells = [f"{engines.NAMES[row['engine']]} "
             f"{milliseconds(row['min_ms']) if row['status'] == 'ok' else row['status'].upper()}" for row in rows]
    return (f"{first['network']}, batch {first['batch']}, {first['threads']} thread"
            f"{'' if first['threads'] == 1 else 's'}, ms an image: {', '.join(cells)}")


def summary(results):
    """ninc beside the fastest peer and beside ONNX Runtime, and the mean of the networks' ratios."""
    header = ["network", "batch", "threads", "ninc ms", "fastest peer", "its ms", "ratio min / median",
              "ONNX Runtime ms", "ratio min / median"]
    lines, means = [], {}
    for (network, batch, threads), rows in configurations(results).items():
        ours, reference = timed(rows).get("ninc"), timed(rows).get("onnxruntime")
        best = {statistic: fastest_peer(rows, statistic) for statistic in STATISTICS}
        cells = {"fastest": [], "onnxruntime": []}
        for statistic in STATISTICS:
            for against, peer in (("fastest", best[statistic]), ("onnxruntime", reference)):
                ratio = peer[statistic] / ours[statistic] if ours and peer else None
                cells[against].append(f"{ratio:.2f}{mark(ours, peer)}" if ratio else "-")
                if ratio:
                    column = means.setdefault((batch, threads), {}).setdefault((against, statistic), ([], []))
                    column[0].append(ratio)
                    column[1].extend([ours, peer])
        peer = best["min_ms"]
        lines.append([network, str(batch), str(threads), milliseconds(ours["min_ms"]) if ours else "-",
                      engines.NAMES[peer["engine"]] if peer else "-", milliseconds(peer["min_ms"]) if peer else "-",
                      " / ".join(cells["fastest"]), milliseconds(reference["min_ms"]) if reference else "-",
                      " / ".join(cells["onnxruntime"])])
    for (batch, threads), ratios in means.items():
        def mean(against):
            columns = [ratios.get((against, statistic), ([], [])) for statistic in STATISTICS]
            return " / ".join(f"**{geometric_mean(values):.2f}**{mark(*rows)}" if values else "-"
                              for values, rows in columns)
        count = len(ratios.get(("fastest", "min_ms"), ([], []))[0])
        lines.append([f"geometric mean of {count}", str(batch), str(threads), "", "", "", mean("fastest"), "",
                      mean("onnxruntime")])
    return table(header, lines)


def beside_each_other(results, cell):
    """A row a configuration, a column an engine; cell(configuration, rows, row) is the text of one that was timed."""
    names = list(results["engines"])
    lines = []
    for configuration, rows in configurations(results).items():
        cells = [cell(configuration, rows, rows[name]) + mark(rows[name]) if rows[name]["status"] == "ok"
                 else rows[name]["status"].upper() for name in names]
        lines.append([*map(str, configuration), *cells])
    return table(["network", "batch", "threads", *(engines.NAMES[name] for name in names)], lines)


def times(results):
    def cell(_, rows, row):
        best = {s: min(other[s] for other in timed(rows).values()) for s in STATISTICS}
        return " / ".join(("**{}**" if row[s] == best[s] else "{}").format(milliseconds(row[s])) for s in STATISTICS)
    return beside_each_other(results, cell)


def rates(results):
    def cell(configuration, _, row):
        network, _, threads = configuration
        peak = results["peak_gflops"].get(str(threads))
        rate = 2 * results["macs"][network] / row["min_ms"] * 1e-6
        return f"{rate:.0f}" + (f" ({100 * rate / peak:.0f} %)" if peak else "")
    return beside_each_other(results, cell)


def failures(results):
    """Every configuration that an engine has no time for, engines and reasons together."""
    reasons = {}
    for row in results["rows"]:
        if row["status"] != "ok":
            reasons.setdefault((row["engine"], row["status"], row["reason"]), []).append(
                f"{row['network']} batch {row['batch']} threads {row['threads']}")
    return "\n".join(f"- **{engines.NAMES[engine]}** {status}: {reason} ({'; '.join(where)})"
                     for (engine, status, reason), where in reasons.items())


def disturbances(results):
    rows = [row for row in results["rows"] if row["status"] == "ok"]
    lost, never = sum(row["disturbed_bursts"] for row in rows), sum(not row["quiet"] for row in rows)
    if not lost:
        return "No burst that counts was disturbed by other processes."
    text = (f"Other processes disturbed {lost} of {results['rounds'] * len(rows)} bursts even when repeated; those "
            "don't count")
    return text + (f", except in the {never} figures marked †, which had no other: don't trust them." if never else ".")


def starts(results):
    lines = []
    for row in results["startup"]:
        if "reason" in row:
            lines.append([row["network"], row["way"], f"FAILED: {row['reason']}", "", "", ""])
            continue
        lines.append([row["network"], row["way"], f"{row['min_ms']:.1f} / {row['median_ms']:.1f}",
                      megabytes(row["peak_bytes"]), megabytes(row["runtime_bytes"]) if row["runtime_bytes"] else "-",
                      megabytes(row["model_bytes"]) if row["model_bytes"] else "-"])
    return table(["network", "process", "ms min / median", "peak memory MB", "runtime libraries MB", "model MB"], lines)


def embedded(results):
    rows = [row for row in results["startup"] if "weight_bytes" in row]
    return "; ".join(f"{row['network']} {megabytes(row['weight_bytes'])} MB of weights inside the library and "
                     f"{megabytes(row['scratch_bytes'])} MB of scratch" for row in rows)


def about(results):
    machine = results["machine"]
    caches = ", ".join(f"{level} {size // 1024} KiB" for level, size in machine["caches"].items() if size)
    peaks = ", ".join(f"{peak:.0f} GFLOP/s on {threads} thread{'' if threads == '1' else 's'}"
                      for threads, peak in results["peak_gflops"].items())
    lines = [f"- {results['date']}, commit {results['commit']}; load before {results['load_before'][0]:.2f}, after "
             f"{results['load_after'][0]:.2f}",
             f"- {machine['cpu']} (family {machine['family']}, model {machine['model']}), {machine['cores']} cores"
             f"{' in a virtual machine' if machine['virtual_machine'] else ''}; {' '.join(machine['isa'])}; {caches}; "
             f"{machine['memory_bytes'] / 2**30:.0f} GiB; {machine['system']}, Python {machine['python']}",
             f"- peak of multiply-adds, measured in the same rounds: {peaks or 'not measured'}",
             f"- {results['rounds']} rounds of {results['seconds']:g} s; ninc target {results['target']}"]
    for engine in results["engines"].values():
        packages = ", ".join(f"{package} {version or 'NOT INSTALLED'}"
                             for package, version in engine["versions"].items())
        lines.append(f"- **{engine['name']}**: {packages}. {engine['settings']}")
    return "\n".join(lines)


def preparation(results):
    """How long each engine's model file took to make, from the first number of threads of each configuration."""
    names = list(results["engines"])
    seen, lines = set(), []
    for (network, batch, _), rows in configurations(results).items():
        if (network, batch) not in seen:
            seen.add((network, batch))
            lines.append([network, str(batch), *(
                f"{rows[name]['convert_seconds']:.1f} s, {rows[name]['convert_peak_bytes'] / 1e6:.0f} MB"
                + "".join(f" ({note})" for note in rows[name]["convert_notes"])
                if "convert_seconds" in rows[name] else "-" for name in names)])
    return table(["network", "batch", *(engines.NAMES[name] for name in names)], lines)


def markdown(results):
    parts = ["# ninc beside other engines", about(results),
             "## Summary", "Minimum an image. Ratios are the peer's time by ninc's, of minima and of medians (the "
             "fastest peer is chosen for each): above 1 ninc is faster.", summary(results),
             "## Times", "Milliseconds an image, minimum / median over all calls; the best of a row is bold.",
             times(results), disturbances(results)]
    if missing := failures(results):
        parts += ["## Not timed", missing]
    parts += ["## Rates", "GFLOP/s at the minimum (% of the peak measured beside it). Operations are those of direct "
              "convolution, two a multiply-accumulate, whatever an engine does: Winograd's algorithm needs fewer "
              "multiplications, so it can pass 100 %.", rates(results)]
    if results["startup"]:
        parts += ["## Start-up", "From the start of a process to its first result: one image, one thread, files in "
                  "memory. Peers start through Python, so the times of \"Python with numpy\" are inside theirs, and "
                  "\"Python alone\" inside ninc's from Python. Memory is the process's peak. Runtime libraries are "
                  "those mapped beyond Python's and numpy's own.", starts(results), embedded(results) + "."]
    parts += ["## Preparation", "Making the model file, once: time, and memory of the largest process. ninc and IREE "
              "compile here (IREE three times, and keeps the fastest), other engines at start-up.",
              preparation(results)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    default = pathlib.Path(__file__).parent / "out" / "results.json"
    print(markdown(json.loads((pathlib.Path(sys.argv[1]) if sys.argv[1:] else default).read_text())), end="")
