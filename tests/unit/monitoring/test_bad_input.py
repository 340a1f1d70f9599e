"""Bad input of the monitoring tables: each is a named error or a told note, in both languages."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking

BOOKS = pd.DataFrame(
    {"group_id": "A", "year": [0, 1], "grant_bs": [70.0, 0], "own_cash_bs": 0.0, "own_inkind_bs": 0.0, "overhead_bs": 0.0,
     "gross_without": 50.0, "gross_with": [50.0, 120], "opcost_without": 10.0, "opcost_with": [10.0, 20]}
)  # fmt: skip
DATES = pd.DataFrame(
    {"disb1_date": ["2010-01-01"], "buyer_change_date": ["2009-01-01"], "interview_start": ["2014-06-02"]}
).apply(pd.to_datetime).assign(buyer_status="new")  # fmt: skip
SURVEY = pd.DataFrame(
    {
        "q": [1, 0, 1, 0, 1, 1],
        "w": [0, 0, 0, 1, 1, 1.0],
        "r": list("aaabbb"),
        "s": list("xxxxxy"),
        "g": [1, 1, 2, 3, 3, 4],
    }
)
PRINTED = pd.DataFrame(
    {"buyer": ["kept", "changed"], "Lago": ["66,6", "33,3"], "Salar": ["60,0", "47,0"], "Chaco": ["67", "33"]}
)

ERRORS = {
    "a negative cost": (
        lambda: im.incremental_flows(BOOKS.assign(opcost_with=[-5.0, 20])),
        "'opcost_with' must be at least 0", "'opcost_with' debe ser al menos 0",
    ),
    "an empty cell of a flow": (
        lambda: im.economic_return(pd.DataFrame([[-1.0, np.nan, 3]])), "lacks the flow of a year", "falta el flujo de un año",
    ),
    "an end before the start": (
        lambda: im.alliance_spells(DATES), "1 alliance broke before its first disbursement", "1 alianza se rompió antes",
    ),
    "a survey before every start": (
        lambda: im.alliance_spells(DATES.assign(interview_start=pd.Timestamp("2008-01-01"))),
        "No alliance was paid by its date 'interview_start'", "Ninguna alianza recibió pago hasta su fecha",
    ),
    "a spell that ends before it starts": (
        lambda: im.survival(pd.DataFrame({"t": [-1.0, 2], "e": [1, 0]}), "t", "e"),
        "1 spell ends before it starts", "1 episodio termina antes de empezar",
    ),
    "weights that sum to nothing": (
        lambda: im.share(SURVEY.assign(w=0.0), "q", weights="w"), "are all 0, so that nobody counts", "nadie cuenta",
    ),
    "a weight that lacks": (
        lambda: im.share(SURVEY.assign(w=[np.nan] * 2 + [1.0] * 4), "q", weights="w"), "2 rows of 6 lack", "A 2 filas de 6",
    ),
    "a question nobody answered": (
        lambda: im.share(SURVEY.assign(q=np.nan), "q"), "Nobody answered 'q': all 6 rows", "Nadie respondió 'q': faltan las 6",
    ),
    "several answers that nobody gave": (
        lambda: im.multiple_response(SURVEY.assign(q=np.nan, z=np.nan), ["q", "z"]), "Nobody answered any of", "Nadie respondió",
    ),
    "a printed table without figures": (
        lambda: im.audit_table(pd.DataFrame()), "table has no figures", "table no tiene cifras",
    ),
}  # fmt: skip
TOLD = {
    "a flow without a change of sign": (
        lambda: im.economic_return(pd.DataFrame([[1.0, 2, 3], [-10, 3, 12]])),
        "none: the flow never changes sign", "ninguna: el flujo no cambia de signo",
    ),
    "weights that are nothing in a subgroup": (
        lambda: im.share(SURVEY, "q", weights="w", by="r"),
        "1 subgroup without an answer that has weight", "1 subgrupo sin una respuesta que tenga peso",
    ),
    "a stratum with one group": (
        lambda: im.share(SURVEY, "q", stratum="s", cluster="g"),
        "1 stratum with a single group (y): assumed to vary", "1 estrato con un solo grupo (y): se supone que varía",
    ),
    "answers all alike in each subgroup": (
        lambda: im.rao_scott(SURVEY.assign(q=[1, 1, 1, 0, 0, 0]), "q", "r"),
        "answers of each subgroup are all alike", "son todas iguales",
    ),
    "percentages beyond their rounding": (
        lambda: im.audit_table(PRINTED, [im.SharesAddUp(["kept", "changed"])]),
        "3 figures checked; 1 does not hold", "3 cifras revisadas; 1 no se sostiene",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_it_is_refused_by_name(case):
    call, english, spanish = ERRORS[case]
    for language, said in (("en", english), ("es", spanish)):
        with speaking(language), pytest.raises(im.ImpactError) as problem:
            call()
        assert said in str(problem.value.args[0].to(language))


@pytest.mark.parametrize("case", TOLD)
def test_what_is_assumed_is_said(case):
    call, english, spanish = TOLD[case]
    result = call()
    for language, said in (("en", english), ("es", spanish)):
        with speaking(language):
            assert said in (result.told(language) if isinstance(result, im.Audit) else repr(result))
