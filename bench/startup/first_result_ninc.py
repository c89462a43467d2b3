"""The same for ninc from Python: ctypes, and nothing that has to be imported beside it.

    first_result_ninc.py MODEL
"""

import ctypes
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import ninc_descriptor  # noqa: E402
from usage import report  # noqa: E402

model = ninc_descriptor.describe(sys.argv[1])
image, prob = (ctypes.create_string_buffer(tensor[0].bytes) for tensor in (model.inputs, model.outputs))
values = (ctypes.c_float * (len(image) // 4)).from_buffer(image)
values[:] = [0.5] * len(values)
scratch = ctypes.create_string_buffer(ninc_descriptor.scratch_bytes(model, 1) + model.scratch_alignment)
start = ctypes.addressof(scratch)
ninc_descriptor.check(model, model.run((ctypes.c_void_p * 1)(ctypes.addressof(image)),
                                       (ctypes.c_void_p * 1)(ctypes.addressof(prob)),
                                       start + -start % model.scratch_alignment, None))
report({"weight_bytes": model.weight_bytes, "scratch_bytes": ninc_descriptor.scratch_bytes(model, 1)})
