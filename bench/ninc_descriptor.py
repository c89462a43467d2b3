"""A compiled model's descriptor (runtime/ninc_model.h) read with ctypes alone, so that it costs no import."""

import ctypes
import pathlib
import re

HEADER = pathlib.Path(__file__).resolve().parents[1] / "runtime" / "ninc_model.h"


class Tensor(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("element", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("shape", ctypes.c_int64 * 8), ("stride", ctypes.c_int64 * 8), ("bytes", ctypes.c_int64)]


class Model(ctypes.Structure):
    """The fields read here; a library's own struct may have more behind them."""

    _fields_ = [("abi", ctypes.c_int32), ("struct_bytes", ctypes.c_int32), ("name", ctypes.c_char_p),
                ("compiler", ctypes.c_char_p), ("target", ctypes.c_char_p), ("batch", ctypes.c_int32),
                ("least_batch", ctypes.c_int32), ("n_inputs", ctypes.c_int32), ("n_outputs", ctypes.c_int32),
                ("n_sizes", ctypes.c_int32), ("n_versions", ctypes.c_int32), ("most_kernels", ctypes.c_int32),
                ("inputs", ctypes.POINTER(Tensor)), ("outputs", ctypes.POINTER(Tensor)),
                ("sizes", ctypes.c_void_p), ("versions", ctypes.c_void_p), ("scratch_bytes", ctypes.c_int64),
                ("scratch_bytes_per_thread", ctypes.c_int64), ("scratch_alignment", ctypes.c_int64),
                ("weight_bytes", ctypes.c_int64), ("macs", ctypes.c_int64),
                ("supported", ctypes.CFUNCTYPE(ctypes.c_int)),
                ("run", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
                                         ctypes.c_void_p)),
                ("strerror", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_int)),
                ("team_create", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int32,
                                                 ctypes.POINTER(ctypes.c_int))),
                ("team_destroy", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


def header_abi():
    """NINC_MODEL_ABI of this tree's header."""
    return int(re.search(r"(?m)^#define NINC_MODEL_ABI (\d+)", HEADER.read_text())[1])


def describe(path):
    """The descriptor of the library at `path`, checked against this tree's header."""
    function = ctypes.CDLL(str(path)).ninc_model_v1
    function.restype = ctypes.POINTER(Model)
    model = function().contents
    if model.abi != header_abi():
        raise RuntimeError(f"{path} has model ABI {model.abi}, {HEADER.name} has {header_abi()}")
    if model.struct_bytes < ctypes.sizeof(Model):
        raise RuntimeError(f"{path} describes itself in {model.struct_bytes} bytes, this script reads "
                           f"{ctypes.sizeof(Model)}")
    check(model, model.supported())
    return model


def check(model, status):
    """Raises what a status says, unless it is NINC_OK."""
    if status:
        raise RuntimeError(model.strerror(status).decode())


def scratch_bytes(model, threads):
    return model.scratch_bytes + threads * model.scratch_bytes_per_thread
