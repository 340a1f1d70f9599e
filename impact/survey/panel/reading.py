"""From a table of households and waves to what a panel holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.covariates import (
    as_float,
    prepare_covariate,
)
from impact.survey.outcome import Outcome
from impact.survey.panel.first_interviews import (
    covariates_of_households,
    groups_of_households,
    weights_of_households,
)
from impact.survey.panel.households import NEVER, Rows, cohorts, cohorts_from_treatment
from impact.survey.panel.recalled import with_recalled
from impact.survey.panel.roles import complete_rows, refuse_repeated
from impact.survey.panel.waves import numbered_waves

FIRST_INTERVIEW = Text(
    "the first interview of the household {lacks}", "en la primera entrevista del hogar {lacks}", lacks=""
)


def read_panel(
    frame: pd.DataFrame,
    single: dict[str, str | None],
    covariates: Sequence[str],
    outcomes: Sequence[Outcome],
    missing: str,
    recalled: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the fields of the panel that come from the table."""
    names = {role: column for role, column in single.items() if column is not None}
    entered = frame[names["entry"]] if "entry" in names else None
    wave, entry, dated = numbered_waves(frame[names["wave"]], entered)
    _require_households(frame, names["id"])
    code, households = _numbered(frame[names["id"]])
    order = _order(code, wave)
    if order is not None:
        frame, code, wave = frame.iloc[order], code[order], wave[order]
        entry = None if entry is None else entry[order]
    refuse_repeated(code, wave, households, (names["id"], names["wave"]))
    frame, remembered = with_recalled(frame, code, recalled)
    prepared = _prepared(frame, names, covariates, outcomes)
    kept, reason = _complete(prepared, code, names, covariates, outcomes, missing)
    exclusions = pd.DataFrame({"reason": pd.Series(reason, index=prepared.index[~kept], dtype=object)})
    dated = (*dated, *_left_out(wave, kept))
    if not kept.all():
        prepared, code, wave = prepared.loc[kept], code[kept], wave[kept]
        entry = None if entry is None else entry[kept]
        present, code = np.unique(code, return_inverse=True)
        households = households[present]
    held = _held(prepared, names, covariates, households, entry, code, wave)
    return held | {"rules": (*dated, *remembered, *held["rules"]), "exclusions": exclusions}


def _held(
    prepared: pd.DataFrame,
    names: dict[str, str],
    covariates: Sequence[str],
    households: pd.Index[Any],
    entry: Array | None,
    code: Positions,
    wave: Array,
) -> dict[str, Any]:
    """Return what complete rows in the order of household and wave say, and the rules that this asked for."""
    starts = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    rows = Rows(code, wave, starts)
    waves = tuple(sorted(int(number) for number in pd.unique(wave)))
    _require_two(waves, names["wave"])
    group, labels, moved = groups_of_households(prepared, names, rows)
    if entry is not None:
        cohort, decided = cohorts(entry, group, rows)
    else:
        cohort, decided = _of_treatment(prepared, names["treatment"], rows, waves), ()
    weight, weighed = weights_of_households(prepared, names, rows)
    matrix, terms, changing = covariates_of_households(prepared, covariates, rows)
    _refuse_all_treated(cohort, waves)
    positions = np.full((len(households), len(waves)), -1, dtype=np.intp)
    positions[code, np.searchsorted(waves, wave)] = np.arange(len(code))
    return {
        "_frame": prepared,
        "_wave_of_row": wave,
        "waves": waves,
        "households": households,
        "cohort": cohort.astype(np.int64),
        "group": None if group is None else group[starts],
        "group_labels": labels,
        "weight": weight,
        "matrix": matrix.set_index(households),
        "terms": terms,
        "positions": positions,
        "rules": (*decided, *moved, *weighed, *changing, *_timing(cohort, positions, waves)),
    }


def _require_two(waves: Sequence[int], name: str) -> None:
    if len(waves) < 2:
        raise DataError(
            Text(
                "A panel has at least two waves; '{value}' holds {waves}.",
                "Un panel tiene al menos dos rondas; '{value}' tiene {waves}.",
                value=name,
                waves=checks.listed(waves) or "none",
            )
        )


def _require_households(frame: pd.DataFrame, name: str) -> None:
    if (lacking := frame[name].isna()).any():
        raise DataError(
            Text(
                (
                    "'{value}' must name the household of every row; {rows} {rows:lacks|lack} it (first: {first}). Fill it in, or "
                    "leave these rows out."
                ),
                (
                    "'{value}' debe nombrar el hogar en cada fila; {rows} no lo {rows:tiene|tienen} (primero: {first}). Complételo, o "
                    "quite esas filas."
                ),
                value=name,
                rows=checks.counted(int(lacking.sum()), "row"),
                first=checks.listed(frame.index[lacking.to_numpy()]),
            )
        )


def _numbered(households: pd.Series[Any]) -> tuple[Positions, pd.Index[Any]]:
    """Return the number of each row's household, from 0 in their order, and the households."""
    if isinstance(households.dtype, np.dtype) and households.dtype.kind in "iu":
        values = households.to_numpy()
        steps = values[1:] != values[:-1]
        if (values[1:] >= values[:-1]).all():  # as tables of panels mostly stand
            starts = np.append(True, steps)
            return np.cumsum(starts) - 1, pd.Index(values[starts])
    codes, labels = pd.factorize(households, sort=True)
    return codes, pd.Index(labels)


def _order(code: Positions, wave: Array) -> Positions | None:
    """Return the order of household and wave, None where the rows stand in it."""
    later = (code[1:] > code[:-1]) | ((code[1:] == code[:-1]) & (wave[1:] >= wave[:-1]))
    return None if later.all() else np.lexsort((wave, code))


def _left_out(wave: Array, kept: Booleans) -> tuple[Text, ...]:
    """Return how many rows lacked a value, and which waves are gone with them."""
    if kept.all():
        return ()
    rows = Text(
        "{rows} of {number:,} are left out for missing values.",
        "{rows} de {number:,} quedan fuera por valores faltantes.",
        rows=checks.counted(int((~kept).sum()), "row"),
        number=len(kept),
    )
    gone = sorted(set(pd.unique(wave).tolist()) - set(pd.unique(wave[kept]).tolist()))
    if not gone:
        return (rows,)
    waves = Text(
        "No row of wave {waves} is complete: it is no wave of the panel.",
        "Ninguna fila de la ronda {waves} está completa: no es ronda del panel.",
        waves=checks.listed(f"{one:g}" for one in gone),
    )
    return rows, waves


def _of_treatment(frame: pd.DataFrame, name: str, rows: Rows, waves: Sequence[int]) -> Array:
    if len(waves) != 2:
        raise OptionError(
            Text(
                (
                    "treatment= is for a panel of two waves; this one has {number} ({waves}). Pass entry=, the wave of "
                    "first treatment."
                ),
                (
                    "treatment es para un panel de dos rondas; este tiene {number} ({waves}). Dé entry, la ronda del "
                    "primer tratamiento."
                ),
                number=len(waves),
                waves=checks.listed(waves),
            )
        )
    return cohorts_from_treatment(frame[name].to_numpy(dtype=np.float64), rows, waves, name)


def _prepared(
    frame: pd.DataFrame, names: dict[str, str], covariates: Sequence[str], outcomes: Sequence[Outcome]
) -> pd.DataFrame:
    """Return the table with numbers as float64 and covariates as numbers or categories."""
    prepared = frame.copy(deep=False)
    read = [column for one in outcomes for column in (*one.columns, *([one.persons] if one.persons else []))]
    numbers = [*read, *(names[role] for role in ("treatment", "sampling_weight") if role in names)]
    for columns, made in ((dict.fromkeys(numbers), as_float), (covariates, prepare_covariate)):
        for name in columns:
            given = frame[name]
            if (column := made(given)) is not given:
                prepared[name] = column
    return prepared


def _complete(
    frame: pd.DataFrame,
    code: Positions,
    names: dict[str, str],
    covariates: Sequence[str],
    outcomes: Sequence[Outcome],
    missing: str,
) -> tuple[Booleans, NDArray[np.object_]]:
    """Return the rows to keep, and why each of the others goes: a row for its outcome, a household for what its first interview lacks."""
    first = np.append(True, code[1:] != code[:-1])
    fixed = [names[role] for role in ("cluster", "sampling_weight") if role in names]
    without, why = complete_rows(frame, [*covariates, *fixed], first, missing)
    read = list(dict.fromkeys(column for one in outcomes for column in one.columns))
    read += [one.persons for one in outcomes if one.persons is not None and one.persons not in read]
    if "treatment" in names:
        read.append(names["treatment"])
    lacking, reason = complete_rows(
        frame, list(dict.fromkeys(read)), np.ones(len(frame), dtype=bool), missing
    )
    gone = lacking
    if without.any():
        of_household = np.full(int(code.max()) + 1, "", dtype=object)
        of_household[code[without]] = [FIRST_INTERVIEW.with_values(lacks=text) for text in why]
        of_row = of_household[code]
        of_row[lacking] = reason
        gone = of_row != ""
        reason = of_row[gone]
    _refuse_infinite(frame, [*read, *(c for c in covariates if frame[c].dtype == np.float64)], ~gone)
    return ~gone, reason


def _refuse_infinite(frame: pd.DataFrame, columns: Sequence[str], used: Booleans) -> None:
    for column in columns:
        wrong = np.isinf(frame[column].to_numpy(dtype=np.float64)) & used
        if wrong.any():
            raise DataError(
                Text(
                    (
                        "Column '{column}' must be finite; {rows} {rows:holds|hold} an infinite value (first: {first}). Correct them, or "
                        'set them to missing and pass missing="drop".'
                    ),
                    (
                        "La columna '{column}' debe ser finita; {rows} {rows:tiene|tienen} un valor infinito (primero: {first}). "
                        'Corríjalos, o déjelos en blanco con missing = "drop".'
                    ),
                    column=column,
                    rows=checks.counted(int(wrong.sum()), "row"),
                    first=checks.listed(frame.index[wrong]),
                )
            )


def _refuse_all_treated(cohort: Array, waves: Sequence[int]) -> None:
    inside = (cohort != NEVER) & (cohort > waves[0]) & (cohort <= waves[-1])
    if inside.any():
        return
    if ((cohort != NEVER) & (cohort <= waves[0])).all():
        raise DataError(
            Text(
                (
                    "Every household had entered by the first wave ({waves!s}), so that nobody is seen before. A panel "
                    "needs a wave before the programme: check that entry is the wave of first treatment, and 0 or "
                    "missing for none."
                ),
                (
                    "Todos los hogares habían entrado en la primera ronda ({waves!s}), de modo que no se ve a nadie "
                    "antes. Un panel necesita una ronda antes del programa: revise que entry sea la ronda del primer "
                    "tratamiento, y 0 o nada para ninguno."
                ),
                waves=waves[0],
            )
        )
    raise DataError(
        Text(
            (
                "No household enters after the first wave ({waves!s}) and by the last ({waves_2!s}); entry holds "
                "{value}. Check that entry and wave are counted alike."
            ),
            (
                "Ningún hogar entra después de la primera ronda ({waves!s}) y hasta la última ({waves_2!s}); entry "
                "tiene {value}. Revise que entry y wave se cuenten igual."
            ),
            waves=waves[0],
            waves_2=waves[-1],
            value=checks.listed(f"{value:g}" for value in np.unique(cohort)),
        )
    )


def _timing(cohort: Array, positions: Positions, waves: Sequence[int]) -> tuple[Text, ...]:
    """Return the rules that the timing of entry and of interviews asked for."""
    always = int(((cohort != NEVER) & (cohort <= waves[0])).sum())
    beyond = int(((cohort != NEVER) & (cohort > waves[-1])).sum())
    late = int((positions[:, 0] < 0).sum())
    after = int(((positions[:, 0] < 0) & (cohort != NEVER) & (_first_wave(positions, waves) >= cohort)).sum())
    rules = (
        (
            always,
            Text(
                "{households} had entered by the first wave (always treated): not used in estimates.",
                "{households} con entrada hasta la primera ronda (siempre tratados): sin uso en las estimaciones.",
                households=checks.counted(always, "household"),
            ),
        ),
        (
            beyond,
            Text(
                "{households} {households:enters|enter} after the last wave: not treated in this panel.",
                "{households} con entrada después de la última ronda: no tratados en este panel.",
                households=checks.counted(beyond, "household"),
            ),
        ),
        (
            late,
            Text(
                "{households} first seen after the first wave (late entrants), {after} of them when already treated: used only where waves "
                "are compared as cross-sections, with the covariates of their first interview.",
                "{households} con primera entrevista después de la primera ronda (ingresos tardíos), {after} ya tratados entonces: en uso "
                "solo donde las rondas se comparan como cortes transversales, con las covariables de su primera entrevista.",
                households=checks.counted(late, "household"),
                after=after,
            ),
        ),
    )
    return tuple(text for number, text in rules if number)


def _first_wave(positions: Positions, waves: Sequence[int]) -> Array:
    first: Array = np.asarray(waves, dtype=np.float64)[(positions >= 0).argmax(1)]
    return first
