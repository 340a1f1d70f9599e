"""What a locked match could detect: from its weights and groups alone, before any outcome is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.matched_sample import MatchedSample, effective_size
from impact.errors import SPOKEN, EstimationError
from impact.language import Language, Text
from impact.survey.clusters import group_codes, sums_by_code
from impact.views import html_view, text_view

_SENTENCE = Text(
    "With a correlation of {icc} within groups this design detects an effect of {mde} SD of the outcome with probability {power} % at "
    "{alpha} %; its controls weigh as much as {groups} groups.",
    "Con una correlación de {icc} dentro de los grupos, este diseño detecta un efecto de {mde} DE del resultado con probabilidad {power} % "
    "al {alpha} %; sus controles pesan lo que {groups} grupos.",
    **dict.fromkeys(("icc", "mde", "power", "alpha", "groups"), ""),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DesignPower:
    """What a match could detect.

    Attributes
    ----------
    frame : DataFrame
        One row per ICC: icc, std_error and mde in SDs of the outcome, mde in its unit (missing without ``sd``), degrees_of_freedom.
    effective_groups : dict of str to float
        Kish's effective number of groups of "treated" and "control".
    power, level : float
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], cluster="group")
    >>> design = im.power_of_design(im.match(sample, im.Kernel(im.Euclidean(), bandwidth=0.5)), icc=[0.1, 0.2])
    >>> design.frame[["icc", "mde_sd"]].round(2).values.tolist()
    [[0.1, 0.34], [0.2, 0.39]]
    >>> {arm: round(number) for arm, number in design.effective_groups.items()}
    {'treated': 40, 'control': 40}
    """

    frame: pd.DataFrame
    effective_groups: dict[str, float]
    power: float
    level: float
    synthetic: bool

    def sentence(self, language: str = "en") -> str:
        """Return what the design could detect at its first ICC, in one plain sentence."""
        words, row = Language(language), self.frame.iloc[0]
        return _SENTENCE.with_values(
            icc=words.number(row["icc"], 2),
            mde=words.number(row["mde_sd"], 2),
            power=words.number(100 * self.power, 0),
            alpha=words.number(100 * (1 - self.level), 0),
            groups=words.number(self.effective_groups["control"], 0),
        ).to(language)

    def __repr__(self) -> str:
        return text_view(self.frame, (self.sentence(SPOKEN.get()),), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.sentence(SPOKEN.get()),), self.synthetic)


def power_of_design(
    matched: MatchedSample,
    icc: float | Sequence[float] = (0.2, 0.1, 0.3),
    sd: float | None = None,
    r2: float = 0.0,
    power: float = 0.8,
    level: float = 0.95,
) -> DesignPower:
    r"""Return the smallest effect that this very match could detect.

    Parameters
    ----------
    matched : MatchedSample
        Its analysis weights and groups are used; no outcome is.
    icc : float or sequence of float
        Correlation of the outcome within groups, in [0, 1): an assumption, from an earlier survey or ``im.SurveyPlan``. Not used without a
        cluster.
    sd : float, optional
        Standard deviation of the outcome, for an effect in its unit.
    r2 : float
        Share of the outcome's variance that the bias adjustment explains, in [0, 1).
    power, level : float
        In (0, 1).

    Returns
    -------
    DesignPower

    Raises
    ------
    EstimationError
        An arm has fewer than two groups (or units) with weight.

    Notes
    -----
    With unit variance, correlation ρ within groups and normalised weights of each arm, :math:`V_a = \rho \sum_g W_g^2 + (1 - \rho) \sum_i
    w_i^2`, :math:`SE = \sqrt{(1 - R^2)(V_1 + V_0)}` and MDE = (t_{1 − α/2} + t_{power}) SE, with Satterthwaite's degrees of freedom of the
    groups' weights. The groups of an arm count G/(G − 1), as in the variance.

    References
    ----------
    Bloom (1995), Evaluation Review 19(5), 547-556, doi:10.1177/0193841X9501900504.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], cluster="group")
    >>> design = im.power_of_design(im.match(sample, im.Kernel(im.Euclidean(), bandwidth=0.5)), icc=0.2)
    >>> design.frame["mde_sd"].round(2).tolist()
    [0.39]
    """
    rhos = [float(value) for value in np.atleast_1d(np.asarray(icc, dtype=np.float64))]
    for rho in rhos:
        checks.within("icc", rho, 0.0, np.nextafter(1.0, 0.0))
    checks.within("r2", r2, 0.0, np.nextafter(1.0, 0.0))
    checks.positive("sd", sd, Text("standard deviation", "desviación estándar"), optional=True)
    checks.between("power", power, 0.0, 1.0)
    checks.between("level", level, 0.0, 1.0)
    arms = {name: _arm(matched, arm) for name, arm in _arms(matched).items()}
    rows = [
        _row(list(arms.values()), rho if matched.sample.cluster else 0.0, sd, r2, power, level)
        for rho in rhos
    ]
    return DesignPower(
        frame=pd.DataFrame(rows if matched.sample.cluster else rows[:1]),
        effective_groups={name: effective_size(groups) for name, (_, groups) in arms.items()},
        power=power,
        level=level,
        synthetic=matched.sample.synthetic,
    )


def _arms(matched: MatchedSample) -> dict[str, Booleans]:
    treated = matched.sample.treated
    return {"treated": treated, "control": ~treated}


def _arm(matched: MatchedSample, arm: Booleans) -> tuple[Array, Array]:
    """Return the normalised weights of an arm's units and of its groups."""
    sample, weight = matched.sample, np.where(arm, matched.analysis_weight, 0.0)
    weight = weight / weight.sum()
    codes = np.arange(len(sample)) if sample.cluster is None else group_codes(sample.frame[sample.cluster])
    groups = sums_by_code(codes, weight, int(codes.max()) + 1)
    groups = groups[groups > 0]
    if len(groups) < 2:
        raise EstimationError(
            Text(
                "Each arm needs at least two groups (or units) with weight; one has fewer. Use a wider caliper.",
                (
                    "Cada brazo necesita al menos dos grupos (o unidades) con peso; uno tiene menos. Use un caliper más "
                    "amplio."
                ),
            )
        )
    return weight, groups


def _row(
    arms: list[tuple[Array, Array]], rho: float, sd: float | None, r2: float, power: float, level: float
) -> dict[str, float]:
    from scipy.special import stdtrit

    variances = np.array(
        [
            len(groups)
            / (len(groups) - 1)
            * (rho * float(groups @ groups) + (1 - rho) * float(weight @ weight))
            for weight, groups in arms
        ]
    )
    freedoms = np.array([effective_size(groups) - 1 for _, groups in arms])
    total = float(variances.sum())
    freedom = float(total**2 / (variances**2 / freedoms).sum())
    error = float(np.sqrt((1 - r2) * total))
    mde = float(stdtrit(freedom, 0.5 + level / 2) + stdtrit(freedom, power)) * error
    return {
        "icc": rho,
        "std_error_sd": error,
        "mde_sd": mde,
        "mde": np.nan if sd is None else mde * sd,
        "degrees_of_freedom": freedom,
    }
