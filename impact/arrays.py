"""The arrays of the package, by what they hold."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers."""
Booleans = NDArray[np.bool_]
"""Marks of units: True for those meant."""
Positions = NDArray[np.intp]
"""Places of units, or numbers of groups, from 0."""
