"""A network with its weights, to be written in the format that an engine's compiler or converter reads."""

import dataclasses

import networks


@dataclasses.dataclass
class Source:
    network: networks.Network
    weights: dict
    batch: int
    ninc: str  # the compiler
    target: str  # what it compiles for
    notes: list = dataclasses.field(default_factory=list)  # what a converter chose, for the report

    def write_onnx(self, folder):
        path = folder / "source.onnx"
        path.write_bytes(networks.onnx_model(self.network, self.weights, self.batch).SerializeToString())
        return path

    def write_nin(self, folder):
        return networks.write_nin(self.network, self.weights, folder)
