"""The demonstration, run once: what it writes, what it prints, and that its numbers are the evaluation's."""

import csv
import io
import re

import numpy as np
import openpyxl
import pytest

import impact as im
from impact.errors import OptionError
from impact.evaluation.demonstration.demo import demo
from impact.evaluation.run import evaluate

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    folder, printed = tmp_path_factory.mktemp("demo") / "out", io.StringIO()
    return demo(seed=1, out=folder, language="es", stream=printed), folder, printed.getvalue()


def test_everything_is_written(demonstration):
    _, folder, _ = demonstration
    tables = {path.stem for path in (folder / "tables").glob("*.csv")}
    assert tables == {
        "balance", "balance_by_strategy", "decomposition", "effects_tidy", "flow", "notes", "participants", "poverty", "propensity",
        "quintile_tests",
        "quintiles", "quintiles_tidy", "reproduction", "response", "strategies", "strategies_details",
        "balance_joint", "balance_side_by_side", "truth", "truth_of_main", "verdicts", "verdict_meanings",
    }  # fmt: skip
    assert set(openpyxl.load_workbook(folder / "tables.xlsx", read_only=True).sheetnames) == tables - {
        "notes"
    }
    figures = {
        "overlap",
        "balance",
        "quintiles",
        "strategies_income_agr_pc_month",
        "strategies_headcount_moderate",
        "decomposition",
        "balance_of_all",
        "balance_curves",
        "calibration",
        "sample_flow",
    }
    for suffix in ("svg", "png"):
        assert {path.stem for path in (folder / "figures").glob(f"*.{suffix}")} == figures
    assert (folder / "report.docx").is_file()


def test_page_is_synthetic_in_every_section_and_asks_for_nothing(demonstration):
    page = (demonstration[1] / "report.html").read_text(encoding="utf-8")
    sections = page.split("<section ")[1:]
    assert len(sections) == 10
    assert all("DATOS SINTÉTICOS" in section for section in sections)
    assert all(
        "DATOS SINTÉTICOS" in caption
        for caption in re.findall(
            r"<(?:figcaption|summary)>.*?</(?:figcaption|summary)>", page, flags=re.DOTALL
        )
    )
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"data:[^\"]*", "", page))
    assert '<html lang="es">' in page


def test_no_household_is_published(demonstration):
    evaluation, folder, _ = demonstration
    page = (folder / "report.html").read_text(encoding="utf-8")
    published = page + "".join(
        path.read_text(encoding="utf-8-sig") for path in (folder / "tables").glob("*.csv")
    )
    for column in ("hh_id", "group_id"):
        codes = evaluation.sample.frame[column].astype(str).unique()
        assert not [code for code in codes if code in published]


def test_figures_carry_the_truth_and_the_table_the_same_numbers(demonstration):
    evaluation, folder, printed = demonstration
    known = evaluation.findings.known
    survey = im.synthetic.rural_alliances(1)
    treated = evaluation.sample.frame.index[evaluation.sample.treated]
    weights = survey.household["weight"]
    persons = survey.household["hh_size_pre"]
    main = evaluation.findings.configuration.main_strategy
    assert known.effects[main, "income_labour"].all_treated == pytest.approx(
        survey.truth.att("income_labour", treated, weights.loc[treated]), rel=1e-12
    )
    assert known.effects[main, "headcount_extreme_persons"].all_treated == pytest.approx(
        survey.truth.att("poor_ext", treated, (weights * persons).loc[treated]), rel=1e-12
    )
    assert len(known.fifths) == 5
    assert known.fifths[0] == max(known.fifths)
    assert "Ingreso laboral del hogar" in printed
    assert "DATOS SINTÉTICOS" in printed
    assert str(folder / "report.html") in printed


def test_truth_of_the_matched_leaves_out_who_found_no_match(demonstration):
    evaluation, _, _ = demonstration
    matched = evaluation.matched["Propensity 1-NN"]
    kept = matched.kept & evaluation.sample.treated
    assert 0 < kept.sum() < evaluation.sample.treated.sum()
    truth = im.synthetic.rural_alliances(1).truth
    labels = evaluation.sample.frame.index[kept]
    expected = truth.att("area_cultivated", labels, evaluation.sample.frame.loc[labels, "weight"])
    assert evaluation.findings.known.effects[
        "Propensity 1-NN", "area_cultivated"
    ].matched_treated == pytest.approx(expected, rel=1e-12)


def test_flow_accounts_for_every_unit_of_every_strategy(demonstration):
    flow = demonstration[0].flow.set_index("step")
    in_file = flow.loc["in the table"]
    after = flow.loc[
        [
            "off support, discarded",
            "on support, unmatched",
            "matched, treated",
            "matched, control",
            "control not used",
        ]
    ].sum()
    assert (after == in_file).all()
    assert list(flow.columns) == [specification.name for specification in im.FOUR_STRATEGIES]


def test_poverty_levels_are_those_of_the_match(demonstration):
    evaluation, _, _ = demonstration
    table = evaluation.poverty["moderate"].frame
    treated = evaluation.sample.treated
    matched = evaluation.matched[evaluation.findings.configuration.main_strategy]
    poor = evaluation.sample.frame["income_pc_month"].to_numpy() < 580
    for arm, rows in (("treated", treated), ("control", ~treated)):
        row = table[
            (table["alpha"] == 0) & (table["subgroup"] == arm) & (table["population"] == "households")
        ].iloc[0]
        assert row["estimate"] == pytest.approx(
            np.average(poor[rows], weights=matched.analysis_weight[rows]), rel=1e-12
        )


def test_the_poverty_of_controls_is_one_number_in_every_table(demonstration):
    evaluation, _, _ = demonstration
    main = evaluation.findings.configuration.main_strategy
    for line in ("moderate", "extreme"):
        table = evaluation.poverty[line].frame
        for who, end in (("households", ""), ("persons", "_persons")):
            rows = table[(table["alpha"] == 0) & (table["population"] == who)].set_index("subgroup")
            effect = evaluation.effects.one(f"headcount_{line}{end}", main)
            control, treated = (rows.loc[arm, "estimate"] for arm in ("control, adjusted", "treated"))
            assert control == pytest.approx(effect.control_mean, rel=1e-12)
            assert treated - control == pytest.approx(effect.estimate, rel=1e-9)


def test_its_own_configuration_gives_the_same_numbers_again(demonstration, tmp_path):
    evaluation, folder, _ = demonstration
    again = evaluate(folder / "evaluation.toml")
    assert again.effects.frame.equals(evaluation.effects.frame)
    assert again.findings.data == evaluation.findings.data
    again.report(tmp_path / "again.html")
    assert "Estimación y verdad" not in (tmp_path / "again.html").read_text(encoding="utf-8")


def test_csv_of_the_strategies_holds_the_effects(demonstration):
    evaluation, folder, _ = demonstration
    with (folder / "tables" / "strategies.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert lines[0]["Mahalanobis, 4 vecinos"] == repr(
        evaluation.effects.one("income_agr_pc_month", "Mahalanobis 4-NN").estimate
    )
    assert {line["data"] for line in lines} == {"DATOS SINTÉTICOS"}


def test_a_second_demonstration_may_take_the_place_of_the_first(demonstration, tmp_path):
    from impact.evaluation.demonstration.demo import _own_folder

    assert _own_folder(demonstration[1]) == demonstration[1]
    (tmp_path / "mine.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(OptionError, match="holds other files"):
        _own_folder(tmp_path)


@pytest.mark.slow
def test_the_demonstration_of_waves(tmp_path):
    out = tmp_path / "waves"
    evaluation = im.demo(seed=3, out=out, design="par2", stream=io.StringIO())
    answer = evaluation.findings.answer("panel")
    assert answer.panel.waves == (0, 1, 2)
    assert answer.event.synthetic
    assert "Before and after, by date of entry" in (out / "report.html").read_text(encoding="utf-8")
    with pytest.raises(im.OptionError, match="design must be one of 'par1', 'par2'"):
        im.demo(out=tmp_path / "other", design="par3")
