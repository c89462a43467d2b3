"""Every network that can be compared, of either kind, and what an engine may ask of one.

Those of examples/ are chains from published tables (networks.py), which engines may write in formats of their own; those
of family.py are graphs, which come as ONNX and nothing else.
"""

import family
import networks

NETWORKS = {**networks.NETWORKS, **family.FAMILY}
CHAINS = list(networks.NETWORKS)
GROUPS = {"nin": CHAINS, "family": list(family.FAMILY)}


def is_chain(network):
    return network.name in networks.NETWORKS


def macs(network):
    """Multiply-accumulates of one image, convolutions counted as sums over their windows (direct)."""
    return networks.macs(network) if is_chain(network) else network.build().macs


def random_input(network, batch=1):
    return networks.random_input(network, batch=batch) if is_chain(network) else network.random_input(batch)


def onnx_model(network, batch=1):
    """The network with input `image` and output `prob`."""
    if is_chain(network):
        return networks.onnx_model(network, networks.random_weights(network), batch)
    return network.build(batch).model
