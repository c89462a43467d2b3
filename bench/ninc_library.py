"""A compiled model in a Python process: numpy arrays in and out, through its generic descriptor."""

import ctypes

import numpy as np

import ninc_descriptor


class Library:
    """Holds a library, its scratch and, above one thread, its team."""

    def __init__(self, path, threads=1):
        self.model = ninc_descriptor.describe(path)
        alignment = self.model.scratch_alignment
        self._scratch = np.zeros(ninc_descriptor.scratch_bytes(self.model, threads) + alignment, np.uint8)
        start = self._scratch.ctypes.data
        self._scratch_address = start + -start % alignment
        self._team = None
        if threads > 1:
            status = ctypes.c_int(0)
            self._team = self.model.team_create(threads, ctypes.byref(status))
            ninc_descriptor.check(self.model, status.value)
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
            ninc_descriptor.check(self.model, status)

    def close(self):
        if self._team:
            self.model.team_destroy(self._team)
            self._team = None
