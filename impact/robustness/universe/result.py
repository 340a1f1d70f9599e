"""What a universe found: every specification, what counts, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.language import Language, Text, joined
from impact.views import html_view, p_compared, text_view

_SENTENCE = Text(
    "{outcome}: over {counted} specifications the median effect is {median}{unit} ({level} % interval {low} to {high}), from {smallest} "
    "to {largest}; {same} % have its sign and {significant} % are significant too; if none had an effect, so strong a curve would be seen "
    "with p {p}.{moves}",
    "{outcome}: sobre {counted} especificaciones, el efecto mediano es {median}{unit} (intervalo del {level} %: {low} a {high}), desde "
    "{smallest} hasta {largest}; {same} % tienen su signo y {significant} % son además significativas; si ninguna tuviera efecto, una "
    "curva así se vería con p {p}.{moves}",
    **dict.fromkeys(
        (
            "outcome", "counted", "median", "unit", "level", "low", "high", "smallest", "largest", "same", "significant", "p", "moves",
        ),
        "",
    ),
)  # fmt: skip
_NONE = Text(
    "{outcome}: none of {number} specifications passes the quality rule.",
    "{outcome}: ninguna de {number} especificaciones cumple la regla de calidad.",
    outcome="",
    number="",
)
_MOVES = Text(
    " The choice that moves it most is {choice} ({share} % of the variance).",
    " La decisión que más lo mueve es {choice} ({share} % de la varianza).",
    choice="",
    share="",
)
CHOICE_NAMES = {
    "family": Text("the family of matching", "la familia de emparejamiento"),
    "distance": Text("the distance", "la distancia"),
    "ratio": Text("the number of matches", "el número de controles"),
    "caliper": Text("the caliper", "el caliper"),
    "covariates": Text("the set of covariates", "el conjunto de covariables"),
    "adjustment": Text("the adjustment", "el ajuste"),
    "form": Text("the form of the outcome", "la forma del resultado"),
    "winsorised": Text("winsorising", "la winsorización"),
    "support": Text("the support rule", "la regla de soporte"),
    "weights": Text("the sampling weights", "los factores de expansión"),
}
"""The choices, as a reader sees them."""


@dataclass(frozen=True, slots=True)
class QualityRule:
    """Which specifications count.

    Parameters
    ----------
    max_smd : float
        Largest absolute standardised mean difference after matching, over all covariates of the sample.
    min_share : float
        Smallest share of the treated kept, in [0, 1].

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37 + row // 5 % 2 * 5, "educ": row % 11, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "educ"], outcomes=["income"], cluster="group")
    >>> rule = im.QualityRule(max_smd=0.1, min_share=0.9)
    >>> found = im.universe(sample, choices=im.Choices(ratio={"1": 1, "20": 20}), quality=rule, replications=99)
    >>> found.frame[["ratio", "max_abs_smd", "counted"]].round(2).values.tolist()
    [['1', 0.2, False], ['20', 0.06, True], ['1', 0.01, True], ['20', 0.09, True]]
    """

    max_smd: float = 0.25
    min_share: float = 0.8

    def __post_init__(self) -> None:
        checks.positive("max_smd", self.max_smd)
        checks.within("min_share", self.min_share, 0.0, 1.0)

    @property
    def label(self) -> Text:
        """The rule in words."""
        return Text(
            "counted: largest |SMD| at most {smd:.2f}, at least {share:.0%} of the treated kept",
            "cuentan: |DME| máxima de hasta {smd:.2f}, al menos {share:.0%} de los beneficiarios conservados",
            smd=self.max_smd,
            share=self.min_share,
        )

    def passes(self, largest_smd: Array, share_on_support: Array) -> Booleans:
        """Return which specifications pass, for arrays of one entry each."""
        return np.asarray((largest_smd <= self.max_smd) & (share_on_support >= self.min_share))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Universe:
    """The effects under every specification.

    Attributes
    ----------
    frame : DataFrame
        One row per specification and outcome: its choices, estimate, std_error, degrees_of_freedom, p_value, conf_low, conf_high,
        control_mean, max_abs_smd, share_on_support, n_treated, n_control, counted.
    infeasible : DataFrame
        Combinations that cannot be, with their reason.
    summary : DataFrame
        One row per outcome: specifications, counted, median with its interval, smallest, largest, share_of_one_sign, share_significant,
        p_any, p_median, p_share (joint tests that every effect is zero), moves_most, share_moved.
    influence : DataFrame
        outcome, choice, share of the variance over the counted specifications, by Shapley.
    quality : QualityRule
    level : float
    percent : bool
        Effects are in % of the control mean.
    replications, seed : int
    synthetic : bool
    units : dict of str to str

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "educ": row % 11, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "educ"], outcomes=["income"], cluster="group")
    >>> found = im.universe(sample, choices=im.Choices(ratio={"1": 1, "4": 4}), replications=99)
    >>> found.summary[["outcome", "specifications", "share_of_one_sign"]].values.tolist()
    [['income', 4, 1.0]]
    >>> found.summary["moves_most"].tolist()
    ['distance']
    """

    frame: pd.DataFrame
    infeasible: pd.DataFrame
    summary: pd.DataFrame
    influence: pd.DataFrame
    quality: QualityRule
    level: float
    percent: bool
    replications: int
    seed: int
    synthetic: bool
    units: dict[str, str]

    def one(self, outcome: str | None = None) -> pd.Series[Any]:
        """Return the summary of one outcome, or of the only one."""
        names = self.summary["outcome"].tolist()
        if outcome is None and len(names) == 1:
            outcome = names[0]
        checks.one_of("outcome", outcome, names)
        return self.summary.loc[self.summary["outcome"] == outcome].iloc[0]

    def curve(self, outcome: str | None = None) -> pd.DataFrame:
        """Return one outcome's specifications, by rising estimate."""
        row = self.one(outcome)
        own = self.frame[self.frame["outcome"] == row["outcome"]]
        curve: pd.DataFrame = own.sort_values(["estimate", "specification"]).reset_index(drop=True)
        return curve

    def sentence(
        self,
        outcome: str | None = None,
        language: str = "en",
        name: str | None = None,
        decimals: int | None = None,
    ) -> str:
        """Return what the curve says, in one plain sentence, the outcome called by ``name`` and numbers rounded to ``decimals``."""
        row, words = self.one(outcome), Language(language)
        if not row["counted"]:
            return _NONE.with_values(outcome=name or row["outcome"], number=int(row["specifications"])).to(
                language
            )
        if decimals is None:
            decimals = (
                0 if abs(row["median"]) >= 100 else 1 if abs(row["median"]) >= 10 or self.percent else 2
            )
        own = self.units[row["outcome"]]
        unit = " %" if self.percent else joined(["", own], " ") if own else ""
        moved = _MOVES.with_values(
            choice=CHOICE_NAMES.get(row["moves_most"], row["moves_most"]),
            share=words.number(100 * row["share_moved"], 0),
        )
        return _SENTENCE.with_values(
            outcome=name or row["outcome"],
            counted=int(row["counted"]),
            median=words.number(row["median"], decimals),
            unit=unit,
            level=words.number(100 * self.level, 0),
            low=words.number(row["median_low"], decimals),
            high=words.number(row["median_high"], decimals),
            smallest=words.number(row["smallest"], decimals),
            largest=words.number(row["largest"], decimals),
            same=words.number(100 * row["share_of_one_sign"], 0),
            significant=words.number(100 * row["share_significant"], 0),
            p=p_compared(row["p_share"]),
            moves=moved if row["moves_most"] else "",
        ).to(language)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        return (
            Text(
                "{quality}; {infeasible} infeasible; {draws} multiplier draws by group, seed {seed!s}.",
                "{quality}; {infeasible} sin solución; {draws} sorteos de multiplicadores por grupo, semilla {seed!s}.",
                quality=self.quality.label,
                infeasible=len(self.infeasible),
                draws=self.replications,
                seed=self.seed,
            ),
        )

    def __repr__(self) -> str:
        return text_view(self.summary, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.summary, self.notes, self.synthetic)
