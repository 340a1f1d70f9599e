"""The report's monitoring sections: each table of the file answered as the call by hand answers it, in every language."""

import re

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.evaluation.report_contents import report_style
from impact.evaluation.sections import monitoring
from impact.evaluation.sections.monitoring import programme as programme_section
from impact.evaluation.sections.monitoring import survival as survival_section
from impact.folders import modules_in
from impact.language import speaking
from tests.evaluations import MONITORED, write_monitored

ALL = (
    "market",
    "exposure",
    "programme",
    "subprojects",
    "targeting",
    "returns",
    "survival",
    "audit",
    "questions",
)

OWN_TABLES = """
[[questions]]
shares = ["buyer_type"]
means = ["income_agr_net"]
multiple = ["coll_inputs", "coll_price", "coll_delivery"]

[[questions]]
title = "Contraparte"
file = "subproject_finance.csv"
groups = "group.csv"
cluster = "group_id"
by = "region"
ratios = { contraparte = ["own_cash_bs + own_inkind_bs", "grant_bs + own_cash_bs + own_inkind_bs"] }
totals = ["grant_bs"]
stated = { contraparte = 0.30 }

[audit]
tables = ["published.csv", "claims.csv"]
"""
DRAWS = "replications = 199"
DOSES = 'doses = ["years_since_disbursement", "grant_per_producer", "share_disbursed", "wave"]'
CROSSED = {"on": ', "alliance_product"', "crossed": "crossed = true"}
CONFIGURATION = MONITORED.substitute(by="", covariates="", draws=DRAWS, doses=DOSES, **CROSSED) + OWN_TABLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("monitoring")
    write_monitored(folder, groups=60, alliances=160)
    claims = {"claim": ["net income rose"], "value": ["160"], "estimand": [""]}
    pd.DataFrame(claims).to_csv(folder / "claims.csv", index=False)
    (folder / "evaluation.toml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def evaluation(folder):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return im.evaluate(folder / "evaluation.toml")


@pytest.fixture(scope="module")
def programme():
    return im.synthetic.rural_programme(4, alliances=160)


def test_changes_and_reports_are_those_of_the_calls(evaluation, programme):
    found = evaluation.findings.answer("subprojects")
    record, group = (
        programme["subproject_record"].reset_index(drop=True),
        programme["group"].reset_index(drop=True),
    )
    frame = record.merge(group[["group_id", "muni_code", "members_approval"]], on="group_id")
    expected = im.before_after(frame, "net_income_before", "net_income_after", cluster="muni_code").frame
    table = found.changes[0][1].frame
    for name in ("change", "conf_low", "share_losing", "losing_conf_high"):
        assert table[name].iloc[0] == pytest.approx(expected[name].iloc[0])
    early = found.reports[0]
    test = im.representativeness(frame, "reported_early", ["members_approval"], "muni_code")
    assert early.test.p_value == pytest.approx(test.p_value)
    told = frame["reported_early"]
    loses = (frame["net_income_after"] < frame["net_income_before"]) & told
    assert early.bounds["low"].iloc[0] == pytest.approx(loses.mean())
    assert early.bounds["high"].iloc[0] == pytest.approx(loses.mean() + (~told).mean())
    assert found.variance.frame["factor"].tolist() == ["alliance_product", "region"]


def test_the_claim_of_targeting_is_tested_and_women_are_held_against_the_area(evaluation, programme):
    found = evaluation.findings.answer("targeting")
    curve = im.concentration(programme["municipality"], "nbs_index", "funds_invested", replications=199)
    row = found.upper.iloc[0]
    assert row["amount_share"] == pytest.approx(curve.share_of_upper(0.43)["amount_share"])
    error = row["std_error"] * np.sqrt(curve.clusters / (curve.clusters - 1))
    from scipy.stats import t

    assert row["p_value"] == pytest.approx(
        2 * t.sf(abs(row["amount_share"] - 0.56) / error, curve.clusters - 1)
    )
    table = found.inclusion.frame.set_index("trait")
    sample = evaluation.findings.sample
    women = sample.frame.loc[sample.treated, "head_female"].astype(float)
    assert table.loc["head_female", "programme_share"] == pytest.approx(women.mean())
    assert table.loc["head_female", "difference"] == pytest.approx(women.mean() - 0.21)
    record = programme["subproject_record"]
    leaders = np.average(record["women_leaders"], weights=record["members_start"])
    assert table.loc["women_leaders", "programme_share"] == pytest.approx(leaders)


def test_returns_are_those_of_the_books_and_the_effect_carries_its_interval(evaluation, programme):
    found = evaluation.findings.answer("returns")
    expected = im.economic_return(im.incremental_flows(programme["subproject_finance"]))
    assert found.above[0][1].frame["estimate"].iloc[0] == pytest.approx(
        expected.summary["share_above_hurdle"]
    )
    shocked = im.economic_return(im.incremental_flows(programme["subproject_finance"], price_change=-0.3))
    row = found.shocks[found.shocks["price"] == -0.3].iloc[0]
    assert row["share_above_hurdle"] == pytest.approx(shocked.summary["share_above_hurdle"])
    assert found.attributable.npv_conf_low < found.attributable.npv < found.attributable.npv_conf_high


def test_unknown_fates_have_bounds_around_the_weighted_curve_and_the_trend_its_power(evaluation):
    found = evaluation.findings.answer("survival")
    assert found.unknown > 0
    bounds, model = found.bounds.frame, found.reweighted.frame
    assert (bounds["survival_low"].to_numpy() <= model["survival"].to_numpy()).all()
    assert (model["survival"].to_numpy() <= bounds["survival_high"].to_numpy()).all()
    assert 0 < found.trend.power < 1
    assert found.surveys.frame["comparison"].tolist() == ["as published", "common cells"]
    assert found.hazards.frame["variance"].eq("sandwich by cluster").all()


def test_the_survival_section_draws_its_curve_as_far_as_enough_are_at_risk(evaluation):
    section = survival_section.section(evaluation.findings, report_style(evaluation.findings))
    figure = section.items[0]
    curve = evaluation.findings.answer("survival").curve.frame
    last = curve[curve["n_at_risk"] >= 5].iloc[-1]
    share = f"{100 * last['survival']:.1f}".replace(".", ",")
    assert figure.name == "survival_curve" and figure.synthetic
    assert figure.seen.startswith(f"todas las alianzas: {share} %")


def test_markets_have_every_outcome_with_an_effect(evaluation):
    found = evaluation.findings.answer("market")
    assert not found.left_out
    assert {table.effects[0].outcome for table in found.effects} >= {
        "share_sold", "sold_to_formal_buyer", "number_of_buyers", "price_received", "wage_per_day", "price_premium"
    }  # fmt: skip


def test_a_dose_that_does_not_vary_says_so(evaluation):
    curves = dict(evaluation.findings.answer("exposure"))
    assert "muy pocos valores distintos" in curves.pop("wave").to("es")
    assert list(curves) == ["years_since_disbursement", "grant_per_producer", "share_disbursed"]
    for curve in curves.values():
        assert (curve.frame["band_low"] <= curve.frame["conf_low"]).all()
    assert curves["share_disbursed"].frame["dose"].iloc[[0, -1]].between(0.4, 1.0).all()


def test_the_programme_says_what_lies_outside(evaluation):
    found = evaluation.findings.answer("programme")
    assert {level.split(" × ")[0] for level in found.outside["level"]} >= {"Lago", "Salar"}
    assert found.share_supported == pytest.approx(1 - found.outside["share"].sum())
    assert 0 < found.single_group < found.share_supported
    section = programme_section.section(evaluation.findings, report_style(evaluation.findings))
    assert "Lago × Cacao" in section.paragraphs[1] and "un solo grupo encuestado" in section.paragraphs[2]
    assert section.items[0].notes[0].startswith("Se supone: dados «Región")


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_every_section_speaks_the_language(evaluation, language):
    from dataclasses import replace

    findings = evaluation.findings
    findings = replace(findings, configuration=replace(findings.configuration, language=language))
    style = report_style(findings)
    sections = {
        one.name: one
        for module in modules_in(monitoring.__name__)
        if (one := module.section(findings, style))
    }
    assert set(ALL) <= set(sections)
    titles = {name: sections[name].title for name in ALL}
    expected = {"en": "What the money returns", "es": "Qué rinde el dinero", "pt": "O que o dinheiro rende"}
    assert titles["returns"] == expected[language]
    for name in ALL:
        for table in sections[name].items:
            assert getattr(table, "rows", True), name
            assert "{" not in table.caption
            assert not re.search(
                "nbs_index|funds_invested|survival_", " ".join((table.caption, *table.notes))
            )
    text = " ".join(sections["audit"].paragraphs)
    assert re.search(r"published\.csv: 1 ", text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("upper = 0.43", "upper = 43", r"upper.*\(0, 1\)"),
        ("stated = { funds_invested = 0.56", "stated = { fund = 0.56", "debe nombrar montos"),
        ('outcome = "income_agr_net"\nsurvey', 'outcome = "income"\nsurvey', "outcome.*income_agr_net"),
        ('on = ["region", "alliance_product"]', "on = []", "debe nombrar al menos una columna"),
        ('on = ["region", "alliance_product"]', 'on = ["region"]', "crossed.*dos o más columnas"),
        ('tables = ["published.csv", "claims.csv"]', "tables = []", "debe nombrar al menos un archivo"),
    ],
)
def test_wrong_keys_are_refused_with_what_is_required(folder, old, new, message):
    assert old in CONFIGURATION
    (folder / "wrong.toml").write_text(CONFIGURATION.replace(old, new), encoding="utf-8")
    with pytest.raises(im.OptionError, match=message):
        im.evaluate(folder / "wrong.toml")


def test_questions_take_several_answers_and_means_the_interval_suited_to_them(evaluation):
    table = evaluation.findings.answers["questions"][0].table.frame
    assert table.loc[table["statistic"] == "mean", "interval"].tolist() == [
        "log",
        "log",
    ]  # an income, in both arms
    ticked = table[table["question"].isin(["coll_inputs", "coll_price", "coll_delivery"])]
    treated = evaluation.findings.sample.frame[evaluation.findings.sample.treated]
    row = ticked[(ticked["question"] == "coll_price") & (ticked["subgroup"] == "treated")].iloc[0]
    answered = treated[["coll_inputs", "coll_price", "coll_delivery"]].notna().all(axis=1)
    assert row["estimate"] == pytest.approx(treated.loc[answered, "coll_price"].astype(float).mean())
    assert any(
        "varias respuestas" in note.to("es")
        for note in evaluation.findings.answers["questions"][0].table.notes
    )


def test_questions_are_tested_between_subgroups_and_a_ratio_against_what_is_mandated(evaluation, programme):
    survey, books = evaluation.findings.answers["questions"]
    sample = evaluation.findings.sample
    frame = sample.frame.assign(arm=np.where(sample.treated, "treated", "control"))
    tests = survey.tests.frame.set_index("question")
    expected = im.rao_scott(frame, "buyer_type", "arm", cluster="group_id")
    assert tests.loc["buyer_type", "p_value"] == pytest.approx(expected.p_value)
    expected = im.difference_of_means(frame, "income_agr_net", "arm", cluster="group_id")
    assert tests.loc["income_agr_net", "p_value"] == pytest.approx(expected.p_value)
    assert (tests["p_holm"] >= tests["p_value"]).all() and len(tests) == 5
    flows = programme["subproject_finance"].reset_index(drop=True).merge(
        programme["group"].reset_index(drop=True)[["group_id", "region"]], on="group_id"
    )  # fmt: skip
    flows["own"] = flows["own_cash_bs"] + flows["own_inkind_bs"]
    flows["all"] = flows["own"] + flows["grant_bs"]
    ratio = im.survey_ratio(flows, "own", "all", cluster="group_id", by="region", interval="suited")
    found = books.table.of("contraparte").frame.set_index("subgroup")
    expected = ratio.frame.set_index("subgroup").loc[found.index]
    assert found["estimate"].tolist() == pytest.approx(expected["estimate"].tolist())
    assert found["conf_low"].tolist() == pytest.approx(expected["conf_low"].tolist())
    between = im.difference_of_means(flows, "own", "region", cluster="group_id", denominator="all")
    assert books.tests.frame["p_value"].tolist() == pytest.approx([between.p_value])
    assert books.table.of("grant_bs").frame["estimate"].sum() == pytest.approx(flows["grant_bs"].sum())
    style = report_style(evaluation.findings)
    (section,) = (
        one for module in modules_in(monitoring.__name__)
        if (one := module.section(evaluation.findings, style)) and one.name == "questions"
    )  # fmt: skip
    captions = [table.caption for table in section.items]
    assert captions[1:] == [
        "¿Difieren los subgrupos?", "Contraparte", "Contraparte: ¿Difieren los subgrupos?", "Contraparte: Frente a lo afirmado"
    ]  # fmt: skip
    stated = section.items[-1].rows[0].cells
    assert stated[2] == found.index[0].replace("Tropico", "Trópico") and stated[4].value == 0.3
    assert stated[5].value == pytest.approx(books.table.of("contraparte").against(0.3)["p_value"].iloc[0])


def first_rows(column, *cells):
    """Return a change of a file: its first cells of a column are others."""

    def changed(table):
        table.loc[table.index[: len(cells)], column] = list(cells)
        return table

    return changed


def everywhere(**cells):
    return lambda table: table.assign(**cells)


def broken_before_the_money(table):
    broke = table.index[table["buyer_change_date"] != ""][:2]
    table.loc[broke, "buyer_change_date"] = "2006-01-01"
    return table


OF_GROUPS = """[[questions]]
file = "group.csv"
by = "region"
shares = ["svc_inputs"]
"""
BOOKS, GROUPS = "subproject_finance.csv", "group.csv"
NOTHING_BELOW = """[[questions]]
file = "subproject_finance.csv"
ratios = { parte = ["grant_bs", "overhead_bs"] }
"""
BAD = {
    "a negative cost": (
        BOOKS, first_rows("grant_bs", "1", "-5000"), "returns", "",
        rf"{BOOKS}: .* al menos 0. No se cumple en 1 fila \(primero: línea 3, -5000\)",
    ),
    "an empty cell of the books": (
        BOOKS, first_rows("gross_with", ""), "returns", "", "A 1 fila de .* les falta un número finito .*'gross_with'",
    ),
    "a group twice": (
        GROUPS, lambda table: pd.concat([table, table.iloc[:1]]), "returns", "",
        f"{GROUPS}: group_id no se puede repetir. No se cumple en 2 filas",
    ),
    "no column of members": (
        GROUPS, lambda table: table.drop(columns="members_approval"), "returns", "", "members nombra 'members_approval'",
    ),
    "an end before the start": (
        GROUPS, broken_before_the_money, "survival", "",
        "2 alianzas se rompieron antes de su primer desembolso .* Revise buyer_change_date",
    ),
    "a report before the baseline": (
        "subproject_record.csv", first_rows("completion_date", "2005-02-01"), "subprojects", "",
        "subproject_record.csv: .* no puede ser anterior a",
    ),
    "a question nobody answered": (
        GROUPS, everywhere(svc_inputs=""), "questions", OF_GROUPS, "Nadie respondió 'svc_inputs': faltan las 160 filas",
    ),
    "a negative weight": (
        GROUPS, first_rows("score", "-3"), "questions", OF_GROUPS + 'weight = "score"', f"{GROUPS}: .*línea 2, -3",
    ),
    "an empty weight": (
        GROUPS, first_rows("members_approval", ""), "questions", OF_GROUPS + 'weight = "members_approval"',
        "A 1 fila de .* les falta un número finito en weights 'members_approval'",
    ),
    "a ratio over nothing": (
        BOOKS, everywhere(overhead_bs="0"), "questions", NOTHING_BELOW, "denominator 'overhead_bs' es 0 en todas las filas",
    ),
}  # fmt: skip


def answered(folder, evaluation, tables, text=""):
    """Return the answers of some tables of the file, or of others written in its place, in Spanish."""
    from dataclasses import replace

    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.run import _answers

    if text:
        head = CONFIGURATION[: CONFIGURATION.index("[subprojects]")]
        (folder / "evaluation.toml").write_text(head + text, encoding="utf-8")
    configuration = read_configuration(folder / "evaluation.toml")
    chosen = tuple(one for one in configuration.analyses if one.TABLE in tables)
    findings = replace(evaluation.findings, configuration=replace(configuration, analyses=chosen))
    with speaking("es"):
        return replace(findings, answers=_answers(findings))


@pytest.fixture
def copied(folder, tmp_path):
    import shutil

    return shutil.copytree(folder, tmp_path / "copied")


def rewritten(folder, file, change):
    table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    change(table).to_csv(folder / file, index=False)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_is_told_in_spanish_with_table_file_and_line(copied, evaluation, case):
    file, change, table, text, message = BAD[case]
    rewritten(copied, file, change)
    with pytest.raises(im.ImpactError, match=rf"^\[{table}\]: {message}"):
        answered(copied, evaluation, (table,), text)


def test_the_share_above_the_hurdle_has_bounds_where_some_have_no_books(copied, evaluation):
    assert evaluation.findings.answer("returns").bounds is None
    rewritten(copied, BOOKS, lambda table: table[table["group_id"] <= table["group_id"].unique()[39]])
    found = answered(copied, evaluation, ("returns",))
    above = found.answer("returns").returns.frame["above_hurdle"]
    bounds = found.answer("returns").bounds.iloc[0]
    assert (len(above), bounds["n_missing"], bounds["n"]) == (40, 120, 160)
    assert bounds["low"] == pytest.approx(above.sum() / 160)
    assert bounds["high"] == pytest.approx((above.sum() + 120) / 160)


def test_what_is_assumed_of_odd_records_is_said(copied, evaluation):
    def without_gain(table):
        return table.assign(gross_with=table["gross_without"], opcost_with=table["opcost_without"])

    rewritten(copied, "subproject_finance.csv", without_gain)
    rewritten(copied, "group.csv", lambda table: table.assign(estrato=["a"] + ["b"] * (len(table) - 1)))
    rewritten(copied, "subproject_record.csv", first_rows("net_income_after", *[""] * 30))
    rewritten(copied, "published.csv", everywhere(actual=["60", "45", "100"]))
    text = CONFIGURATION[CONFIGURATION.index("[subprojects]") :]
    head, tail = text.split("[[questions]]", 1)
    text = f"{head}{OF_GROUPS}stratum = 'estrato'\n[audit]{tail.split('[audit]', 1)[1]}"
    found = answered(copied, evaluation, ("returns", "questions", "subprojects", "audit"), text)
    flows = found.answer("returns").returns.frame
    assert flows["irr"].isna().all()
    assert {one.to("es") for one in flows["irr_status"]} == {"ninguna: el flujo no cambia de signo"}
    style = report_style(found)
    said = {
        one.name: " ".join(
            [*one.paragraphs, *(note for table in one.items for note in getattr(table, "notes", ()))]
        )
        for module in modules_in(monitoring.__name__)
        if (one := module.section(found, style))
    }
    assert "1 estrato con un solo grupo (a): se supone que varía como la distancia" in said["questions"]
    assert "sin ambos registros" in said["subprojects"]
    assert "published.csv: 1 cifra revisada, 1 no se sostiene" in said["audit"]  # 60 and 45 % are not 100


def test_records_are_read_before_anything_is_estimated_and_all_that_is_wrong_is_told(copied):
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.intake import admit_further_files

    configuration = read_configuration(copied / "evaluation.toml")
    rewritten(copied, "subproject_record.csv", first_rows("completion_date", "2005-02-01"))
    rewritten(copied, "product_price.csv", first_rows("price_alliance", "dos"))
    with speaking("es"), pytest.raises(im.DataError) as refused:
        admit_further_files(configuration, [])
    told = str(refused.value)
    assert "[market]: product_price.csv: 1 fila de 'price_alliance' no se puede leer" in told
    assert "[subprojects]: subproject_record.csv: Fecha del informe de cierre no puede ser anterior a" in told
