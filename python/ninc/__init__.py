"""ninc: an ahead-of-time compiler for Network In Network models and the CNNs like them.

    import ninc
    m = ninc.compile("model.onnx", batch=(1, 16))
    prob = m(image)                     # NumPy in, NumPy out
    m.save("model.so")                  # and later: ninc.load("model.so")

docs/python.md has the rest.
"""

from ._command import executable, version
from ._errors import CompileError, InternalError, NincError, RunError, UsageError, VerificationError
from ._model import Kernel, Model, Tensor, compile, load
from ._profile import Profile
from ._reports import Graph, Layer, Listing, Tuning, Verification, show, tune, verify

__all__ = [
    "CompileError", "Graph", "InternalError", "Kernel", "Layer", "Listing", "Model", "NincError", "Profile", "RunError",
    "Tensor", "Tuning", "UsageError", "Verification", "VerificationError", "compile", "executable", "load", "show", "tune",
    "verify", "version",
]
