"""The panel: households by wave, with roles by timing and every rule that was applied."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import OptionError
from impact.language import Text, spoken
from impact.survey.covariates import Term
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.outcome_choice import chosen_outcomes, one_outcome
from impact.survey.panel.attrition import AttritionTable, attrition_table
from impact.survey.panel.flow import panel_flow
from impact.survey.panel.households import NEVER, entering
from impact.survey.panel.reading import read_panel
from impact.survey.panel.recalled import check_recalled
from impact.survey.panel.roles import EVER_TREATED, check_panel_roles, panel_roles
from impact.survey.panel.waves import in_wave
from impact.survey.sample import Sample
from impact.views import html_view

WEIGHTED = "panel_weight"
"""The column of weights of a panel whose weights were multiplied, where it had none."""
WAITING = Text("households not (yet) treated", "hogares (aún) no tratados")
_SHOWN = Text(
    "{label}: {households} in {waves} ({which}), {rows}, {balanced}; entering {entering}; not entering: {waiting}{always}; "
    "{excluded} excluded",
    "{label}: {households} en {waves} ({which}), {rows}, {balanced}; entran {entering}; no entran: {waiting}{always}; "
    "{excluded} {excluded:excluida|excluidas}",
)
_PANEL, _SYNTHETIC = Text("Panel", "Panel"), Text("Synthetic panel", "Panel sintético")
_BALANCED, _UNBALANCED = Text("balanced", "completo"), Text("unbalanced", "incompleto")
_ENTERING = Text("{when}: {number}", "{when}: {number}")
_ALWAYS = Text("; always treated: {number}", "; siempre tratados: {number}")


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Panel:
    """One row per household and wave, with roles by timing.

    Parameters
    ----------
    frame : DataFrame, shape (m, …)
        One row per household and wave, in any order, complete or not. It is never changed.
    id, wave : str
        Columns: the household; the wave, whole numbers with or without gaps, or dates.
    entry : str, optional
        Column: the wave of first treatment; 0 or missing for households that are not (yet) treated, whatever the waves' numbers.
    treatment : str, optional
        Instead of ``entry``, with two waves: 0/1, either who receives by then or who is in the programme.
    covariates : sequence of str
        Columns as they were before the programme: each household's first interview counts.
    outcomes : sequence of str or Outcome
    cluster : str, optional
        Producer group: the unit of inference.
    sampling_weight : str, optional
        Survey weight, above zero; that of the first interview counts.
    missing : {"raise", "drop"}
        What to do with rows that lack an outcome, and with households that lack a covariate, group or weight.
    comparator : str
        Who the comparison households are, for every table.
    synthetic : bool
        As in ``im.Sample``.
    recalled : sequence of str
        Those of ``covariates`` that were asked later about the time before: where a household's first interview lacks the answer, the first
        that has it counts.

    Attributes
    ----------
    frame : DataFrame
        The analysed rows in the order of household and wave.
    waves : tuple of int
    households : Index
        The n households, sorted.
    cohort : int array, shape (n,)
        Wave in which each household enters; 0 where it does not.
    cohorts : tuple of int
        The waves of entry that lie after the first wave and not after the last, sorted.
    ever_treated : bool array, shape (n,)
        Households of those cohorts.
    rules : tuple of Text
        What was decided where the data left a choice.
    exclusions : DataFrame
        Every excluded row (its index in the table) with its ``reason``.

    Raises
    ------
    OptionError
        Both or neither of ``entry`` and ``treatment``; ``treatment`` with other than two waves; a role that names an absent column; a
        column with two roles.
    DataError
        A household twice in a wave; waves that are text; missing values; weights not above zero; all treated in the first wave; constant
        or collinear covariates.

    Notes
    -----
    Rules: a household belongs to the group of its first interview, and to the cohort of that group where it moves. An entry that had
    happened when it was reported stands, else the last report counts. Who entered in or before the first wave (always treated) is
    counted and takes no part in estimates. Who enters after the last wave is not treated in this panel. Who is first seen after the
    first wave (late entrant) takes part where waves are compared as cross-sections.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"hh": [1, 1, 2, 2], "wave": [0, 1, 0, 1], "entry": [1, 1, 0, 0], "y": [5.0, 9.0, 4.0, 5.0]})
    >>> im.Panel(frame, id="hh", wave="wave", entry="entry", outcomes=["y"])
    Panel: 2 households in 2 waves (0, 1), 4 rows, balanced; entering in wave 1: 1; not entering: 1; 0 rows excluded
    """

    _frame: pd.DataFrame
    _wave_of_row: Array
    _factors: tuple[tuple[Array, Text], ...]
    id: str
    wave: str
    entry: str | None
    treatment: str | None
    covariates: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    cluster: str | None
    sampling_weight: str | None
    comparator: str
    synthetic: bool
    waves: tuple[int, ...]
    households: pd.Index[Any]
    cohort: NDArray[np.int64]
    cohorts: tuple[int, ...]
    ever_treated: Booleans
    group: Positions | None
    group_labels: pd.Index[Any] | None
    weight: Array
    matrix: pd.DataFrame
    terms: tuple[Term, ...]
    positions: Positions
    rules: tuple[Text, ...]
    exclusions: pd.DataFrame

    def __init__(
        self,
        frame: pd.DataFrame,
        id: str,  # noqa: A002 - the role's own name
        wave: str,
        entry: str | None = None,
        treatment: str | None = None,
        covariates: Sequence[str] = (),
        outcomes: Sequence[str | Outcome] = (),
        cluster: str | None = None,
        sampling_weight: str | None = None,
        missing: str = "raise",
        comparator: str = WAITING,
        synthetic: bool = False,
        recalled: Sequence[str] = (),
    ) -> None:
        checks.instance(
            "frame",
            frame,
            Text("a pandas DataFrame", "un DataFrame de pandas"),
            isinstance(frame, pd.DataFrame),
        )
        checks.one_of("missing", missing, ("raise", "drop"))
        covariates, recalled = checks.columns("covariates", covariates), checks.columns("recalled", recalled)
        check_recalled(recalled, covariates)
        entries = tuple(chosen_outcomes((), outcomes))
        if entries:
            checks.distinct("outcomes", [one.name for one in entries])
        single = {"id": id, "wave": wave, "entry": entry, "treatment": treatment, "cluster": cluster}
        single["sampling_weight"] = sampling_weight
        check_panel_roles(frame, panel_roles(single, covariates, entries))
        if (entry is None) == (treatment is None):
            raise OptionError(
                Text(
                    "Pass entry=, the wave of first treatment, or with two waves treatment=; one of them.",
                    "Dé entry, la ronda del primer tratamiento, o con dos rondas treatment; uno de los dos.",
                )
            )
        values = read_panel(frame, single, covariates, entries, missing, recalled)
        values |= {"covariates": covariates, "outcomes": entries, "comparator": comparator}
        values |= {role: single[role] for role in single}
        values["_factors"] = ()
        values["synthetic"] = bool(synthetic or frame.attrs.get("synthetic", False))
        values["cohorts"], values["ever_treated"] = entering(values["cohort"], values["waves"])
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @property
    def frame(self) -> pd.DataFrame:
        """The analysed rows in the order of household and wave, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def always_treated(self) -> Booleans:
        """Households that had entered by the first wave, shape (n,)."""
        result: Booleans = (self.cohort != NEVER) & (self.cohort <= self.waves[0])
        return result

    @property
    def observed(self) -> Booleans:
        """Whether each household has a row in each wave, shape (n, T)."""
        result: Booleans = self.positions >= 0
        return result

    @property
    def balanced(self) -> bool:
        """Whether every household has a row in every wave."""
        return bool(self.observed.all())

    @property
    def attrition(self) -> AttritionTable:
        """Households of the first wave that later waves lost, by arm, with the test that both arms lost alike."""
        who = self.observed[:, 0] & ~self.always_treated
        group = None if self.group is None else self.group[who]
        return attrition_table(
            self.observed[who], self.ever_treated[who], self.weight[who], group, self.waves, self.synthetic
        )

    @property
    def flow(self) -> pd.DataFrame:
        """The panel's ledger, from the rows of the table to the households of each cohort and wave."""
        return panel_flow(
            len(self),
            self.exclusions,
            self.observed,
            self.cohort,
            self.waves,
            self.always_treated,
            self.ever_treated,
        )

    def values(self, outcome: Outcome) -> Array:
        """Return an outcome by household and wave, missing where there is no row, shape (n, T)."""
        flat = np.append(outcome.values(self._frame), np.nan)
        table: Array = flat[self.positions]
        return table

    def baseline(
        self,
        wave: int | None = None,
        covariates: Sequence[str] | None = None,
        outcomes: Sequence[str | Outcome] | None = None,
    ) -> Sample:
        """Return the households of one wave as a sample: those that ever enter against those that do not.

        Parameters
        ----------
        wave : int, optional
            The first wave by default.
        covariates : sequence of str, optional
            The panel's by default. Outcome columns may be among them: their values of this wave are known before the programme.
        outcomes : sequence of str or Outcome, optional
            The panel's by default, but those that read one of the covariates.

        Returns
        -------
        Sample
            Index: the households. Treatment: ``ever_treated``. Always treated, those that had entered by this wave, and those whose weight
            was made 0 are excluded.

        Raises
        ------
        OptionError
            No such wave.
        """
        number = self.waves[0] if wave is None else wave
        checks.one_of("wave", number, self.waves)
        at = self.positions[:, self.waves.index(number)]
        entered = (self.cohort != NEVER) & (self.cohort <= number)
        used = (at >= 0) & ~entered & (self.weight > 0)
        chosen = self.covariates if covariates is None else checks.columns("covariates", covariates)
        table = self._frame.iloc[at[used]].set_index(self.households[used])
        table.attrs = {}
        table[EVER_TREATED] = self.ever_treated[used].astype(np.float64)
        weight = self.sampling_weight
        if self._factors and (weight is not None or np.ptp(self.weight[used]) > 0):
            weight = weight or WEIGHTED
            table[weight] = self.weight[used]
        offered = self.outcomes if outcomes is None else [as_outcome(one) for one in outcomes]
        read = [one for one in offered if not set(one.columns) & set(chosen)] if outcomes is None else offered
        return Sample(
            table,
            treatment=EVER_TREATED,
            covariates=chosen,
            outcomes=read,
            cluster=self.cluster,
            sampling_weight=weight,
            comparator=self.comparator,
            synthetic=self.synthetic,
        )

    def between(self, first: int, last: int) -> Panel:
        """Return the panel of two of its waves, for an effect from one to the other.

        Cohort, group, weight and covariates stay those of the whole panel.
        """
        for name, wave in (("first", first), ("last", last)):
            checks.one_of(name, wave, self.waves)
        inside = np.isin(self._wave_of_row, (first, last))
        entries = {} if self.entry is None else {self.entry: self.cohort[self._household_of_row]}
        return self._of_rows(inside, entries)

    def entering_before(self, cohorts: Sequence[int], moved: dict[int, int]) -> Panel:
        """Return these cohorts with their entries moved, without their rows from entry on, beside those that do not enter.

        Cohorts that are not named stay as households that wait, up to their entry.
        """
        own = self.cohort[self._household_of_row]
        moved_to = np.array([moved.get(int(cohort), 0) if cohort in cohorts else 0 for cohort in own])
        kept = (own == NEVER) | (self._wave_of_row < own)
        return self._of_rows(kept, {self.entry or "entry": moved_to})

    @property
    def _household_of_row(self) -> Positions:
        return np.repeat(np.arange(len(self.households)), self.observed.sum(1))

    def _of_rows(self, kept: Booleans, entries: dict[str, NDArray[np.int64]]) -> Panel:
        """Return the panel of these rows: what a household was first seen as, and what its weight was multiplied by, stay."""
        household = self._household_of_row
        frame = self._frame.assign(**{self.wave: self._wave_of_row}, **entries)
        starts = self.positions[np.arange(len(self.households)), self.observed.argmax(1)]
        for column in (*self.covariates, self.cluster, self.sampling_weight):
            if column is not None:
                frame[column] = self._frame[column].iloc[starts[household]].array
        made = Panel(
            frame.loc[kept],
            id=self.id,
            wave=self.wave,
            entry=next(iter(entries), None),
            treatment=None if entries else self.treatment,
            covariates=self.covariates,
            outcomes=self.outcomes,
            cluster=self.cluster,
            sampling_weight=self.sampling_weight,
            comparator=self.comparator,
            synthetic=self.synthetic,
        )
        return self.reweighting(made)

    def reweighting(self, made: Panel) -> Panel:
        """Return a panel of some of these households, its weights multiplied as those of this one were."""
        place = self.households.get_indexer(made.households)
        for factor, rule in self._factors:
            made = made.reweighted(factor[place], rule)
        return made

    def reweighted(self, factor: Array, rule: Text) -> Panel:
        """Return the panel with its weights multiplied, and the rule that says so; households with factor 0 take no part.

        Parameters
        ----------
        factor : float64 array, shape (n,)
        rule : Text
        """
        weighted = copy(self)
        object.__setattr__(weighted, "weight", self.weight * factor)
        object.__setattr__(weighted, "rules", (*self.rules, rule))
        object.__setattr__(weighted, "_factors", (*self._factors, (factor, rule)))
        return weighted

    def outcome(self, name: str) -> Outcome:
        """Return the outcome of this name, or raise an OptionError that lists those there are."""
        return one_outcome(self.outcomes, name)

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        always = int(self.always_treated.sum())
        said = _SHOWN.with_values(
            label=_SYNTHETIC if self.synthetic else _PANEL,
            households=checks.counted(len(self.households), "household"),
            waves=checks.counted(len(self.waves), "wave"),
            which=checks.listed(self.waves, 12),
            rows=checks.counted(len(self), "row"),
            balanced=_BALANCED if self.balanced else _UNBALANCED,
            entering=tuple(
                _ENTERING.with_values(when=in_wave(wave), number=int((self.cohort == wave).sum()))
                for wave in self.cohorts
            ),
            waiting=int((~self.ever_treated & ~self.always_treated).sum()),
            always=_ALWAYS.with_values(number=always) if always else "",
            excluded=checks.counted(len(self.exclusions), "row"),
        )
        return "\n".join([spoken(said), *(f"  {spoken(rule)}" for rule in self.rules)])

    def _repr_html_(self) -> str:
        return html_view(self.flow, self.rules, self.synthetic)
