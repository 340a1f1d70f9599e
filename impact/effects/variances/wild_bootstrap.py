"""The wild bootstrap by group: random signs on the linearised group sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.sums.ways import ways_of
from impact.language import Text

_ENTRIES = 4_000_000  # of a block of multipliers: 32 MB


@runtime_checkable
class Multipliers(Protocol):
    """A distribution with mean 0 and variance 1."""

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        ...

    def draw(self, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Return independent draws."""
        ...


@dataclass(frozen=True, slots=True)
class Rademacher:
    """−1 or 1, each with probability one half.

    Examples
    --------
    >>> import numpy as np, impact as im
    >>> draws = im.Rademacher().draw(np.random.default_rng(1), (1000, 2))
    >>> np.unique(draws).tolist()
    [-1.0, 1.0]
    """

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        return "Rademacher"

    def draw(self, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Return independent draws."""
        signs: Array = generator.integers(0, 2, shape).astype(np.float64)
        return 2 * signs - 1


@dataclass(frozen=True, slots=True)
class Webb:
    """±√½, ±1, ±√(3/2), each with probability one sixth: more different samples where groups are few.

    References
    ----------
    Webb (2023), Canadian Journal of Economics 56(3), 839-858, doi:10.1111/caje.12661.

    Examples
    --------
    >>> import numpy as np, impact as im
    >>> draws = im.Webb().draw(np.random.default_rng(1), (1000, 2))
    >>> np.unique(draws).round(3).tolist()
    [-1.225, -1.0, -0.707, 0.707, 1.0, 1.225]
    >>> im.Webb().label
    'Webb'
    """

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        return "Webb"

    def draw(self, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Return independent draws."""
        values = np.sqrt(np.array([0.5, 1.0, 1.5]))
        result: Array = np.concatenate([-values, values])[generator.integers(0, 6, shape)]
        return result


_RADEMACHER = Rademacher()


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """Interval from the distribution of the studentised group sums under random signs.

    Parameters
    ----------
    replications : int
        Draws; 999 make p-values multiples of 1/1000.
    seed : int
        One seed gives one result, whatever the order of the rows.
    multipliers : Multipliers
        ``Rademacher()``, or ``Webb()`` for fewer than about a dozen groups.
    linearised : ClusterRobust, optional
        Whose terms are drawn and whose standard errors are reported; by default what ``estimate()`` takes for the match.

    Notes
    -----
    t* = Σ_g v_g C_g / s*, with C_g the group sums of ``linearised`` and s* computed anew from v_g C_g in each draw. The
    interval is τ̂ ± the quantile of |t*| times the standard error of ``linearised``; p-values count the draws beyond |t|.
    The match itself is not redrawn, which is what makes it valid for nearest neighbours.

    References
    ----------
    Otsu & Rai (2017), JASA 112(520), 1720-1732, doi:10.1080/01621459.2016.1231613; Cameron, Gelbach & Miller (2008), Review of
    Economics and Statistics 90(3), 414-427, doi:10.1162/rest.90.3.414, for groups and studentising.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> effect = im.estimate(matched, variance=im.WildBootstrap(199, seed=1)).one("income")
    >>> effect.variance, effect.seed
    ('wild bootstrap (Rademacher, 199 draws) of: linearised by group, bias-reduced (CR2)', 1)
    """

    replications: int = 999
    seed: int = 0
    multipliers: Multipliers = _RADEMACHER
    linearised: ClusterRobust | None = None

    def __post_init__(self) -> None:
        checks.whole("replications", self.replications, minimum=99)
        checks.whole("seed", self.seed, minimum=0)
        required = Text("im.Rademacher() or im.Webb()", "Rademacher o Webb")
        checks.instance("multipliers", self.multipliers, required, isinstance(self.multipliers, Multipliers))
        known = self.linearised is None or isinstance(self.linearised, ClusterRobust)
        checks.instance(
            "linearised", self.linearised, Text("an im.ClusterRobust()", "un ClusterRobust"), known
        )

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the group-level standard errors with the drawn reference distribution."""
        by = self.linearised or ClusterRobust.of(estimation.linearised_by)
        base, linear = by.uncertainty(estimation), by.linearization(estimation)
        sums = ways_of(estimation.matched).of(linear, linear.effect_terms())
        blocks = [sums.studentised(block) for block in self.blocks(len(sums.parts[0]))]
        return Uncertainty(
            std_error=base.std_error,
            percent_std_error=base.percent_std_error,
            degrees_of_freedom=base.degrees_of_freedom,
            control_mean_std_error=base.control_mean_std_error,
            label=Text(
                "wild bootstrap ({multipliers}, {draws} draws) of: {method}",
                "bootstrap salvaje ({multipliers}, {draws} réplicas) de: {method}",
                multipliers=self.multipliers.label,
                draws=self.replications,
                method=base.label.values["method"],
            ),
            seed=self.seed,
            reference=np.concatenate(blocks),
        )

    def blocks(self, number: int) -> Iterator[Array]:
        """Yield the multipliers of ``number`` groups, (replications, number) in all, in blocks that fit in memory."""
        generator = np.random.default_rng(self.seed)
        rows = max(1, _ENTRIES // number)
        for start in range(0, self.replications, rows):
            yield self.multipliers.draw(generator, (min(rows, self.replications - start), number))
