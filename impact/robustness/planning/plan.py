"""What power and detectable effect need of a plan."""

from __future__ import annotations

from typing import Protocol


class Plan(Protocol):
    """Any plan of a survey whose effect has a variance and degrees of freedom: ``SurveyPlan``, ``PanelPlan``, ``StaggeredPlan``.

    Attributes
    ----------
    groups : int
        Groups in all arms.
    variance : float
        Of the estimated effect, in units of the outcome's variance.
    degrees_of_freedom : float
    """

    @property
    def groups(self) -> int: ...  # noqa: D102
    @property
    def variance(self) -> float: ...  # noqa: D102
    @property
    def degrees_of_freedom(self) -> float: ...  # noqa: D102
