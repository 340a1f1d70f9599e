"""Which outcomes a call asks for: those of these names, further ones as they are, or all there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.outcome import Outcome, as_outcome


def chosen_outcomes(available: Sequence[Outcome], asked: Sequence[str | Outcome] | None) -> list[Outcome]:
    """Return the outcomes of these names, further outcomes as they are, or all that are available."""
    if asked is None:
        return list(available)
    if isinstance(asked, str):
        raise OptionError(
            Text(
                "outcomes must be a list; got the text {outcomes!r}. Write outcomes=[{outcomes!r}].",
                "outcomes debe ser una lista; se dio el texto {outcomes!r}. Escriba outcomes = [{outcomes!r}].",
                outcomes=asked,
            )
        )
    named = {outcome.name: outcome for outcome in available}
    return [
        named[entry] if isinstance(entry, str) and entry in named else as_outcome(entry) for entry in asked
    ]


def some_outcomes(
    available: Sequence[Outcome], asked: Sequence[str | Outcome] | None, where: Text
) -> list[Outcome]:
    """Return the outcomes asked for, at least one and no name twice.

    Parameters
    ----------
    available : sequence of Outcome
    asked : sequence of str or Outcome, optional
    where : Text
        Where outcomes are given: ``im.Sample``.
    """
    chosen = chosen_outcomes(available, asked)
    if not chosen:
        raise OptionError(
            Text(
                "outcomes must name at least one outcome; there is none. Pass outcomes= to {where} or here.",
                "outcomes debe nombrar al menos un resultado; no hay ninguno. Agréguelos en {where}.",
                where=where,
            )
        )
    checks.distinct("outcomes", [outcome.name for outcome in chosen])
    return chosen


def one_outcome(available: Sequence[Outcome], asked: str | Outcome) -> Outcome:
    """Return the outcome of this name, or raise an OptionError that lists those there are; another as it is."""
    if not isinstance(asked, str):
        return as_outcome(asked)
    for entry in available:
        if entry.name == asked:
            return entry
    raise OptionError(
        Text(
            "outcome must be one of {o}; got {name!r}.",
            "outcome debe ser uno de {o}; se dio {name!r}.",
            o=checks.listed([repr(o.name) for o in available], 12),
            name=asked,
        )
    )


def only_outcome(available: Sequence[Outcome], asked: str | Outcome | None) -> Outcome:
    """Return the outcome asked for, or the only one there is."""
    if asked is not None:
        return one_outcome(available, asked)
    if len(available) != 1:
        names = checks.listed([repr(one.name) for one in available], 12) or Text("none", "ninguno")
        raise OptionError(
            Text(
                "outcome must name one of the outcomes ({names}).",
                "outcome debe nombrar uno de los resultados ({names}).",
                names=names,
            )
        )
    return available[0]


def refuse_design_columns(outcomes: Sequence[Outcome], design: Collection[str]) -> None:
    """Refuse outcomes that read a column with which the units were matched."""
    for outcome in outcomes:
        used = [column for column in outcome.columns if column in design]
        if used:
            raise OptionError(
                Text(
                    "outcome '{name}' reads {used}, which the design used to match.",
                    "El resultado '{name}' lee {used}, que el diseño usó para emparejar.",
                    name=outcome.name,
                    used=checks.listed(map(repr, used)),
                )
            )
