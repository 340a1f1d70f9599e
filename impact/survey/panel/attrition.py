"""Who was lost between waves, by arm, and whether the arms lost alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans, Positions
from impact.errors import DataError
from impact.language import Text
from impact.survey.clusters import SurveyDesign
from impact.views import Exported, html_view, p_compared, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AttritionTable(Exported):
    """Households of the first wave that were not found again.

    Attributes
    ----------
    frame : DataFrame
        Columns arm ("treated", "control"), wave, baseline (households of the first wave), found, lost, share_lost (weighted where the
        panel has weights).
    differences : DataFrame
        Columns wave, difference (share lost of the treated less that of the controls), std_error, conf_low, conf_high (95 %).
    statistic, p_value : float
        F test that the arms lost the same share in every wave; missing where nobody was lost in some arm and wave alike.
    degrees_of_freedom : tuple of float
        Numerator and denominator.
    notes : tuple of Text
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh % 2, "income": 100.0 + hh % 7 + wave})
    >>> lost = (wave == 1) & (hh % 20 == 0)  # every tenth control is not found again
    >>> table = im.Panel(frame[~lost], "hh", "wave", "entry", outcomes=["income"]).attrition
    >>> table.frame[["arm", "baseline", "found", "share_lost"]].values.tolist()
    [['treated', 100, 100, 0.0], ['control', 100, 90, 0.1]]
    >>> table.differences["difference"].round(2).tolist(), round(table.p_value, 3)
    ([-0.1], 0.001)
    """

    TITLE: ClassVar[Text] = Text("Households lost between waves", "Hogares perdidos entre rondas")

    frame: pd.DataFrame
    differences: pd.DataFrame
    statistic: float
    p_value: float
    degrees_of_freedom: tuple[float, float]
    notes: tuple[Text, ...]
    synthetic: bool

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def attrition_table(
    found: Booleans,
    treated: Booleans,
    weight: Array,
    group: Positions | None,
    waves: Sequence[int],
    synthetic: bool,
) -> AttritionTable:
    """Return the table of the households of the first wave.

    Parameters
    ----------
    found : bool array, shape (n, T)
        Whether each household answered in each wave; all True in the first column.
    treated : bool array, shape (n,)
        Whether it enters in the panel.
    weight : float64 array, shape (n,)
    group : int array, shape (n,), optional
        Producer group.
    waves : sequence of int, length T

    Notes
    -----
    The covariance of the T − 1 differences is that of Hájek shares by group, arm by arm; the statistic is Wald's over q, scaled by
    (d − q + 1)/d, held against F(q, d − q + 1) with d the groups less two (Hotelling).
    """
    if treated.all() or not treated.any():
        raise DataError(
            Text(
                "The attrition test needs households of the first wave that enter and others that do not.",
                "La prueba de deserción necesita hogares de la primera ronda que entran y otros que no.",
            )
        )
    lost = 1.0 - found[:, 1:]
    rows = [
        (arm, wave, int(who.sum()), int(found[who, k].sum()), int((~found[who, k]).sum()),
         float(weight[who] @ lost[who, k - 1] / weight[who].sum()))
        for k, wave in enumerate(waves) if k
        for arm, who in (("treated", treated), ("control", ~treated))
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["arm", "wave", "baseline", "found", "lost", "share_lost"])
    scores = np.zeros_like(lost)
    difference = np.zeros(lost.shape[1])
    for arm, sign in ((treated, 1.0), (~treated, -1.0)):
        share = weight[arm] / weight[arm].sum()
        mean = share @ lost[arm]
        difference += sign * mean
        scores[arm] = sign * share[:, None] * (lost[arm] - mean)
    design = _design(len(lost), group, treated)
    covariance, freedom = design.covariance(scores), design.degrees_of_freedom()
    return _tested(frame, difference, covariance, freedom, waves[1:], synthetic)


def _design(number: int, group: Positions | None, treated: Booleans) -> SurveyDesign:
    """Return the design in which the arms are strata, unless groups span both."""
    if group is None:
        return SurveyDesign.of(number, stratum=treated)
    spanning = np.intersect1d(group[treated], group[~treated]).size > 0
    return SurveyDesign.of(number, group, None if spanning else treated)


def _tested(
    frame: pd.DataFrame,
    difference: Array,
    covariance: Array,
    freedom: int,
    waves: Sequence[int],
    synthetic: bool,
) -> AttritionTable:
    from scipy.stats import f, t

    error = np.sqrt(np.diag(covariance))
    reach = float(t.ppf(0.975, freedom)) * error
    differences = pd.DataFrame(
        {
            "wave": list(waves),
            "difference": difference,
            "std_error": error,
            "conf_low": difference - reach,
            "conf_high": difference + reach,
        }
    )
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
    below = float(freedom - rank + 1)
    statistic = p_value = np.nan
    if rank and below > 0:
        wald = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
        statistic = wald / rank * below / freedom
        p_value = float(f.sf(statistic, rank, below))
    said = Text("nobody was lost", "no se perdió a nadie")
    if rank:
        said = Text(
            "F({rank}, {below}) = {statistic:.2f}, p {p_value}",
            "F({rank}; {below}) = {statistic:.2f}, p {p_value}",
            rank=rank,
            below=f"{below:g}",
            statistic=statistic,
            p_value=p_compared(p_value),
        )
    note = Text(
        "Test that both arms lost the same share in every wave: {said}.",
        "Prueba de que ambos brazos perdieron la misma proporción en cada ronda: {said}.",
        said=said,
    )
    return AttritionTable(frame, differences, statistic, p_value, (float(rank), below), (note,), synthetic)
