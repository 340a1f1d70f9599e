"""A twin of the user's own sample: its groups, covariates and overlap, outcomes of its controls, an effect that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Positions
from impact.design.label_order import place_by_label
from impact.effects.arm_means.regression import arm_prediction
from impact.effects.variances.redrawn.group_draws import GroupDraws
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.robustness.finished import sample_hash
from impact.robustness.twins import TwinTrial
from impact.survey.clusters import group_codes, sums_by_code
from impact.survey.sample import Sample

_DONOR_GROUPS = 5
_DONOR_MEMBERS = 3


@dataclass(frozen=True, slots=True)
class SampleTwin:
    """Surveys that resemble a sample, with an effect planted in them.

    Parameters
    ----------
    sample : Sample
        With outcomes; a cluster where treatment was given to groups.
    effects : mapping of str to float
        Proportional effect on each outcome column that the programme changes: ``{"income_pc": 0.3}`` adds 30 % to it.
    groups : int, optional
        Groups to draw (units, where the sample has no cluster), the arms in the sample's proportion: another survey's size, for
        planning it. As many as the sample has by default.

    Notes
    -----
    A draw takes whole groups with their covariates and treatment, with replacement within each arm (over both, where groups
    span them). Untreated outcomes come from the sample's controls: each group takes a donor among the five control groups with
    the nearest mean prediction, and each household a row of outcomes among the donor's three households nearest in its own
    prediction (least squares of the outcomes on the covariates, among controls). Donors depend on covariates and chance, never
    on treatment: the arms differ by the covariates and by the planted effect alone. Household sizes and weights stay.

    Examples
    --------
    >>> import impact as im
    >>> from impact.robustness.sample_twin import SampleTwin
    >>> survey = im.synthetic.rural_alliances(1, groups=40)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> trial = SampleTwin(sample, {"income_labour": 0.25}).draw(7)
    >>> round(trial.truth(0, trial.sample.treated)[1], 6)
    25.0
    """

    sample: Sample = field(repr=False)
    effects: Mapping[str, float]
    groups: int | None = None

    def __post_init__(self) -> None:
        checks.instance(
            "sample", self.sample, Text("an im.Sample", "un im.Sample"), isinstance(self.sample, Sample)
        )
        if not self.sample.outcomes:
            raise OptionError(
                Text(
                    "sample must have outcomes for a twin; it has none. Pass outcomes= to im.Sample.",
                    "sample debe tener resultados para un gemelo; no tiene ninguno. Agregue [[outcomes]].",
                )
            )
        checks.columns_present("effects", self.effects, self.sample.outcome_columns)
        for column, effect in self.effects.items():
            checks.within(
                Text("The effect on {column!r}", "El efecto en {column!r}", column=column), effect, -1, np.inf
            )
        if self.groups is not None:
            checks.whole("groups", self.groups, minimum=6)
        if self.sample.gaps:
            complete = np.logical_and.reduce([self.sample.has(outcome) for outcome in self.sample.outcomes])
            object.__setattr__(self, "sample", self.sample.take(complete))
        if (
            not self.sample.frame.index.is_monotonic_increasing
        ):  # what is drawn does not depend on the order of the rows
            order = np.argsort(place_by_label(self.sample.frame.index))
            object.__setattr__(self, "sample", self.sample.reordered(order))

    @property
    def fingerprint(self) -> str:
        """Changes with the sample's content and with the effects: two twins with the same one draw the same surveys."""
        return f"{sample_hash(self.sample)} {dict(self.effects)} {self.groups}"

    def draw(self, seed: int) -> TwinTrial:
        """Return one survey with its truth."""
        generator = np.random.default_rng(seed)
        base = self.sample
        codes = (
            np.arange(len(base))
            if base.cluster is None
            else group_codes(base.frame[base.cluster], base.cluster)
        )
        rows, copies = GroupDraws.of(codes, base.treated).rows(generator, self.groups, least=2)
        donors = _donors(self._predictions(), codes, base.treated, rows, copies, generator)
        return self._trial(rows, copies, donors)

    def _predictions(self) -> Array:
        """Return the predicted outcomes of every unit, each in SDs, shape (n, q)."""
        outcomes = np.column_stack([outcome.values(self.sample.frame) for outcome in self.sample.outcomes])
        weights = np.where(self.sample.treated, 0.0, 1.0)
        predicted = arm_prediction(outcomes, self.sample.matrix.to_numpy(), weights)
        spread = predicted.std(0)
        result: Array = predicted / np.where(spread > 0, spread, 1.0)
        return result

    def _trial(self, rows: Positions, copies: Positions, donors: Positions) -> TwinTrial:
        base, columns = self.sample, sorted(self.sample.outcome_columns)
        given = base.frame.iloc[donors][columns].reset_index(drop=True)
        untreated = (
            base.frame.iloc[rows].reset_index(drop=True).assign(**{name: given[name] for name in columns})
        )
        if base.cluster is not None:
            untreated[base.cluster] = copies
        lifted = {name: untreated[name] * (1 + effect) for name, effect in self.effects.items()}
        treated = untreated.assign(**lifted)
        is_treated = base.treated[rows]
        observed = untreated.assign(
            **{name: untreated[name].where(~is_treated, treated[name]) for name in lifted}
        )
        sample = base.with_frame(observed, synthetic=True)
        states = [
            np.column_stack([one.values(state) for one in base.outcomes]) for state in (untreated, treated)
        ]
        return TwinTrial(sample, states[0], states[1])


def _donors(
    predictions: Array,
    codes: Positions,
    treated: NDArray[np.bool_],
    rows: Positions,
    copies: Positions,
    generator: np.random.Generator,
) -> Positions:
    """Return the control household whose untreated outcomes each drawn household takes, shape (drawn,)."""
    from scipy.spatial import cKDTree

    controls = np.flatnonzero(~treated)
    groups, numbers = np.unique(codes[controls], return_inverse=True)
    if len(groups) < 2:
        raise DataError(
            Text(
                "A twin needs at least two groups of controls to take outcomes from; the sample has one.",
                "Un gemelo necesita al menos dos grupos de controles de los que tomar resultados; la muestra tiene uno.",
            )
        )
    centre, wanted = _means_by_code(predictions[controls], numbers), _means_by_code(predictions[rows], copies)
    near = min(_DONOR_GROUPS, len(groups))
    choices = cKDTree(centre).query(wanted, k=np.arange(1, near + 1))[1]
    donor_group = choices[np.arange(len(choices)), generator.integers(0, near, len(choices))]
    ticket = generator.random(len(rows))
    donors = np.empty(len(rows), dtype=np.intp)
    for group in np.unique(donor_group):
        pool = controls[numbers == group]
        asking = np.flatnonzero(donor_group[copies] == group)
        few = min(_DONOR_MEMBERS, len(pool))
        nearest = cKDTree(predictions[pool]).query(predictions[rows[asking]], k=np.arange(1, few + 1))[1]
        donors[asking] = pool[nearest[np.arange(len(asking)), (ticket[asking] * few).astype(np.intp)]]
    return donors


def _means_by_code(values: Array, codes: Positions) -> Array:
    sums = np.stack([sums_by_code(codes, column, int(codes.max()) + 1) for column in values.T], axis=1)
    result: Array = sums / np.bincount(codes)[:, None]
    return result
