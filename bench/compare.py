#!/usr/bin/env python3
"""Compiled models beside five other engines: same networks, same weights, same threads, one run, f32.

For each network, batch and number of threads every engine gets a process of its own. Outputs are compared with
ONNX Runtime's before anything is timed (to 1e-4 of the largest probability): an engine that differs
is reported and not timed, and if it is ninc the run fails. Then rounds alternate, a burst of each engine in rotating
order with all others stopped, so that a change of the machine's speed meets all. Reported are the minimum and the
median over all calls, an image. Bursts during which other processes took the cores are repeated.

Run it as scripts/bench, which installs the engines. It writes results.json, results.md and figures into --out.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import catalog
import engines
import machine
import measure
import packages
import report
import roofline
import startup

ROOT = pathlib.Path(__file__).resolve().parents[1]


def names(kind, known, groups=None):
    """A converter for an option that lists names, or words for several of them."""
    def parse(text):
        chosen = [name for word in text.split(",") if word for name in (groups or {}).get(word, [word])]
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"unknown {kind} '{name}'; there are {', '.join(known)}")
        return list(dict.fromkeys(chosen))
    return parse


def positive(convert):
    def parse(text):
        try:
            value = convert(text)
        except ValueError:
            value = 0
        if not value > 0:
            raise argparse.ArgumentTypeError(f"'{text}' isn't a positive {'number' if convert is float else 'integer'}")
        return value
    return parse


def positive_integers(text):
    return list(dict.fromkeys(map(positive(int), text.split(","))))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--networks", type=names("network", catalog.NETWORKS, catalog.GROUPS), default=catalog.CHAINS, metavar="A,B,...",
        help=f"of {', '.join(catalog.NETWORKS)}, or 'nin' and 'family' for all of a kind (default: nin)")
    add("--peers", type=names("peer", engines.PEERS), default=engines.PEERS, metavar="A,B,...",
        help=f"of {', '.join(engines.PEERS)} (default: all); ninc is always there")
    add("--batches", type=positive_integers, default=[1, 16], metavar="N,...", help="images a call (default: 1,16)")
    add("--threads", type=positive_integers, default=[1, 2], metavar="N,...", help="default: 1,2")
    add("--rounds", type=positive(int), default=8, metavar="N", help="bursts of each engine (default: 8)")
    add("--seconds", type=positive(float), default=0.25, metavar="S", help="length of a burst (default: 0.25)")
    add("--patience", type=float, default=300, metavar="S",
        help="seconds to spend at most on repeating bursts that other processes disturbed (default: 300)")
    add("--target", default="host", help="what ninc compiles for (default: host); peers use what the CPU has")
    add("--ninc", type=pathlib.Path, default=ROOT / "build" / "ninc", metavar="FILE",
        help="the compiler (default: build/ninc)")
    add("--startup", type=names("network", catalog.NETWORKS), metavar="A,B,...",
        help="networks whose start-up is measured, of those compared (default: nin_cifar10,nin_imagenet; '' for none)")
    add("--out", type=pathlib.Path, default=ROOT / "bench" / "out", metavar="FOLDER",
        help="for results and figures (default: bench/out)")
    add("--json", type=pathlib.Path, metavar="FILE", help="write results.json there too")
    arguments = parser.parse_args()
    if not os.access(arguments.ninc, os.X_OK):
        parser.error(f"there is no compiler at {arguments.ninc}; scripts/setup builds it")
    if arguments.startup is None:
        arguments.startup = ["nin_cifar10", "nin_imagenet"]
    cores = len(os.sched_getaffinity(0))
    if max(arguments.threads) > cores:
        parser.error(f"--threads {max(arguments.threads)}: there are {cores} cores, and more threads than cores "
                     "measure the scheduler")
    if absent := packages.missing(measure.REFERENCE):
        parser.error(f"every output is compared with ONNX Runtime's, and {', '.join(absent)} isn't installed")
    return arguments


def commit():
    """The tree's commit, '-dirty' if it was changed since; None outside a repository."""
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or None


def describe(arguments, compared):
    version = subprocess.run([arguments.ninc, "--version"], capture_output=True, text=True)
    return {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "machine": machine.describe(), "commit": commit(), "load_before": os.getloadavg(),
            "rounds": arguments.rounds, "seconds": arguments.seconds, "tolerance": measure.TOLERANCE,
            "target": arguments.target,
            "engines": {name: {"name": engines.NAMES[name], "settings": engines.module(name).SETTINGS,
                               "versions": packages.versions(name) or {"ninc": version.stdout.split()[1]}}
                        for name in compared}}


def run(arguments, compiler, results):
    """Measures into `results`, which stays useful if this is interrupted."""
    patience = measure.Patience(arguments.patience)
    for name in arguments.networks:
        network = catalog.NETWORKS[name]
        results["macs"][name] = catalog.macs(network)
        for batch in arguments.batches:
            with tempfile.TemporaryDirectory(prefix="ninc-bench-") as folder:
                folder = pathlib.Path(folder)
                comparison = measure.Comparison(list(results["engines"]), network, batch, folder, compiler,
                                                arguments.target)
                for threads in arguments.threads:
                    rows, peak = comparison.measure(threads, arguments.rounds, arguments.seconds, patience)
                    results["rows"] += rows
                    if peak:
                        best = results["peak_gflops"]
                        best[str(threads)] = max(best.get(str(threads), 0), peak)
                    print(report.progress(rows), file=sys.stderr, flush=True)
                if batch == 1 and name in arguments.startup:
                    models = {engine: made["path"] for engine, made in comparison.converted.items()
                              if engine in results["engines"]}
                    results["startup"] += startup.measure(network, models, arguments.rounds, folder)
    if chains := [name for name in arguments.networks if name in catalog.CHAINS]:
        results["roofline"] = roofline.measure(chains, arguments.threads[0], compiler, arguments.target)


def write(results, arguments):
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in filter(None, [arguments.out / "results.json", arguments.json]):
        path.write_text(json.dumps(results, indent=1) + "\n")
    text = report.markdown(results)
    (arguments.out / "results.md").write_text(text)
    print(text)
    try:
        import plot
    except ImportError as error:
        print(f"compare.py: no figures: {error}", file=sys.stderr)
        return
    plot.draw(results, arguments.out / "results.png")
    if "roofline" in results:
        roofline.draw(results["roofline"], arguments.out / "roofline.png")


def main():
    arguments = parse_arguments()
    results = {**describe(arguments, ["ninc", *arguments.peers]), "macs": {}, "peak_gflops": {}, "rows": [],
               "startup": []}
    stopped = None
    with tempfile.TemporaryDirectory(prefix="ninc-bench-") as folder:
        # A copy: a build may replace the compiler during a run.
        compiler = shutil.copy2(arguments.ninc, folder)
        try:
            run(arguments, compiler, results)
        except measure.NincDiffers as error:
            stopped = str(error)
        except KeyboardInterrupt:
            stopped = "interrupted; this is what was measured until then"
    results["load_after"] = os.getloadavg()
    if results["rows"]:
        write(results, arguments)
    failed = [row["reason"] for row in results["rows"] if row["engine"] == "ninc" and row["status"] != "ok"]
    if failed or stopped:
        sys.exit(f"compare.py: {stopped or f'ninc failed: {failed[0]}'}")


if __name__ == "__main__":
    main()
