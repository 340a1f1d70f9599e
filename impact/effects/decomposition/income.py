"""income_decomposition(): how much of the gain in net income is volume, price, quality and costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearization import Linearization
from impact.effects.decomposition.comparisons import among_treated
from impact.effects.decomposition.linear_parts import linear_parts
from impact.effects.decomposition.over_waves import parts_over_waves, products_entering
from impact.effects.decomposition.rules import ADJUSTMENT, NOT_SPLIT, OVER_WAVES, RULES, SAME_PRODUCT, TOTAL
from impact.effects.decomposition.shares import share_interval
from impact.effects.effect import Effect
from impact.effects.estimate import estimate, estimations
from impact.effects.interval import t_test
from impact.effects.observed import with_values
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.sums.ways import ways_of
from impact.errors import ImpactError, OptionError
from impact.language import Text, kept_reason
from impact.survey.income.accounts import PARTS
from impact.survey.income.parts import IncomeParts, NetIncome
from impact.survey.panel.panel import Panel
from impact.views import Exported, html_view, text_view
from impact.warn import warning_about

DECOMPOSITION_COLUMNS = (
    "subgroup", "part", "estimate", "std_error", "degrees_of_freedom", "statistic", "p_value", "conf_low", "conf_high",
    "share", "share_conf_low", "share_conf_high", "level", "different_products", "n_treated", "n_treated_total", "n_control",
    "n_clusters", "outcome", "unit", "period", "estimand", "population", "comparator", "weights", "identification",
    "bias_adjustment", "variance", "strategy",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IncomeDecomposition(Exported):
    """The parts of the effect on net income.

    Attributes
    ----------
    frame : DataFrame
        One row per subgroup and part ("volume", "quality", "price", "product", "costs", "rest", "match adjustment", "total"), with
        fixed columns; parts that cannot occur are left out. ``share`` is of the total.
    notes : tuple of str
        The rules.
    synthetic : bool

    Examples
    --------
    By hand: volume (10 − 6) × (3 + 2)/2 = 10, price (3 − 2) × (10 + 6)/2 = 8, costs −(5 − 4) = −1.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [30.0, 40, 30, 40], "kilos": [10.0, 10, 6, 6],
    ...     "price": [3.0, 3, 2, 2], "costs": [5.0, 5, 4, 4]})
    >>> parts = im.IncomeParts(quantity="kilos", price="price", costs="costs", unit="Bs")
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=[im.NetIncome(parts)])
    >>> found = im.income_decomposition(im.match(sample, im.NearestNeighbor(im.Euclidean())), parts)
    >>> found.frame[["part", "estimate"]].round(6).values.tolist()
    [['volume', 10.0], ['price', 8.0], ['costs', -1.0], ['total', 17.0]]
    """

    TITLE: ClassVar[Text] = Text(
        "What the gain in income is made of", "De qué se compone la ganancia de ingreso"
    )

    frame: pd.DataFrame
    notes: tuple[str, ...]
    synthetic: bool

    def __repr__(self) -> str:
        short = ["subgroup", "part", "estimate", "std_error", "conf_low", "conf_high", "share"]
        return text_view(self.frame[short], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def income_decomposition(
    matched_or_panel: MatchedSample | Panel,
    parts: IncomeParts,
    bias_adjustment: Adjustment | str | None = None,
    by_product: bool = False,
    level: float = 0.95,
    estimator: DifferenceInDifferences | None = None,
) -> IncomeDecomposition:
    """Split the effect on net income into volume, price at constant quality, quality mix and costs.

    Parameters
    ----------
    matched_or_panel : MatchedSample or Panel
        A match for the ATT, by a strategy that makes pairs or matched sets: match within products (``exact=``), or expect the part
        "product". Or a panel of two waves: each household is set against itself before the programme, and the parts of its change are
        compared between the arms.
    parts : IncomeParts
        The columns of the income.
    bias_adjustment : Adjustment, "suited", "linear" or None
        Of a match, as for ``estimate``: its effect on the estimate is the part "match adjustment".
    by_product : bool
        True: also for the treated of each product. Of a panel: for the households, of both arms, first seen with each product; one that
        cannot be split is left out, and the notes say why.
    level : float
        Confidence level in (0, 1).
    estimator : DifferenceInDifferences, optional
        Of a panel: ``im.DoublyRobust()`` by default, ``im.OutcomeRegression()``, ``im.InverseProbabilityWeighted()`` or
        ``im.ChangeScore()``.

    Returns
    -------
    IncomeDecomposition

    Raises
    ------
    OptionError
        Another estimand than the ATT, a strategy without pairs, no product column for ``by_product``, an option that does not belong to
        what is split.
    DataError
        Accounts that cannot be: negative amounts, grades beyond the quantity, missing prices.

    Notes
    -----
    Income = Σ_grades volume × quality × price − costs. For a treated unit i and its control j,
    Y_i − Y_j = φ_volume + φ_quality + φ_price + φ_costs with Shapley's φ over the factors, exactly; the parts of the ATT are
    Σ_i f_i Σ_j w_ij φ_k(i, j)/Σ f. Sampling weights enter f and w as in the effect itself. Standard errors sum the linearised terms by
    group, as the effect's do.

    References
    ----------
    Shapley (1953), in Contributions to the Theory of Games II, 307-317; Shorrocks (2013), Journal of Economic Inequality 11(1), 99-126,
    doi:10.1007/s10888-011-9214-z; Fieller (1954), JRSS B 16(2), 175-185, for the intervals of shares.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(seed=3)
    >>> parts = im.IncomeParts(
    ...     quantity="qty_produced", price=("price_grade_a", "price_grade_b"), grade="qty_grade_a", costs="costs_alliance",
    ...     product="alliance_product", unit="Bs/year",
    ... )
    >>> roles = survey.roles() | {"outcomes": ["net_income_alliance"]}
    >>> near = im.NearestNeighbor(im.Mahalanobis(), ratio=4, exact=("alliance_product",))
    >>> matched = im.match(im.Sample(survey.household, **roles), near)
    >>> found = im.income_decomposition(matched, parts, bias_adjustment="linear").frame.set_index("part")["estimate"]
    >>> bool(abs(found.drop("total").sum() - found["total"]) < 1e-6)
    True
    """
    checks.instance(
        "matched_or_panel",
        matched_or_panel,
        Text("an im.MatchedSample or an im.Panel", "un im.MatchedSample o un im.Panel"),
        isinstance(matched_or_panel, (MatchedSample, Panel)),
    )
    checks.instance(
        "parts", parts, Text("an im.IncomeParts", "un im.IncomeParts"), isinstance(parts, IncomeParts)
    )
    checks.between("level", level, 0.0, 1.0)
    if isinstance(matched_or_panel, Panel):
        _refuse_for_panels(bias_adjustment)
        _require_product(parts, by_product)
        return _over_waves(matched_or_panel, parts, by_product, estimator or DoublyRobust(), level)
    matched = matched_or_panel
    if estimator is not None:
        raise OptionError(
            Text(
                "estimator belongs to a panel; a match has bias_adjustment=.",
                "estimator corresponde a un panel; un emparejamiento tiene bias_adjustment.",
            )
        )
    _require_product(parts, by_product)
    rows: list[dict[str, object]] = []
    for subgroup, part in _subgroups(matched, parts, by_product):
        with warning_about(subgroup) if by_product else nullcontext():
            rows += _rows(subgroup, part, parts, bias_adjustment, level)
    frame = pd.DataFrame(rows, columns=list(DECOMPOSITION_COLUMNS))
    return IncomeDecomposition(frame, RULES, matched.sample.synthetic)


def _refuse_for_panels(bias_adjustment: Adjustment | str | None) -> None:
    if bias_adjustment is not None:
        raise OptionError(
            Text(
                "bias_adjustment belongs to a match; a panel has estimator= and its own covariates.",
                "bias_adjustment corresponde a un emparejamiento; un panel tiene estimator y sus propias covariables.",
            )
        )


def _require_product(parts: IncomeParts, by_product: bool) -> None:
    if by_product:
        checks.instance(
            "parts.product",
            parts.product,
            Text("a column, for by_product=True", "una columna, para by_product = true"),
            parts.product is not None,
        )


def _over_waves(
    panel: Panel, parts: IncomeParts, by_product: bool, estimator: DifferenceInDifferences, level: float
) -> IncomeDecomposition:
    rows, notes = _rows_over_waves("all", panel, parts, None, estimator, level), [OVER_WAVES, *RULES[1:]]
    if by_product:
        notes.append(SAME_PRODUCT)
        for product in products_entering(panel, str(parts.product)):
            try:
                with warning_about(product):
                    rows += _rows_over_waves(product, panel, parts, product, estimator, level)
            except ImpactError as problem:
                notes.append(NOT_SPLIT.with_values(product=product, why=kept_reason(problem)))
    frame = pd.DataFrame(rows, columns=list(DECOMPOSITION_COLUMNS))
    return IncomeDecomposition(frame, tuple(notes), panel.synthetic)


def _rows_over_waves(
    subgroup: str,
    panel: Panel,
    parts: IncomeParts,
    product: str | None,
    estimator: DifferenceInDifferences,
    level: float,
) -> list[dict[str, object]]:
    return [
        _labels(effect)
        | _interval(effect)
        | {
            "subgroup": subgroup,
            "part": name,
            "share": share,
            "share_conf_low": low,
            "share_conf_high": high,
            "level": level,
            "different_products": changed,
            "outcome": parts.name,
        }
        for name, effect, share, (low, high), changed in parts_over_waves(
            panel, parts, estimator, level, product
        )
    ]


def _subgroups(
    matched: MatchedSample, parts: IncomeParts, by_product: bool
) -> Iterator[tuple[str, MatchedSample]]:
    yield "all", matched
    if by_product:
        products = matched.sample.frame[parts.product].astype(str)
        for product in sorted(products[matched.kept].unique()):
            yield product, among_treated(matched, (products == product).to_numpy())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Parts:
    """Values and terms of the parts that occur, the total last."""

    names: tuple[str, ...]
    values: Array
    terms: Array
    different_products: float


def _rows(
    subgroup: str,
    matched: MatchedSample,
    parts: IncomeParts,
    bias_adjustment: Adjustment | str | None,
    level: float,
) -> Iterator[dict[str, object]]:
    outcome = NetIncome(parts)
    matched = with_values(matched, [outcome])
    total = estimate(matched, [outcome], bias_adjustment=bias_adjustment, level=level).effects[0]
    [(_, adjusted)] = estimations(matched, [outcome], bias_adjustment)
    [(_, plain)] = estimations(matched, [outcome], None)
    found = _found(matched, parts, plain, adjusted)
    errors = _Errors(matched, adjusted)
    variances, freedoms = errors.of(found.terms)
    for k, name in enumerate(found.names):
        value, error = float(found.values[k]), float(np.sqrt(variances[k]))
        freedom = float(freedoms[k])
        statistic, p_value, low, high = t_test(value, error, freedom, level)
        row = {
            "subgroup": subgroup, "part": name, "estimate": value, "std_error": error, "degrees_of_freedom": freedom,
            "statistic": statistic, "p_value": p_value, "conf_low": low, "conf_high": high, "level": level,
            "different_products": found.different_products,
        }  # fmt: skip
        if name == TOTAL:
            row |= _interval(total)
        yield _labels(total) | row | _share(errors, found, k, level)


def _found(matched: MatchedSample, parts: IncomeParts, plain: Estimation, adjusted: Estimation) -> _Parts:
    accounts = parts.accounts(matched.sample.frame)
    linear = linear_parts(matched, accounts, plain.groups, plain.linearised_by.residuals)
    shift = adjusted.linear.effect - plain.linear.effect
    values = np.concatenate([linear.values, shift, adjusted.linear.effect])
    total, unadjusted = adjusted.linear.effect_terms(), plain.linear.effect_terms()
    terms = np.column_stack([linear.psi_treated + linear.psi_control, total - unadjusted, total])
    names = (*PARTS, ADJUSTMENT, TOTAL)
    occurs = np.array([_occurs(name, parts, linear.different_products, adjusted) for name in names])
    kept = tuple(name for name, there in zip(names, occurs, strict=True) if there)
    return _Parts(kept, values[occurs], terms[:, occurs], linear.different_products)


def _occurs(name: str, parts: IncomeParts, different_products: float, adjusted: Estimation) -> bool:
    """Return whether a part can be other than zero: there are grades, costs, other income, pairs of two products, an adjustment."""
    there = {
        "quality": bool(parts.grades),
        "product": different_products > 0,
        "costs": parts.costs is not None,
        "rest": parts.income is not None,
        ADJUSTMENT: adjusted.adjustment is not None,
    }
    return there.get(name, True)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Errors:
    """Variances of sums of terms, as the effect's own are made."""

    matched: MatchedSample
    estimation: Estimation

    def of(self, terms: Array) -> tuple[Array, Array]:
        """Return variances and degrees of freedom of each column."""
        linear: Linearization = replace(
            self.estimation.linear, psi_treated=terms, psi_control=np.zeros_like(terms)
        )
        return ways_of(self.matched).of(linear, terms).variances()


def _share(errors: _Errors, found: _Parts, k: int, level: float) -> dict[str, float]:
    """Return a part's share in the total with Fieller's interval."""
    total = float(found.values[-1])
    share = float(found.values[k]) / total if total else np.nan
    if k == len(found.names) - 1:
        return {"share": 1.0, "share_conf_low": np.nan, "share_conf_high": np.nan}
    part, whole = found.terms[:, k], found.terms[:, -1]
    both = np.column_stack([part, whole, part + whole, part - share * whole])
    (of_part, of_total, of_sum, _), freedoms = errors.of(both)
    covariance = (of_sum - of_part - of_total) / 2
    low, high = share_interval(
        float(found.values[k]),
        total,
        float(of_part),
        float(of_total),
        float(covariance),
        (float(freedoms[3]), float(freedoms[1])),
        level,
    )
    return {"share": share, "share_conf_low": low, "share_conf_high": high}


def _interval(total: Effect) -> dict[str, object]:
    names = ("estimate", "std_error", "degrees_of_freedom", "statistic", "p_value", "conf_low", "conf_high")
    return {name: getattr(total, name) for name in names}


def _labels(total: Effect) -> dict[str, object]:
    names = (
        "n_treated", "n_treated_total", "n_control", "n_clusters", "outcome", "unit", "period", "estimand", "population", "comparator",
        "weights", "identification", "bias_adjustment", "variance", "strategy",
    )  # fmt: skip
    return {name: getattr(total, name) for name in names}
