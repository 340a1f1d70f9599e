"""The locked design, [universe], [sensitivity] and [placebo] of a configuration: in the report and by the command line."""

import json
import shutil

import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.evaluation.report_contents import report_contents
from impact.report.cells import shown
from tests.surveys import coded_households

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

TOML = """
title = "Does it hold"
language = "{language}"
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["age", "educ"]
cluster = "group"
id = "code"
group_assigned = true
[[outcomes]]
column = "income"
unit = "Bs"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
bias_adjustment = "linear"
[[strategies]]
name = "Nearest"
type = "nearest neighbor"
distance = "Mahalanobis"
ratio = 2
"""
MORE = """
[universe]
ratios = [1, 2]
max_smd = 1.0
replications = 199
[universe.covariate_sets]
young = ["age"]
[sensitivity]
benchmarks = ["educ"]
simulated = ["educ"]
replications = 4
[placebo]
outcomes = ["before"]
treatment = 6
reassignments = 49
"""


@pytest.fixture
def folder(tmp_path):
    coded_households().to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "evaluation.toml").write_text(TOML.format(language="en"), encoding="utf-8")
    return tmp_path


def changed(lock):
    return {key: value for key, value in lock.contents.items() if key not in ("locked_at",)}


def test_the_design_is_locked_without_its_outcomes(folder):
    lock = im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    stored = json.loads((folder / "design.lock").read_text(encoding="utf-8"))
    assert stored == lock.contents and list(stored["outcomes"]) == ["income"]
    assert "income" not in stored["data"]["columns"] and "before" not in stored["data"]["columns"]
    frame = coded_households()
    frame.drop(columns=["income", "before"]).to_csv(folder / "survey.csv", index=False)
    assert changed(im.lock_design(folder / "evaluation.toml")) == changed(lock)
    frame.assign(income="not yet collected").sample(frac=1, random_state=1).to_csv(
        folder / "survey.csv", index=False
    )
    assert changed(im.lock_design(folder / "evaluation.toml")) == changed(lock)


def test_the_locked_weights_are_those_of_the_evaluation(folder):
    im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    evaluation = im.evaluate(folder / "evaluation.toml", locked=folder / "design.lock")
    lock = im.read_lock(folder / "design.lock")
    for one in lock.contents["strategies"]:
        matched = evaluation.matched[one["name"]]
        assert one["ess_control"] == pytest.approx(matched.ess["control"], abs=1e-4)
        assert one["max_abs_smd"] == pytest.approx(im.balance(matched).max_abs_smd, abs=1e-6)
    section = next(
        one for one in report_contents(evaluation.findings).sections if one.name == "locked_design"
    )
    assert (
        lock.locked_at in section.paragraphs[0]
        and "120 treated, 120 controls in 40 groups" in section.paragraphs[1]
    )


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda toml, frame: (toml.replace("ratio = 2", "ratio = 3"), frame), "strategies.Nearest.rule"),
        (lambda toml, frame: (toml.replace('["age", "educ"]', '["age"]'), frame), "roles.covariates"),
        (lambda toml, frame: (toml, frame.assign(age=frame["age"] + (frame.index == 3))), "data.sha256"),
        (lambda toml, frame: (toml, frame.iloc[6:]), "data.rows was 240, is 234"),
        (
            lambda toml, frame: (toml.replace('column = "income"', 'column = "before"'), frame),
            "outcomes.income",
        ),
        (lambda toml, frame: ("seed = 7\n" + toml, frame), "seed was"),
    ],
)
def test_another_design_is_refused_and_what_differs_is_named(folder, edit, named):
    im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    toml, frame = edit(TOML.format(language="en"), coded_households())
    (folder / "evaluation.toml").write_text(toml, encoding="utf-8")
    frame.to_csv(folder / "survey.csv", index=False)
    with pytest.raises(im.DataError, match="The design is not the one locked") as refused:
        im.evaluate(folder / "evaluation.toml", locked=folder / "design.lock")
    assert named in str(refused.value)


def test_what_differs_is_told_in_the_language_of_the_file(folder, capsys):
    path = folder / "evaluation.toml"
    path.write_text(TOML.format(language="es"), encoding="utf-8")
    assert main(["design", str(path)]) == 0
    told = capsys.readouterr().out
    assert "Diseño fijado el" in told and "resultados no leídos: income" in told
    path.write_text("seed = 7\n" + TOML.format(language="es"), encoding="utf-8")
    with pytest.raises(im.DataError, match=r"seed era \S+, es 7"):
        im.evaluate(path, locked=folder / "design.lock")
    path.write_text(TOML.format(language="es").replace("ratio = 2", "ratio = 3"), encoding="utf-8")
    with pytest.raises(im.DataError, match=r"Nearest\.rule era \S.{0,70}ratio=2.{0,70}, es \S.{0,70}ratio=3"):
        im.evaluate(path, locked=folder / "design.lock")


def test_outcomes_may_be_what_they_are_under_a_lock(folder):
    im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    richer = coded_households()
    richer["income"] += 100 * richer["treated"]
    richer.to_csv(folder / "survey.csv", index=False)
    effects = im.evaluate(folder / "evaluation.toml", locked=folder / "design.lock").effects
    assert effects.one("income", "Kernel").estimate > 90


def test_a_design_is_locked_once_and_only_real_locks_are_read(folder):
    im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    with pytest.raises(im.OptionError, match="locked once"):
        im.lock_design(folder / "evaluation.toml", folder / "design.lock")
    with pytest.raises(im.OptionError, match="There is no lock"):
        im.read_lock(folder / "absent.lock")
    (folder / "false.lock").write_text("{}", encoding="utf-8")
    with pytest.raises(im.DataError, match="no design lock"):
        im.read_lock(folder / "false.lock")
    edited = '{"format": "impact design lock 1", "locked_at": "yesterday"}'
    (folder / "false.lock").write_text(edited, encoding="utf-8")
    with pytest.raises(im.DataError, match="locked_at is 'yesterday'"):
        im.read_lock(folder / "false.lock")


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.slow), "es"])
def test_the_report_says_whether_it_holds(folder, language):
    (folder / "evaluation.toml").write_text(TOML.format(language=language) + MORE, encoding="utf-8")
    evaluation = im.evaluate(folder / "evaluation.toml")
    sections = {one.name: one for one in report_contents(evaluation.findings).sections}
    titles = {
        "en": ("Would another choice", "If something was not measured", "Where no effect can be"),
        "es": ("¿Otra decisión", "Si algo no se midió", "Donde no puede haber efecto"),
    }[language]
    for name, title in zip(("universe", "sensitivity", "placebo"), titles, strict=True):
        assert sections[name].title.startswith(title)
    said = " ".join(sections["sensitivity"].paragraphs)
    assert ("3 times as strong as “educ”" if language == "en" else "3 veces tan fuerte como «educ»") in said
    assert "Rosenbaum" in said  # refused for a kernel, with the reason
    tables = [item.name for name in ("universe", "sensitivity", "placebo") for item in sections[name].items]
    assert tables == [
        "curve_income", "universe", "universe_choices", "contour_income", "confounders_income",
        "placebo_outcomes", "placebo_treatment", "reassigned",
    ]  # fmt: skip
    assert evaluation.report(folder / "out.html").is_file()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[universe]\nfamilies = ["nearset"]', "'families' must be one of"),
        ("[universe]\nadjustments = []", "empty universe"),
        ('[sensitivity]\nbenchmarks = ["income"]', "'benchmarks' must be one of"),
        ('[sensitivity]\noutcomes = ["pay"]', "'outcomes' must be one of"),
        ('[placebo]\nstrategy = "Optimal"', "'strategy' must be one of"),
    ],
)
def test_a_wrong_table_is_named(folder, table, message):
    (folder / "evaluation.toml").write_text(TOML.format(language="en") + table, encoding="utf-8")
    with pytest.raises(im.OptionError, match=message):
        im.evaluate(folder / "evaluation.toml")


def test_the_three_verbs(folder, capsys):
    file = str(folder / "evaluation.toml")
    assert main(["design", file]) == 0
    assert "outcomes not read: income" in capsys.readouterr().out
    assert (
        main(["evaluate", file, "--locked", str(folder / "design.lock"), "--out", str(folder / "a.html")])
        == 0
    )
    coded_households(seed=9).to_csv(folder / "survey.csv", index=False)
    assert (
        main(["evaluate", file, "--locked", str(folder / "design.lock"), "--out", str(folder / "b.html")])
        == 1
    )
    assert "data.sha256" in capsys.readouterr().err
    (folder / "evaluation.toml").write_text(TOML.format(language="es") + MORE, encoding="utf-8")
    assert main(["universe", file, "--jobs", "1", "--out", str(folder / "u")]) == 0
    out = capsys.readouterr().out
    assert "income: sobre" in out and (folder / "u" / "curve-income.svg").is_file()
    first = pd.read_csv(folder / "u" / "universe.csv")
    kept = sorted((folder / "u" / "finished").glob("*.npz"))
    kept[0].unlink()
    assert main(["universe", file, "--jobs", "1", "--out", str(folder / "u")]) == 0
    pd.testing.assert_frame_equal(first, pd.read_csv(folder / "u" / "universe.csv"))
    assert main(["sensitivity", file, "--out", str(folder / "s")]) == 0
    assert (
        len(pd.read_csv(folder / "s" / "confounders.csv")) == 3 and "factor oculto" in capsys.readouterr().out
    )
    shutil.rmtree(folder / "u")


POOR = """
[[outcomes]]
type = "headcount"
income = "income"
line = 21.0
name = "poor"
"""
POOR_MORE = """
[universe]
outcomes = ["poor"]
ratios = [1]
max_smd = 1.0
replications = 99
[sensitivity]
outcomes = ["poor"]
benchmarks = ["educ"]
[placebo]
reassignments = 19
[anticipation]
outcomes = ["poor"]
"""


def test_a_share_is_in_percentage_points_in_every_table_as_in_that_of_the_strategies(folder):
    text = TOML.format(language="es") + POOR + POOR_MORE
    (folder / "evaluation.toml").write_text(text, encoding="utf-8")
    evaluation = im.evaluate(folder / "evaluation.toml")
    contents = report_contents(evaluation.findings)
    tables = {
        item.name: item for section in contents.sections for item in section.items if hasattr(item, "rows")
    }
    said = next(one for one in contents.sections if one.name == "universe").paragraphs[0]
    row = tables["universe"].rows[0]
    assert f"el efecto mediano es {shown(row.cells[2], contents.language)} puntos" in said  # as in the table
    assert [line.cells[0] for line in tables["universe_choices"].rows] == ["poor"]
    assert tables["poverty"].rows[0].cells[0] == "Income < 21"
    effect = evaluation.findings.effects.one("poor", evaluation.findings.configuration.main_strategy)
    assert abs(effect.estimate) < 1
    observed = next(row for row in tables["anticipation"].rows if row.cells[0] == "según lo observado")
    assert observed.cells[1].value == pytest.approx(100 * effect.estimate) and observed.cells[1].decimals == 1
    assert tables["anticipation"].rows[0].cells[0] == "poor (puntos porcentuales)"
    one = tables["universe"].rows[0]
    assert one.cells[0] == "poor (puntos porcentuales)"
    assert -100 < one.cells[4].low < one.cells[4].high < -10
    bounds = tables["confounders_poor"]
    assert bounds.caption.endswith("poor (puntos porcentuales)") and abs(bounds.rows[0].cells[3].value) > 1
    said = next(section for section in contents.sections if section.name == "universe").paragraphs[0]
    assert "puntos porcentuales" in said and "proporción" not in said


def test_an_outcome_that_does_not_vary_is_named_where_hidden_confounders_are_asked_about(folder):
    text = (
        TOML.format(language="en")
        + POOR.replace("21.0", "150.0")
        + '[sensitivity]\noutcomes = ["poor"]\nbenchmarks = ["educ"]\n'
    )
    (folder / "evaluation.toml").write_text(text, encoding="utf-8")
    contents = report_contents(im.evaluate(folder / "evaluation.toml").findings)
    said = next(section for section in contents.sections if section.name == "sensitivity").paragraphs
    assert any("'poor' must vary; it is 1 in every unit" in one for one in said)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "None of the 4 estimates passes the quality rule"),
        ("es", "Ninguna de las 4 estimaciones cumple"),
    ],
)
def test_a_universe_in_which_nothing_counts_leaves_the_rest_standing(folder, language, said):
    more = (
        '[universe]\nfamilies = ["nearest"]\ndistances = ["Mahalanobis"]\nratios = [1, 2]\nmax_smd = 0.0001\n'
    )
    (folder / "evaluation.toml").write_text(TOML.format(language=language) + more, encoding="utf-8")
    report = report_contents(im.evaluate(folder / "evaluation.toml").findings)
    section = next(one for one in report.sections if one.name == "universe")
    assert said in section.paragraphs[0] and not section.items
