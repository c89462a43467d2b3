"""A network with its weights, to be written in the format that an engine's compiler or converter reads."""

import dataclasses

import catalog
import networks


@dataclasses.dataclass
class Source:
    network: object  # of catalog.NETWORKS
    batch: int
    ninc: str  # the compiler
    target: str  # what it compiles for
    notes: list = dataclasses.field(default_factory=list)  # what a converter chose, for the report

    def write_onnx(self, folder):
        path = folder / "source.onnx"
        path.write_bytes(catalog.onnx_model(self.network, self.batch).SerializeToString())
        return path

    def write_for_ninc(self, folder):
        """Its text if there is one, which tools show better, or else the ONNX model that the others get."""
        if not catalog.is_chain(self.network):
            return self.write_onnx(folder)
        return networks.write_nin(self.network, networks.random_weights(self.network), folder)

    def chain(self):
        """(stages, weights) of a network that is a chain of stages: for formats that this program writes itself."""
        if not catalog.is_chain(self.network):
            raise RuntimeError("this format is written by hand, and for chains of stages alone")
        return self.network.stages, networks.random_weights(self.network)
