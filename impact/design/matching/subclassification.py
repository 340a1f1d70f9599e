"""Subclassification on a score."""

from __future__ import annotations

from dataclasses import dataclass

from impact import checks
from impact.design.distances.coordinates import Distance
from impact.design.distances.score_strata import score_strata
from impact.design.proposal import Assignment, Rules
from impact.design.units import Units
from impact.errors import OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True)
class Subclassification:
    """Compare units within subclasses of a score, cut at quantiles of those for whom the effect is asked.

    Parameters
    ----------
    distance : Distance
        A score, such as ``im.PropensityScore()``.
    subclasses : int
        Number of subclasses, from 2.
    minimum : int
        Units of each arm that a subclass must hold; 0 lets units of subclasses without the other arm go
        unmatched.

    Notes
    -----
    Cut points are quantiles (linear interpolation, Hyndman & Fan's type 7) of the treated's scores for the
    ATT, the controls' for the ATC, everybody's for the ATE; a unit at a cut point belongs to the subclass
    above. A subclass that lacks ``minimum`` units of an arm takes them, one at a time, from its neighbours on
    the side where more and nearer units can be spared, as R's MatchIt does: units with the same score may
    then be told apart, in the order of their labels. Weights within a subclass are shared in proportion to
    the sampling weights; the quantiles count units.

    References
    ----------
    Cochran (1968), Biometrics 24(2), 295-313, doi:10.2307/2528036.
    Rosenbaum & Rubin (1984), JASA 79(387), 516-524, doi:10.1080/01621459.1984.10478078.

    Examples
    --------
    >>> import impact as im
    >>> Subclassification(im.PropensityScore(), subclasses=5)  # doctest: +ELLIPSIS
    Subclassification(distance=PropensityScore(...), subclasses=5, minimum=1)
    """

    distance: Distance
    subclasses: int = 6
    minimum: int = 1

    def __post_init__(self) -> None:
        checks.instance(
            "distance",
            self.distance,
            Text("a score such as im.PropensityScore()", "un puntaje como PropensityScore"),
            isinstance(self.distance, Distance),
        )
        checks.whole("subclasses", self.subclasses, minimum=2)
        checks.whole("minimum", self.minimum, minimum=0)

    def assign(self, units: Units) -> Assignment:
        """Return the subclasses."""
        measure = self.distance.measure(units)
        if measure.score is None:
            raise OptionError(
                Text(
                    "Subclassification needs a score such as im.PropensityScore(); got {label}.",
                    "La subclasificación necesita un puntaje como PropensityScore; se dio {label}.",
                    label=measure.label,
                )
            )
        subclass = score_strata(measure.coordinates[:, 0], units, self.subclasses, self.minimum)
        return Assignment(subclass=subclass, measure=measure, rules=Rules(strata=True))
