"""What a common-support rule is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from impact.design.units import Units


class Support(Protocol):
    """Any object that says who is on support."""

    @property
    def reestimate(self) -> bool:
        """Whether the score is estimated again on the units kept."""
        ...

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True for units on support, shape (n,)."""
        ...
