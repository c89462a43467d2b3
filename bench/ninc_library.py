"""A compiled model in a Python process, through its generic descriptor (runtime/ninc_model.h)."""

import ctypes

import numpy as np


class _Tensor(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("element", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("shape", ctypes.c_int64 * 4), ("stride", ctypes.c_int64 * 4), ("bytes", ctypes.c_int64)]


_RUN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class _Model(ctypes.Structure):
    _fields_ = [("abi", ctypes.c_int32), ("struct_bytes", ctypes.c_int32), ("name", ctypes.c_char_p),
                ("compiler", ctypes.c_char_p), ("target", ctypes.c_char_p), ("batch", ctypes.c_int32),
                ("n_inputs", ctypes.c_int32), ("n_outputs", ctypes.c_int32), ("n_kernels", ctypes.c_int32),
                ("inputs", ctypes.POINTER(_Tensor)), ("outputs", ctypes.POINTER(_Tensor)),
                ("kernels", ctypes.c_void_p), ("scratch_bytes", ctypes.c_int64),
                ("scratch_bytes_per_thread", ctypes.c_int64), ("scratch_alignment", ctypes.c_int64),
                ("weight_bytes", ctypes.c_int64),
                ("macs", ctypes.c_int64), ("supported", ctypes.CFUNCTYPE(ctypes.c_int)), ("run", _RUN),
                ("strerror", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_int)),
                ("team_create", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int32,
                                                 ctypes.POINTER(ctypes.c_int))),
                ("team_destroy", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


class Library:
    """Holds a library, its scratch and, above one thread, its team."""

    def __init__(self, path, threads=1):
        describe = ctypes.CDLL(str(path)).ninc_model_v1
        describe.restype = ctypes.POINTER(_Model)
        self.model = describe().contents
        if self.model.abi != 1:
            raise RuntimeError(f"{path} has model ABI {self.model.abi}, this script reads 1")
        self._check(self.model.supported())
        alignment = self.model.scratch_alignment
        self._scratch = np.zeros(self.model.scratch_bytes + threads * self.model.scratch_bytes_per_thread + alignment,
                                 np.uint8)
        start = self._scratch.ctypes.data
        self._scratch_address = start + -start % alignment
        self._team = None
        if threads > 1:
            status = ctypes.c_int(0)
            self._team = self.model.team_create(threads, ctypes.byref(status))
            self._check(status.value)
        self.outputs = [np.zeros((self.model.batch, *tensor.shape[:tensor.rank]), np.float32)
                        for tensor in self.model.outputs[:self.model.n_outputs]]
        self._outputs = (ctypes.c_void_p * len(self.outputs))(*(o.ctypes.data for o in self.outputs))

    def bind(self, *inputs):
        """The inputs of the next calls of run: contiguous float32 arrays, which must stay alive."""
        for array, tensor in zip(inputs, self.model.inputs[:self.model.n_inputs], strict=True):
            assert array.dtype == np.float32 and array.flags.c_contiguous
            assert array.nbytes == tensor.bytes * self.model.batch, (array.shape, tensor.name)
        self._inputs = (ctypes.c_void_p * len(inputs))(*(i.ctypes.data for i in inputs))

    def run(self):
        """Computes self.outputs."""
        status = self.model.run(self._inputs, self._outputs, self._scratch_address, self._team)
        if status:
            self._check(status)

    def close(self):
        if self._team:
            self.model.team_destroy(self._team)
            self._team = None

    def _check(self, status):
        if status:
            raise RuntimeError(self.model.strerror(status).decode())
