"""What every process here pays before its engine: the interpreter, and numpy if asked for.

    nothing.py [numpy]
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from usage import report  # noqa: E402

if sys.argv[1:] == ["numpy"]:
    import numpy as np
    np.full((1, 3, 32, 32), 0.5, np.float32)
report()
