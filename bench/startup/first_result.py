"""A process that loads a peer's model and computes one result, for startup.py.

    first_result.py ENGINE MODEL CHANNELS ROWS COLUMNS

Writes a line when the result is there, then one of JSON: what the process had mapped and used by then.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402  every peer's Python interface takes numpy's arrays

import engines  # noqa: E402
from usage import report  # noqa: E402

name, path, *shape = sys.argv[1:]
image = np.full((1, *map(int, shape)), 0.5, np.float32)
engine = engines.module(name).Engine(pathlib.Path(path), image, 1)
engine.run()
engine.output()
report()
