"""The engines that are compared: ninc and its peers, one module each, all with the same interface.

    DISTRIBUTIONS   the packages an engine comes in, whose versions are reported
    SETTINGS        what was set, in words, for the report
    convert(source, folder) -> Path
        Makes the engine's own model file of a Source (source.py); runs in a process of its own.
    Engine(path, image, threads)
        Loads that file and binds the input: a contiguous float32 array [batch, channels, rows, columns], which
        must outlive the engine. run() computes the output of the bound input, output() gives it as an array,
        close() lets go of threads.

Every engine computes in f32, with exactly `threads` threads, and is set up as its documentation advises for the
lowest latency. An engine is imported only in the process that runs it.
"""

import importlib

# Module in this folder: name in tables. ninc is what the others are held against; ONNX Runtime's outputs are
# the reference for all.
NAMES = {"ninc": "ninc", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "mnn": "MNN", "ncnn": "ncnn",
         "iree": "IREE"}
PEERS = [name for name in NAMES if name != "ninc"]


def module(name):
    return importlib.import_module(f"engines.{name}")
