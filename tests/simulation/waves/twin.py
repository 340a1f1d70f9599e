"""Draws of the panel twin: two waves, entry by turns, effects that grow, households lost, selection on what nobody sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import impact as im
from tests.simulation.waves.cells import TrueCells
from tests.simulation.waves.study import Known, Row, attempted, judged, weighted_mean

FEW = ("education_index", "assets_pre")
INCOME = "income_agr_pc_month"
GROWN = "growing income"

TWO_WAVES = {
    "doubly robust": im.DoublyRobust(),
    "outcome regression": im.OutcomeRegression(),
    "inverse probability": im.InverseProbabilityWeighted(),
    "doubly robust, improved": im.DoublyRobust(improved=True),
    "change score": im.ChangeScore(),
    "ANCOVA": im.Ancova(),
    "ANCOVA, slopes by arm": im.Ancova(common_slopes=False),
}
ONE_SLOPE = ("change score", "ANCOVA")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One survey of the twin in three waves, with the truth of every row.

    Attributes
    ----------
    rows : DataFrame
        Household, wave, entry, group, weight, covariates and outcome columns.
    covariates : tuple of str
    outcomes : tuple of Outcome
    persons : float64 array
        Of the household's first interview, by row.
    effect, without : dict of arrays
        By outcome: what the programme does to each row that it reaches by this wave (0 before), and the outcome without it.
    """

    rows: pd.DataFrame
    covariates: tuple[str, ...]
    outcomes: tuple[im.Outcome, ...]
    persons: np.ndarray
    effect: dict[str, np.ndarray]
    without: dict[str, np.ndarray]

    @classmethod
    def of(cls, groups: int, number: int, **terms: tuple[str, ...]) -> Drawn:
        """Return a survey in which half the groups that enter do so in the second wave, half in the third."""
        trial = im.RuralAlliancesPanelTwin(groups=groups, staggered=True, **terms).draw(number)
        panel, names = trial.sample, [outcome.name for outcome in trial.sample.outcomes]
        household, frame = np.nonzero(panel.observed)[0], panel.frame
        read = {column for one in panel.outcomes for column in one.columns}
        rows = frame[[*panel.covariates, *sorted(read), "hh_size", "wave"]].reset_index(drop=True)
        rows = rows.assign(
            household=household,
            entry=panel.cohort[household],
            group=panel.group[household],
            weight=panel.weight[household],
        )
        first = panel.positions[:, 0][household]
        since = (rows["wave"] - rows["entry"]).to_numpy()
        entered = (rows["entry"] > 0).to_numpy() & (since >= 0)
        effect = dict(zip(names, (trial.treated - trial.untreated).T * entered, strict=True))
        without = dict(zip(names, trial.untreated.T, strict=True))
        grows = (1 + since.clip(min=0)) * np.where(rows["entry"] == 1, 1.3, 1.0)
        effect[GROWN], without[GROWN] = effect[INCOME] * grows, without[INCOME]
        rows[GROWN] = without[GROWN] + effect[GROWN]
        persons = frame["hh_size"].to_numpy()[first]
        return cls(rows, panel.covariates, panel.outcomes, persons, effect, without)

    def counts(self, outcome: str) -> np.ndarray:
        """Return how much each row counts for an outcome."""
        of_persons = {one.name for one in self.outcomes if one.persons is not None}
        weight = self.rows["weight"].to_numpy()
        return weight * self.persons if outcome in of_persons else weight

    def known(self, outcome: str, which: np.ndarray) -> Known:
        """Return the truth over some rows."""
        count = self.counts(outcome)[which]
        means = (weighted_mean(values[outcome][which], count) for values in (self.effect, self.without))
        return Known(*means)

    def at_last(self, outcome: str) -> Known:
        """Return the truth of all that have entered by the last wave, in that wave."""
        return self.known(outcome, (self.rows["wave"].to_numpy() == 2) & (self.rows["entry"].to_numpy() > 0))

    def waves(self, rows: pd.DataFrame, outcomes: Sequence[str | im.Outcome]) -> im.Panel:
        """Return a panel of some rows."""
        roles = {"cluster": "group", "sampling_weight": "weight", "covariates": self.covariates}
        return im.Panel(rows, "household", "wave", "entry", outcomes=outcomes, **roles)


def few(groups: int) -> dict[str, tuple[str, ...]]:
    """Return the covariates of a twin of few groups: ten terms, most of them of the group, separate forty groups."""
    return {} if groups >= 100 else {"covariates": FEW}


def survey(groups: int, number: int) -> list[Row]:
    """Return everything that one survey of the twin is asked."""
    drawn = Drawn.of(groups, number, **few(groups))
    rows = [*two_waves(drawn, TWO_WAVES), *by_turns(drawn), *lost(drawn, number)]
    if number % 5 == 0:  # what is wrong shows in fewer draws
        rows.append(two_way(drawn))
    return rows


def regressions(groups: int, number: int) -> list[Row]:
    """Return what regressions on all ten terms say, which need no overlap of the arms and so can be fitted to few groups too."""
    return two_waves(Drawn.of(groups, number), {cell: TWO_WAVES[cell] for cell in ONE_SLOPE})


def two_waves(drawn: Drawn, estimators: Mapping[str, object]) -> list[Row]:
    """Return the effects from the first wave to the last by each estimator."""
    panel = drawn.waves(drawn.rows[drawn.rows["wave"] != 1], drawn.outcomes)
    names = [one.name for one in drawn.outcomes]
    rows: list[Row] = []
    for cell, estimator in estimators.items():

        def estimates(cell: str = cell, estimator: object = estimator) -> list[Row]:
            table = im.two_wave_effects(panel, estimator=estimator)
            found = [judged(cell, effect, drawn.at_last(effect.outcome)) for effect in table]
            if cell in ONE_SLOPE:
                own = (Known(mean_of_regression(drawn, panel, effect.outcome, cell)) for effect in table)
                name = f"{cell}, of its own mean"
                found += [judged(name, effect, known) for effect, known in zip(table, own, strict=True)]
            return found

        rows += attempted(cell, names, estimates)
    return rows


def mean_of_regression(drawn: Drawn, panel: im.Panel, outcome: str, cell: str) -> float:
    """Return the mean of true effects that a regression with one slope for both arms estimates.

    With W̃ what the covariates leave of having entered: Σ s W̃ W τ / Σ s W̃ W.
    """
    last = drawn.rows["wave"].to_numpy() == 2
    weight, effect = drawn.counts(outcome)[last], drawn.effect[outcome][last]
    columns = [np.ones(int(last.sum())), *panel.matrix.to_numpy().T]
    if cell == "ANCOVA":
        columns.append(panel.values(panel.outcome(outcome))[:, 0])
    design, entered = np.column_stack(columns), panel.ever_treated.astype(float)
    root = np.sqrt(weight)
    fit = np.linalg.lstsq(design * root[:, None], entered * root, rcond=None)[0]
    return weighted_mean(effect, weight * (entered - design @ fit) * entered)


def by_turns(drawn: Drawn) -> list[Row]:
    """Return the aggregations of effects by cohort and wave."""
    panel = drawn.waves(drawn.rows, [*drawn.outcomes, GROWN])
    rows: list[Row] = []
    for outcome in panel.outcomes:

        def estimates(outcome: im.Outcome = outcome) -> list[Row]:
            effects, cells = im.group_time_effects(panel, outcome), true_cells(drawn, outcome.name)
            return [
                judged(f"{by}: {effect.subgroup}", effect, cells.aggregated(by, effect.subgroup))
                for by in ("simple", "group", "event", "calendar")
                for effect in effects.aggregate(by, replications=39)  # its band is not judged
            ]

        rows += attempted("simple: all", [outcome.name], estimates)
    return rows


def two_way(drawn: Drawn) -> Row:
    """Return what two-way fixed effects give where effects grow."""
    table = im.two_wave_effects(drawn.waves(drawn.rows, [GROWN]), estimator=im.TwoWayFixedEffects())
    return judged(
        "two-way fixed effects", table.one(GROWN), true_cells(drawn, GROWN).aggregated("simple", "all")
    )


def true_cells(drawn: Drawn, outcome: str) -> TrueCells:
    """Return the truth of each cohort in each wave after the first."""
    wave, entry = drawn.rows["wave"].to_numpy(), drawn.rows["entry"].to_numpy()
    count = drawn.counts(outcome)
    cells = [(cohort, number) for cohort in (1, 2) for number in (1, 2)]
    known = [drawn.known(outcome, (entry == cohort) & (wave == number)) for cohort, number in cells]
    sizes = [count[(entry == cohort) & (wave == 0)].sum() for cohort, _ in cells]
    return TrueCells.of(cells, sizes, known)


def lost(drawn: Drawn, number: int) -> list[Row]:
    """Return the effects where the poorer of those that enter are lost, without and with response weights."""
    rows = drawn.rows[drawn.rows["wave"] != 1]
    first = rows[rows["wave"] == 0]
    income = first[INCOME] / weighted_mean(first[INCOME], first["weight"])
    chance = 1 / (1 + np.exp(1.0 + np.where(first["entry"] > 0, 1.5 * (income - 1), 0.0)))
    gone = first["household"][np.random.default_rng([number, 7]).random(len(first)) < chance]
    panel = drawn.waves(rows[(rows["wave"] == 0) | ~rows["household"].isin(gone)], drawn.outcomes)
    weighings: dict[str, Callable[[im.Panel], im.Panel]] = {
        "households lost, as they are": lambda panel: panel,
        "households lost, response weights": im.with_response_weights,
    }
    found: list[Row] = []
    for cell, weighed in weighings.items():

        def estimates(cell: str = cell, weighed: Callable[[im.Panel], im.Panel] = weighed) -> list[Row]:
            table = im.two_wave_effects(weighed(panel))
            return [judged(cell, effect, drawn.at_last(effect.outcome)) for effect in table]

        found += attempted(cell, [one.name for one in drawn.outcomes], estimates)
    return found


def ability(groups: int, number: int) -> list[Row]:
    """Return three estimands of income where able groups are selected, for reasons that no covariate tells."""
    twin = im.RuralAlliancesPanelTwin(groups=groups, ability=1.0, outcomes=(INCOME,), **few(groups))
    trial = twin.draw(number)
    household = np.nonzero(trial.sample.observed)[0]
    enters = trial.sample.ever_treated[household] & (trial.sample.frame["wave"] == 1).to_numpy()
    weight = trial.sample.weight[household][enters]
    states = trial.treated[enters, 0], trial.untreated[enters, 0]
    known = Known(weighted_mean(states[0] - states[1], weight), weighted_mean(states[1], weight))

    def estimates() -> list[Row]:
        strategy = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
        matched = im.match(trial.sample.baseline(), strategy)
        tables = {
            "": im.three_estimands(trial.sample),
            ", matched": im.three_estimands(trial.sample, matched=matched),
        }
        return [
            judged(f"{effect.strategy}{how}", effect, known)
            for how, table in tables.items()
            for effect in table
            if not (how and effect.strategy == "before-after")
        ]

    return attempted("doubly robust", [INCOME], estimates)
