"""The pipeline gate: by hand, on the synthetic survey, and through a configuration to the report."""

import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.evaluation.report_contents import report_contents

RULE = im.AssignmentRule("treated", "group", "day", "groups", "paid")


def by_hand():
    """Group A is treated; B waits; C was paid before its second interview; D approved after; E never; F is in no register."""
    units = pd.DataFrame(
        {
            "group": list("AABBCCDDEEF"),
            "treated": [1, 1, *[0] * 9],
            "day": pd.to_datetime(["2014-07-01", "2014-07-03"] * 5 + ["2014-07-01"]),
        }
    )
    groups = pd.DataFrame(
        {
            "group": list("ABCDE"),
            "call_date": pd.to_datetime(["2010-01-01", *["2013-01-01"] * 4]),
            "approval_date": pd.to_datetime(["2010-06-01", "2013-06-01", "2013-06-01", "2014-07-11", None]),
            "paid": pd.to_datetime(["2011-01-01", "2014-08-01", "2014-07-02", None, None]),
            "score": [70.0, 60.0, 62.0, 64.0, 66.0],
            "still_operating": ["no", None, None, None, None],
            "size": [30, 20, 12, 20, 20],
        }
    )
    return {"units": units, "groups": groups}


def test_each_group_stands_where_its_dates_put_it():
    gate = im.pipeline_gate(by_hand(), RULE)
    frame = gate.frame.set_index("group")
    assert [status.code for status in frame["status"]] == [
        "in the pipeline", "control_disbursed", "control_not_approved", "control_not_approved", "not registered",
    ]  # fmt: skip
    assert frame["rows_paid"].tolist() == [
        0,
        1,
        0,
        0,
        0,
    ]  # the household interviewed before the money still waited
    assert frame["rows_not_approved"].tolist() == [0, 0, 2, 2, 0]
    assert frame.loc["B", "days_to_disbursement"] == 31 and frame.loc["B", "days_since_approval"] == 395
    assert frame.loc["D", "days_since_approval"] == -10
    assert list(gate.contaminated["group"]) == ["C"] and list(gate.not_yet_approved["group"]) == ["D", "E"]
    assert not gate.passes and gate.refused == ("control_disbursed", "control_not_approved")


def test_an_alliance_given_up_stays_treated():
    gate = im.pipeline_gate(by_hand(), RULE)
    assert gate.treated.set_index("fate")["groups"].to_dict() == {
        "approved": 1, "financed": 1, "surviving": 0, "given up": 1, "unknown": 0,
    }  # fmt: skip
    assert "stay among the treated" in repr(gate)


def test_require_lists_group_dates_days_and_rows_until_accepted_by_name():
    with pytest.raises(im.SurveyRefusedError) as refused:
        im.pipeline_gate(by_hand(), RULE).require()
    said = str(refused.value)
    assert (
        "C: paid 2014-07-02, interviews 2014-07-01 to 2014-07-03, the first 0 days after the money, 1 rows"
        in said
    )
    assert "D: first interview 2014-07-01, approved 2014-07-11, 10 days later, 2 rows" in said
    assert "E: first interview 2014-07-01, no approval date, 2 rows" in said
    gate = im.pipeline_gate(by_hand(), RULE, accept=["control_disbursed", "control_not_approved"])
    gate.require()
    assert gate.refused == () and not gate.passes
    with pytest.raises(im.OptionError, match="accept must be one of"):
        im.pipeline_gate(by_hand(), RULE, accept=["control_paid"])


def test_eligibility_is_counted_in_both_arms():
    rule = im.AssignmentRule(
        "treated",
        "group",
        "day",
        "groups",
        "paid",
        eligibility=(im.Eligibility("size", minimum=15, maximum=25),),
    )
    counted = im.pipeline_gate(by_hand(), rule).ineligible.set_index("arm")["rows"]
    assert counted.to_dict() == {"treated": 2, "control": 3}  # A above, C below, F unknown


def test_without_approval_dates_half_of_the_rule_is_said_to_be_unknown():
    tables = by_hand()
    tables["groups"] = tables["groups"].drop(columns="approval_date")
    gate = im.pipeline_gate(tables, RULE)
    assert not gate.approval_known and "not known" in gate.sentence() and len(gate.contaminated) == 1


def test_cohorts_balance_and_one_table_of_units():
    gate = im.pipeline_gate(im.synthetic.rural_alliances(2, groups=60))
    assert gate.passes and "wait" in gate.sentence() and "esperan" in gate.sentence("es")
    assert gate.cohorts["groups"].sum() == 60 and set(gate.cohorts["arm"]) == {"treated", "control"}
    score = gate.balance.set_index("characteristic").loc["score"]
    group = im.synthetic.rural_alliances(2, groups=60).group
    means = group.groupby("treated")["score"].mean()
    assert score["difference"] == pytest.approx(means[True] - means[False])
    tables = by_hand()
    one = tables["units"].merge(tables["groups"], on="group", how="left")
    rule = im.AssignmentRule("treated", "group", "day", "data", "paid")
    assert list(im.pipeline_gate(one, rule).contaminated["group"]) == ["C"]


def test_the_gate_is_written_like_other_results(tmp_path):
    gate = im.pipeline_gate(by_hand(), RULE)
    assert "<table" in gate._repr_html_() and "longtable" in gate.to_latex()
    assert gate.to_excel(tmp_path / "gate.xlsx").exists() and gate.to_word(tmp_path / "gate.docx").exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.pop("groups"), "Table 'groups' of the groups is missing"),
        (lambda t: t.update(units=t["units"].drop(columns="day")), "No table holds both 'group' and 'day'"),
        (lambda t: t.update(groups=t["groups"].drop(columns="paid")), "paid"),
        (lambda t: t["units"].__setitem__("treated", 1), "needs control groups"),
        (lambda t: t["groups"].__setitem__("paid", "soon"), "must hold dates such as"),
        (lambda t: t["units"].__setitem__("treated", "maybe"), "does not say who is treated"),
    ],
)
def test_bad_tables_are_named(spoil, message):
    tables = by_hand()
    spoil(tables)
    with pytest.raises(im.ImpactError, match=message):
        im.pipeline_gate(tables, RULE)


def test_a_rule_is_asked_for_where_no_table_is_the_schemas():
    with pytest.raises(im.OptionError, match="rule is missing"):
        im.pipeline_gate(by_hand())


def test_conditions_of_eligibility_are_bounds_or_values():
    for keywords in ({}, {"minimum": 1.0, "among": (1,)}, {"minimum": 2.0, "maximum": 1.0}):
        with pytest.raises(im.OptionError):
            im.Eligibility("size", **keywords)
    with pytest.raises(im.DataError, match="holds no numbers"):
        im.Eligibility("place", minimum=1.0).reasons(pd.Series(["x"], name="place"))


TOML = """
language = "{language}"
synthetic = true
[data]
schema = true
[tables]
household = "household.csv"
group = "group.csv"
[roles]
treatment = "treated"
covariates = ["region", "education_index", "assets_pre"]
cluster = "group_id"
group_assigned = true
sampling_weight = "weight"
id = "hh_id"
missing = "drop"
[[outcomes]]
column = "income_labour"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
{more}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    survey = im.synthetic.rural_alliances(3, groups=50, contaminated=0.2, not_yet_approved=0.1)
    survey.household.to_csv(folder / "household.csv", index=False)
    survey.group.to_csv(folder / "group.csv", index=False)
    return folder


def configured(folder, more="", language="en"):
    path = folder / "evaluation.toml"
    path.write_text(TOML.format(more=more, language=language), encoding="utf-8")
    return path


def verdict_of(findings):
    table = next(item for item in report_contents(findings).sections[0].items if item.name == "verdicts")
    return next(row for row in table.rows if row.cells[0] in ("Pipeline gate", "Regla de la fila de espera"))


def test_evaluate_refuses_by_group_and_the_report_says_what_was_accepted(folder, capsys):
    path = configured(folder, language="es")
    assert main(["evaluate", str(path)]) == 1
    said = capsys.readouterr().err
    assert (
        "(control_disbursed)" in said
        and "(control_not_approved)" in said
        and "200 días después del dinero" in said
    )
    accept = ["control_disbursed", "control_not_approved", "treatment_dates"]
    with pytest.warns(im.ImpactWarning):
        evaluation = im.evaluate(path, accept)
    assert verdict_of(evaluation.findings).cells[1].kind == "fails"
    page = evaluation.report(folder / "page.html").read_text(encoding="utf-8")
    assert "¿Esperan los controles?" in page
    assert not any(group in page for group in evaluation.findings.gate.contaminated["group"])


def test_groups_left_out_are_in_the_flow_and_eligibility_holds_for_both_arms(folder):
    more = (
        '[gate]\nleave_out = ["control_disbursed", "control_not_approved"]\n'
        '[[gate.eligibility]]\ncolumn = "members_approval"\nminimum = 20\n'
    )
    with pytest.warns(im.ImpactWarning):
        findings = im.evaluate(configured(folder, more), ["treatment_dates"]).findings
    steps = findings.sample.flow.set_index("step")["units"]
    gate = findings.gate
    assert steps["excluded: control group paid before an interview"] == gate.contaminated["rows"].sum() > 0
    assert (
        steps["excluded: control group not approved by its interview"]
        == gate.not_yet_approved["rows"].sum()
        > 0
    )
    small = findings.sample.frame["members_approval"].min()
    assert small >= 20 and steps["excluded: not eligible: members_approval below 20"] > 0
    assert (gate.ineligible["rows"] > 0).any() and verdict_of(findings).cells[1].kind == "holds"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[gate]\ngroup = "group_id"', "interview is missing"),
        ('[gate]\nleave_out = ["paid"]', "'leave_out' must be one of"),
        ('[[gate.eligibility]]\ncolumn = "members_approval"', "needs bounds"),
    ],
)
def test_a_wrong_gate_names_its_table(folder, more, message):
    with pytest.raises(im.OptionError, match=message) as refused:
        im.evaluate(configured(folder, more))
    assert "[gate" in str(refused.value)


def test_the_command_says_who_does_not_wait(folder, capsys, tmp_path):
    files = [str(folder / "household.csv"), str(folder / "group.csv")]
    assert main(["gate", *files, "--language", "en", "--out", str(tmp_path / "gate.xlsx")]) == 1
    said = capsys.readouterr()
    assert "were paid before an interview of theirs" in said.out and (tmp_path / "gate.xlsx").exists()
    assert "200 days after the money" in said.err
    accepted = ["--accept", "control_disbursed", "--accept", "control_not_approved"]
    assert main(["gate", str(configured(folder)), *accepted]) == 0
    assert main(["gate", files[0]]) == 1  # without the groups' table nothing can be said


def test_a_locked_design_lets_in_whom_the_evaluation_lets_in(folder):
    """Whether the alliance still operates is an outcome, and never reaches the design; eligibility and left-out groups do."""
    more = (
        '[gate]\nleave_out = ["control_disbursed", "control_not_approved"]\n'
        '[[gate.eligibility]]\ncolumn = "members_approval"\nminimum = 20\n'
    )
    path = configured(folder, more)
    with pytest.warns(im.ImpactWarning):
        im.lock_design(path, folder / "design.lock", ["treatment_dates"])
        evaluation = im.evaluate(path, ["treatment_dates"], folder / "design.lock")
    assert len(evaluation.sample) < 600 and evaluation.findings.gate.left_out
    (folder / "design.lock").unlink()
