"""Several outcomes and strategies at once: their joint covariance, differences between them, families of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.label_order import place_by_label
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearization import Linearization
from impact.effects.estimate import estimations
from impact.effects.multiplicity import holm, romano_wolf, sharpened_q
from impact.effects.observed import units_with
from impact.effects.variances.cluster_robust import ClusterRobust, beyond_rounding, missing_on_one_group
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.sums.group_sums import GroupSums, with_weight
from impact.effects.variances.sums.side_by_side import Terms, side_by_side
from impact.effects.variances.sums.ways import matched_set_codes, ways_in, ways_of
from impact.effects.variances.wild_bootstrap import WildBootstrap
from impact.errors import EstimationError, OptionError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import SYNTHETIC, four_digits, html_view

Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of two effects, with its interval."""

    first: Label
    second: Label
    estimate: float
    std_error: float
    degrees_of_freedom: float
    p_value: float
    conf_low: float
    conf_high: float
    level: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointEffects:
    """Effects of several outcomes by several strategies, with the group sums that say how their errors go together.

    Attributes
    ----------
    labels : tuple of (strategy, outcome)
    estimates : float64 array, shape (k,)
    sums : GroupSums
        Group contributions to the k errors.
    synthetic : bool
    linearised_by : tuple of ClusterRobust
        How each of the k estimates was linearised.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> frame["sales"] = 2 * frame["income"]
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income", "sales"], cluster="group")
    >>> joint = im.joint_effects({"4-NN": im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))})
    >>> joint.frame[["strategy", "outcome"]].values.tolist()
    [['4-NN', 'income'], ['4-NN', 'sales']]
    >>> income, sales = joint.frame["std_error"]
    >>> round(sales / income, 6)  # twice the outcome, twice the error
    2.0
    """

    labels: tuple[Label, ...]
    estimates: Array
    sums: GroupSums
    synthetic: bool
    linearised_by: tuple[ClusterRobust, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """``strategy``, ``outcome``, ``estimate``, ``std_error``."""
        return self._shown().reset_index()

    @property
    def covariance(self) -> pd.DataFrame:
        """Joint covariance, rows and columns by strategy and outcome; its diagonal holds the squared standard errors."""
        index = pd.MultiIndex.from_tuples(self.labels, names=["strategy", "outcome"])
        return pd.DataFrame(self.sums.covariance, index=index, columns=index)

    def difference(self, first: Label, second: Label, level: float = 0.95) -> Contrast:
        """Return the first effect minus the second, with the t interval of its own degrees of freedom.

        Parameters
        ----------
        first, second : (strategy, outcome)
        level : float
        """
        from scipy.special import stdtr, stdtrit

        checks.between("level", level, 0.0, 1.0)
        weights = np.zeros(len(self.labels))
        for label, sign in ((first, 1.0), (second, -1.0)):
            checks.one_of(Text("A label", "Una etiqueta"), label, self.labels)
            weights[self.labels.index(label)] += sign
        variance, freedom = self.sums.combination(weights)
        value, error = float(weights @ self.estimates), float(np.sqrt(variance))
        reach = float(stdtrit(freedom, 0.5 + level / 2)) * error if error > 0 else 0.0
        p_value = 2 * float(stdtr(freedom, -abs(value) / error)) if error > 0 else np.nan
        return Contrast(first, second, value, error, freedom, p_value, value - reach, value + reach, level)

    def family(self, strategy: str | None = None, bootstrap: WildBootstrap | None = None) -> pd.DataFrame:
        """Return p-values for a family of hypotheses "no effect", plain and corrected for their number.

        Parameters
        ----------
        strategy : str, optional
            The family is the outcomes by this strategy; all strategies by default.
        bootstrap : WildBootstrap, optional
            Draws for the p-values and for Romano and Wolf, of this table's own terms; ``WildBootstrap()`` by default.

        Returns
        -------
        DataFrame
            strategy, outcome, estimate, std_error, statistic, p_value (by the wild bootstrap), holm, sharpened_q, romano_wolf.

        Raises
        ------
        OptionError
            No such strategy.
        EstimationError
            An outcome has no spread, so that there is no test of it.
        """
        chosen = [k for k, (name, _) in enumerate(self.labels) if strategy in (None, name)]
        if not chosen:
            names = dict.fromkeys(name for name, _ in self.labels)
            raise OptionError(
                Text(
                    "strategy must be one of {value}; got {strategy!r}.",
                    "strategy debe ser una de {value}; se dio {strategy!r}.",
                    value=checks.listed(map(repr, names), 8),
                    strategy=strategy,
                )
            )
        wild = bootstrap or WildBootstrap()
        others = set(self.linearised_by) - {wild.linearised}
        if wild.linearised is not None and others:
            own = checks.listed(map(repr, others), 3)
            raise OptionError(
                Text(
                    (
                        "bootstrap must draw the terms of this table, linearised by {own}; got {linearised!r}. Leave out "
                        "linearised=, or pass variance= to joint_effects."
                    ),
                    (
                        "bootstrap debe sortear los términos de esta tabla, linealizados por {own}; se dio {linearised!r}. "
                        "Quite linearised, o dé variance a joint_effects."
                    ),
                    own=own,
                    linearised=wild.linearised,
                )
            )
        blocks = wild.blocks(len(self.sums.parts[0]))
        draws = np.concatenate([self.sums.studentised(block) for block in blocks])[:, chosen]
        errors = np.sqrt(np.diag(self.sums.covariance))[chosen]
        _require_spread([self.labels[k] for k in chosen], errors)
        statistics = self.estimates[chosen] / errors
        beyond = (np.abs(draws) >= np.abs(statistics)).sum(0)
        p_values = (1 + beyond) / (1 + len(draws))
        return pd.DataFrame(
            {
                "strategy": [self.labels[k][0] for k in chosen],
                "outcome": [self.labels[k][1] for k in chosen],
                "estimate": self.estimates[chosen],
                "std_error": errors,
                "statistic": statistics,
                "p_value": p_values,
                "holm": holm(p_values),
                "sharpened_q": sharpened_q(p_values),
                "romano_wolf": romano_wolf(statistics, draws),
            }
        )

    def __repr__(self) -> str:
        head = f"{SYNTHETIC}\n" if self.synthetic else ""
        return head + self._shown().to_string(float_format=four_digits)

    def _shown(self) -> pd.DataFrame:
        names = pd.MultiIndex.from_tuples(self.labels, names=["strategy", "outcome"])
        errors = np.sqrt(np.diag(self.sums.covariance))
        return pd.DataFrame({"estimate": self.estimates, "std_error": errors}, index=names)

    def _repr_html_(self) -> str:
        return html_view(self._shown().reset_index(), (), self.synthetic)


def joint_effects(
    matched: Mapping[str, MatchedSample],
    outcomes: Sequence[str | Outcome] | None = None,
    bias_adjustment: Adjustment | str | Mapping[str, Adjustment | str | None] | None = None,
    variance: ClusterRobust | None = None,
) -> JointEffects:
    """Estimate several outcomes by several strategies, with the joint covariance of all estimates.

    Parameters
    ----------
    matched : mapping of str to MatchedSample
        The same sample matched in different ways, by the strategy's name.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    bias_adjustment : Adjustment, "suited", "linear" or None; or a mapping of these by strategy
    variance : ClusterRobust, optional
        How the estimates are linearised; by default as ``estimate()`` does by itself.

    Returns
    -------
    JointEffects
        Estimates and, on the diagonal, squared standard errors as ``estimate()`` gives them with this variance. Without a cluster
        the degrees of freedom of matches in sets are those by unit where there are several matches.

    Raises
    ------
    OptionError
        The matched samples are not of one sample.
    EstimationError
        An arm has fewer than two groups with weight.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from impact.effects.joint import joint_effects
    >>> age = np.arange(400.0) % 37
    >>> frame = pd.DataFrame({"treated": np.arange(400) % 2, "age": age, "group": np.arange(400) // 4 * 2 + np.arange(400) % 2})
    >>> frame["income"] = 100 + age + 5 * frame["treated"]
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> near = {f"{m}-NN": im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=m)) for m in (1, 4)}
    >>> round(joint_effects(near).difference(("4-NN", "income"), ("1-NN", "income")).estimate, 6)
    0.0
    """
    first = _one_sample(matched)
    known = variance is None or isinstance(variance, ClusterRobust)
    checks.instance("variance", variance, Text("an im.ClusterRobust()", "un ClusterRobust"), known)
    labels: list[Label] = []
    estimates: list[float] = []
    terms: list[Terms] = []
    linearised: list[ClusterRobust] = []
    for name, one in matched.items():
        adjustment = bias_adjustment.get(name) if isinstance(bias_adjustment, Mapping) else bias_adjustment
        for together, estimation in estimations(one, outcomes, adjustment):
            by = variance or ClusterRobust.of(estimation.linearised_by)
            linear = by.linearization(estimation)
            linearised += [by] * len(together)
            labels += [(name, outcome.name) for outcome in together]
            estimates += [float(value) for value in linear.effect]
            terms.append(_terms(name, estimation, linear, first, units_with(first, together)))
    sums = side_by_side(terms, first.treated, place_by_label(first.frame.index))
    # those estimated together need not be neighbours
    names = [outcome.name for outcome in first.chosen(outcomes)]
    order = [labels.index((strategy, name)) for strategy in matched for name in names]
    return JointEffects(
        labels=tuple(labels[k] for k in order),
        estimates=np.array(estimates)[order],
        sums=sums.take(order),
        synthetic=first.synthetic,
        linearised_by=tuple(linearised[k] for k in order),
    )


def _one_sample(matched: Mapping[str, MatchedSample]) -> Sample:
    """Return the sample that all were matched from."""
    if not matched:
        raise OptionError(
            Text(
                "matched must hold at least one matched sample; got none.",
                "matched debe tener al menos una muestra emparejada; no tiene ninguna.",
            )
        )
    first = next(iter(matched.values())).sample
    if any(one.sample is not first for one in matched.values()):
        raise OptionError(
            Text(
                (
                    "joint_effects needs one sample, matched in different ways: its groups (or units) tie the estimates "
                    "together. Match that one sample by each strategy."
                ),
                (
                    "joint_effects necesita una sola muestra, emparejada de distintas maneras: sus grupos (o unidades) "
                    "ligan las estimaciones. Empareje esa misma muestra con cada estrategia."
                ),
            )
        )
    return first


def _terms(
    strategy: str, estimation: Estimation, linear: Linearization, sample: Sample, present: Booleans
) -> Terms:
    """Return the terms of one match's effects over the whole sample: zero for an outcome without spread, whose sums are rounding."""
    ways = ways_of(estimation.matched)
    variance, _ = ways.of(linear, linear.effect_terms()).variances()
    errors = missing_on_one_group(np.sqrt(variance), estimation, ways.groups)
    if np.isnan(errors).any():
        raise EstimationError(
            Text(
                (
                    "The errors of '{strategy}' cannot be estimated by group: each arm needs at least two groups with "
                    "weight. Use more groups, or a wider caliper."
                ),
                (
                    "Los errores de '{strategy}' no se pueden estimar por grupo: cada brazo necesita al menos dos grupos "
                    "con peso. Use más grupos, o un caliper más amplio."
                ),
                strategy=strategy,
            )
        )
    spread = beyond_rounding(errors, linear) > 0
    terms, active = np.zeros((len(sample), len(spread))), present.copy()
    terms[present] = np.where(spread, linear.effect_terms() / linear.size, 0.0)
    active[present] = with_weight(linear)
    return Terms(terms, active, linear.pooled, ways_in(sample, _sets(estimation, present)))


def _sets(estimation: Estimation, present: Booleans) -> Positions | None:
    found = matched_set_codes(estimation.matched)
    if found is None:
        return None
    sets = np.full(len(present), -1, dtype=np.intp)
    sets[present] = found
    return sets


def _require_spread(labels: Sequence[Label], errors: Array) -> None:
    still = [
        f"'{outcome}' by {strategy}"
        for (strategy, outcome), error in zip(labels, errors, strict=True)
        if error == 0
    ]
    if still:
        raise EstimationError(
            Text(
                (
                    "A family needs outcomes that vary between the groups; {still} does not, and there is no test of it. "
                    "Leave the outcome out of outcomes=."
                ),
                (
                    "Una familia necesita resultados que varíen entre los grupos; {still} no varía, y no hay prueba de "
                    "ello. Quite el resultado."
                ),
                still=checks.listed(still),
            )
        )
