"""Who gains most: sorted groups, who they are, and what targeting by the score would gain."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from impact.effects.heterogeneity.learned.sorted_effects import SortedEffects
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.evaluation.published_units import with_unit
from impact.language import Text
from impact.report import figures
from impact.report.contents import Figure, Interval, Number, PValue, Row, Section, Table
from impact.report.words.style import Style
from impact.survey.covariates import Term

PLACE = 71
_TITLE = Text("Who gains most?", "¿Quién gana más?")
_HOW = Text(
    "{learner} learns on half of the producer groups how the effect goes with the covariates; the other half, which taught it nothing, is "
    "sorted by what it predicts, and the effects are those of that half. Repeated over splits: medians, with intervals of {level} %. The "
    "score describes who gains; it does not say why.",
    "{learner} aprende en la mitad de los grupos de productores cómo varía el efecto con las covariables; la otra mitad, que no le enseñó "
    "nada, se ordena por lo que predice, y los efectos son los de esa mitad. Se repite con otras divisiones: medianas, con intervalos del "
    "{level} %. El puntaje describe quién gana; no dice por qué.",
    learner="",
    level="",
)
_GROUPS = Text(
    "Effect by group, sorted by the predicted effect: {outcome}",
    "Efecto por grupo, ordenado por el efecto predicho: {outcome}",
    outcome="",
)
_WHO = Text("Who they are: {outcome}", "Quiénes son: {outcome}", outcome="")
_CURVE = Text(
    "What targeting by the score would gain: {outcome}",
    "Lo que ganaría focalizar por el puntaje: {outcome}",
    outcome="",
)
_MOST_LESS_LEAST = Text("most − least", "más − menos")
_SLOPE = Text(
    "slope on the score (1 if it is right, 0 if it says nothing)",
    "pendiente en el puntaje (1 si acierta, 0 si no dice nada)",
)
_GROUP_HEADINGS = (
    Text("group", "grupo"), Text("effect", "efecto"), Text("interval", "intervalo"), Text("p", "p"),
)  # fmt: skip
_WHO_HEADINGS = (
    Text("covariate", "covariable"), Text("gain least", "ganan menos"), Text("gain most", "ganan más"),
    Text("difference", "diferencia"), Text("interval", "intervalo"),
)  # fmt: skip


_MEDIANS = Text(
    "A median of differences is not the difference of the medians: the last group less the first need not be the row below them.",
    "La mediana de las diferencias no es la diferencia de las medianas: el último grupo menos el primero no tiene que dar la fila "
    "de abajo.",
)
_LEARNERS = {
    "LinearRegression": Text("least squares", "la regresión lineal"),
    "RidgeCV": Text("ridge regression", "la regresión ridge"),
    "LassoCV": Text("the lasso", "el lasso"),
    "RandomForestRegressor": Text("a random forest", "un bosque aleatorio"),
    "ExtraTreesRegressor": Text("a forest of random trees", "un bosque de árboles al azar"),
    "GradientBoostingRegressor": Text("gradient boosting", "el gradient boosting"),
    "HistGradientBoostingRegressor": Text("gradient boosting", "el gradient boosting"),
}


def _learner(name: str) -> str:
    """Return what a regressor is called; one that is not known keeps the name of its class."""
    return _LEARNERS.get(name, name)


def section(findings: Findings, style: Style) -> Section | None:
    """Return each outcome's sorted groups, who they are and the targeting curve."""
    found: tuple[SortedEffects, ...] | None = findings.answer("sorted_effects")
    if found is None:
        return None
    how = _HOW.with_values(learner=_learner(found[0].learner), level=style.number(100 * found[0].level))
    said = style.text(how)
    paragraphs = [said, style.text(_MEDIANS)]
    items: list[Table | Figure] = []
    for one in found:
        name, terms = style.name(one.outcome), {term.name: term for term in findings.sample.terms}
        paragraphs.append(one.sentence(style.language.code, name))
        axes = figures.targeting_curve(one, style.language.code, {one.outcome: name})
        caption = style.text(_CURVE.with_values(outcome=name))
        items += [_groups(one, with_unit(one.outcome, findings, style), style), _who(one, name, terms, style)]
        items.append(picture(f"targeting_{one.outcome}", caption, axes, findings))
    return Section("sorted_effects", style.text(_TITLE), tuple(paragraphs), tuple(items))


def _groups(one: SortedEffects, name: str, style: Style) -> Table:
    decimals = _decimals(one.groups["estimate"])
    rows = [
        Row(
            (
                style.text(_MOST_LESS_LEAST) if place == len(one.groups) - 1 else str(row["group"]),
                Number(row["estimate"], decimals),
                Interval(row["conf_low"], row["conf_high"], decimals),
                PValue(row["p_value"]),
            )
        )
        for place, (_, row) in enumerate(one.groups.iterrows())
    ]
    slope = one.best_linear_predictor.iloc[1]
    numbers = (Number(slope["estimate"], 2), Interval(slope["conf_low"], slope["conf_high"], 2))
    rows.append(Row((style.text(_SLOPE), *numbers, PValue(slope["p_value"]))))
    headings = tuple(style.text(heading) for heading in _GROUP_HEADINGS)
    caption = style.text(_GROUPS.with_values(outcome=name))
    return Table(f"sorted_{one.outcome}"[:31], caption, headings, tuple(rows), (), one.synthetic)


def _called(name: str, terms: Mapping[str, Term], style: Style) -> str:
    return style.names.term(terms[name].column, terms[name].level) if name in terms else style.name(name)


def _who(one: SortedEffects, name: str, terms: Mapping[str, Term], style: Style) -> Table:
    rows = []
    for _, row in one.who.iterrows():
        decimals = _decimals(pd.Series([row["mean_least"], row["mean_most"]]))
        rows.append(
            Row(
                (
                    _called(str(row["covariate"]), terms, style),
                    Number(row["mean_least"], decimals),
                    Number(row["mean_most"], decimals),
                    Number(row["estimate"], decimals),
                    Interval(row["conf_low"], row["conf_high"], decimals),
                )
            )
        )
    headings = tuple(style.text(heading) for heading in _WHO_HEADINGS)
    caption = style.text(_WHO.with_values(outcome=name))
    return Table(f"who_{one.outcome}"[:31], caption, headings, tuple(rows), (), one.synthetic)


def _decimals(values: pd.Series[float]) -> int:
    largest = float(values.abs().max())
    return 0 if largest >= 100 else 1 if largest >= 10 else 2
