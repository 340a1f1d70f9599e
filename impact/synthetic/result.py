"""A synthetic survey: its tables, its truth, and the label that it is not data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.package.schema import load_schema
from impact.synthetic.parameters import Parameters
from impact.synthetic.tables import SYNTHETIC_NOTE
from impact.synthetic.truth import Truth, poverty
from impact.views import html_view

# All that selection and income depend on and a survey holds; none of them can respond to treatment.
CONFOUNDERS = (
    "region",
    "education_index",
    "assets_pre",
    "travel_time_market",
    "unmet_needs",
    "group_mean_education",
)
MAIN_OUTCOMES = (
    "income_agr_pc_month",
    "income_agr_net",
    "sales_agr",
    "net_income_alliance",
    "income_labour",
    "income_total",
    "income_pc_month",
    "area_cultivated",
    "wage_days_hired",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """How the waves of a panel differ; ``rural_alliances_panel`` says what each knob does."""

    staggered: bool = False
    trend: float = 0.0
    differential_trend: float = 0.0

    def __post_init__(self) -> None:
        checks.instance(
            "staggered",
            self.staggered,
            Text("True or False", "true o false"),
            isinstance(self.staggered, bool),
        )
        checks.nonnegative("trend", self.trend)
        checks.within("differential_trend", self.differential_trend, -self.trend, np.inf)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The waves in order."""
        return (0, 1, 2) if self.staggered else (0, 1)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuralAlliances:
    """A synthetic survey of rural alliances whose true effects are known.

    Attributes
    ----------
    household : DataFrame
        One row a household (and wave, in a panel); the index is unique.
    group, municipality : DataFrame
        One row a producer group, one row a municipality.
    poverty_lines : DataFrame
        The two synthetic lines: name, area, year, vintage, value, unit, status, source.
    truth : Truth
        Potential outcomes and true effects.
    parameters : Parameters
        What the survey was drawn from.
    seed : int
        What it was drawn with.
    waves : Waves or None
        How the waves of a panel differ; None for a single survey.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=20)
    >>> survey.household["group_id"].nunique(), len(survey.group)
    (20, 20)
    >>> round(survey.truth.percent("income_labour"), 6)  # the known effect on the treated, in %
    28.0
    """

    household: pd.DataFrame
    group: pd.DataFrame
    municipality: pd.DataFrame
    poverty_lines: pd.DataFrame
    truth: Truth
    parameters: Parameters
    seed: int
    waves: Waves | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The households, as ``household``."""
        return self.household

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the data package by its name: those of the survey, and the programme's own records."""
        from impact.synthetic.programme_records import programme_records

        household = self.household.assign(**_poverty_columns(self.household["income_pc_month"]))
        survey = {"household": household, "group": self.group, "municipality": self.municipality}
        return survey | {"poverty_lines": self.poverty_lines} | programme_records(self.group, self.seed)

    @property
    def synthetic(self) -> bool:
        """Always True: reports read it and say so."""
        return True

    def roles(self) -> dict[str, Any]:
        """Return the roles of the household table's columns in an evaluation, as the keywords of ``Sample``.

        Returns
        -------
        dict
            ``treatment`` (with staggered entry who receives the programme by that wave),
            ``covariates`` (ex ante, fixed or recalled: all the observed confounders),
            ``outcomes``, ``cluster``, ``sampling_weight``, ``stratum`` (none), ``id``, ``group_assigned`` and
            ``schema``, the data package that the survey follows.
        """
        return {
            "treatment": "receiving" if self.waves is not None and self.waves.staggered else "treated",
            "covariates": list(CONFOUNDERS),
            "outcomes": list(MAIN_OUTCOMES),
            "cluster": "group_id",
            "sampling_weight": "weight",
            "stratum": None,
            "id": "hh_id",
            "group_assigned": True,
            "schema": load_schema(),
        }

    def panel_roles(self) -> dict[str, Any]:
        """Return the roles of a panel's household table, as the keywords of ``Panel``.

        Raises
        ------
        OptionError
            The survey has one wave.
        """
        if self.waves is None:
            raise OptionError(
                Text(
                    "panel_roles() is for rural_alliances_panel(); this survey has one wave. Use roles().",
                    "panel_roles() es para rural_alliances_panel(); esta encuesta tiene una ronda. Use roles().",
                )
            )
        return {
            "id": "hh_id",
            "wave": "wave",
            "entry": "entry_wave",
            "covariates": list(CONFOUNDERS),
            "outcomes": list(MAIN_OUTCOMES),
            "cluster": "group_id",
            "sampling_weight": "weight",
            "comparator": "pipeline producers, approved but not financed",
        }

    def __repr__(self) -> str:
        """Say first that the survey is synthetic, then how large it is."""
        selected = int(self.group["treated"].sum())
        tables = ", ".join(
            (
                checks.counted(len(self.household), "household row"),
                f"{checks.counted(len(self.group), 'group')} ({selected:,} treated)",
                checks.counted(len(self.municipality), "municipality"),
            )
        )
        return f"SYNTHETIC rural alliances, seed {self.seed}: {tables}. {SYNTHETIC_NOTE}"

    def _repr_html_(self) -> str:
        tables = {"household": self.household, "group": self.group, "municipality": self.municipality}
        sizes = [(name, len(table), len(table.columns)) for name, table in tables.items()]
        return html_view(
            pd.DataFrame(sizes, columns=["table", "rows", "columns"]), (repr(self),), synthetic=True
        )


def _poverty_columns(income: pd.Series) -> dict[str, pd.Series]:
    """Return who is poor at the synthetic lines and by how much, missing where nobody was interviewed."""
    known, measures = income.notna(), poverty(income.to_numpy(dtype=np.float64))
    columns = {
        name: pd.Series(measures[name] == 1, index=income.index, dtype="boolean").where(known)
        for name in ("poor_mod", "poor_ext")
    }
    return columns | {"gap_mod": pd.Series(measures["gap_mod"], index=income.index).where(known)}
