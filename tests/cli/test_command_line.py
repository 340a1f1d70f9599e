"""Exit codes and messages: 0, 1 for the data, 2 for the call, 130 after Ctrl-C; never a traceback."""

import subprocess
import sys

import pytest

from impact import __version__
from impact.cli import main

CONFIGURATION = """
[data]
file = "survey.csv"

[roles]
treatment = "treated"
covariates = ["age"]

[[outcomes]]
column = "income"
unit = "Bs/year"
{more}
"""


def evaluation_file(folder, more="", rows=None):
    (folder / "evaluation.toml").write_text(CONFIGURATION.format(more=more), encoding="utf-8")
    lines = rows or [f"{i % 2},{20 + (7 * i) % 41},{100 + 3 * i + 40 * (i % 2)}" for i in range(80)]
    (folder / "survey.csv").write_text("\n".join(["treated,age,income", *lines]) + "\n", encoding="utf-8")
    return folder / "evaluation.toml"


def failed(capsys, arguments, code):
    assert main([str(argument) for argument in arguments]) == code
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


def test_help_and_version_are_quick_and_load_no_pandas():
    heavy = "{'pandas', 'numpy', 'matplotlib'}"
    code = f"import sys; from impact.cli import main; c = main(['--help']); print(sorted({heavy} & set(sys.modules)), c)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[] 0")
    for verb in ("demo", "evaluate", "check", "template", "codebook"):
        assert verb in done.stdout


def test_module_runs_as_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "impact", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"impact {__version__}"


@pytest.mark.parametrize(
    "arguments", [["dmo"], ["demo", "--seed", "x"], ["demo", "--language", "fr"], ["evaluate"], []]
)
def test_a_wrong_call_exits_2(capsys, arguments):
    message = failed(capsys, arguments, 2)
    assert "Usage" in message or "Usage" in capsys.readouterr().out or not arguments


def test_a_wrong_configuration_exits_2_in_one_paragraph(capsys, tmp_path):
    message = failed(capsys, ["evaluate", evaluation_file(tmp_path, "uint = 3")], 2)
    assert message.startswith(
        "impact: evaluation.toml, line 12, table [[outcomes]] 1: unknown key 'uint'. Did you mean 'unit'?"
    )
    assert message.count("\n") == 1
    assert "no configuration file" in failed(capsys, ["evaluate", tmp_path / "absent.toml"], 2)


def test_data_that_break_a_rule_exit_1(capsys, tmp_path):
    message = failed(capsys, ["evaluate", evaluation_file(tmp_path, rows=["1,30,5", "0,,6", "1,22,7"])], 1)
    assert message.startswith("impact: 1 of 3 rows lack 'age'")
    (tmp_path / "survey.csv").unlink()
    assert "survey.csv" in failed(capsys, ["evaluate", tmp_path / "evaluation.toml"], 1)


def test_evaluate_writes_the_report_beside_the_configuration(capsys, tmp_path):
    assert main(["evaluate", str(evaluation_file(tmp_path))]) == 0
    assert (tmp_path / "evaluation-report" / "report.html").is_file()
    assert str(tmp_path / "evaluation-report" / "report.html") in capsys.readouterr().out
    assert main(["evaluate", str(tmp_path / "evaluation.toml"), "--out", str(tmp_path / "only.xlsx")]) == 0
    assert (tmp_path / "only.xlsx").is_file()


def test_report_of_real_data_is_not_called_synthetic(tmp_path):
    assert main(["evaluate", str(evaluation_file(tmp_path))]) == 0
    assert "SYNTHETIC" not in (tmp_path / "evaluation-report" / "report.html").read_text(encoding="utf-8")


def test_demo_leaves_a_folder_with_other_files_alone(capsys, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert "holds other files" in failed(capsys, ["demo", "--out", tmp_path], 2)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert "is a file" in failed(capsys, ["demo", "--out", tmp_path / "thesis.txt"], 2)


def test_check_counts_violations_and_exits_1(capsys, tmp_path):
    household = tmp_path / "household.csv"
    household.write_text("hh_id,wave,group_id,head_age\nA-1,1,A,140\n", encoding="utf-8")
    assert main(["check", str(household), "--out", str(tmp_path / "v.xlsx"), "--language", "en"]) == 1
    out = capsys.readouterr().out
    assert "household.head_age" in out
    assert (tmp_path / "v.xlsx").is_file()
    renamed = household.rename(tmp_path / "export.csv")
    assert main(["check", f"household={renamed}", "--language", "en"]) == 1
    assert "bear the name of its table" in failed(capsys, ["check", renamed, "--language", "en"], 1)
    assert "debe terminar en .xlsx" in failed(capsys, ["check", renamed, "--out", "v.csv"], 2)


def test_forms_and_codebook_are_written_once(capsys, tmp_path):
    again = {
        "template": "ya existe",
        "codebook": "exists already",
    }  # the form is Spanish unless another language is asked for
    for verb, name in (("template", "form.xlsx"), ("codebook", "book.html")):
        assert main([verb, str(tmp_path / name)]) == 0
        assert (tmp_path / name).is_file()
        assert again[verb] in failed(capsys, [verb, tmp_path / name], 2)


def test_ctrl_c_exits_130_quietly(capsys, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("impact.evaluation.run.evaluate", interrupted)
    assert main(["evaluate", str(evaluation_file(tmp_path))]) == 130
    assert capsys.readouterr() == ("", "")


def test_warnings_are_one_plain_line(capsys, tmp_path):
    import warnings

    rows = [f"{int(i < 30)},{20 + i % 30 + (60 if i < 8 else 0)},{100 + i}" for i in range(90)]
    more = '[[strategies]]\nname = "A"\ntype = "nearest neighbor"\ndistance = {type = "propensity score", scale = "linear"}\ncaliper = 0.2'
    file = evaluation_file(tmp_path, more, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["evaluate", str(file)]) == 0
    message = capsys.readouterr().err
    assert message.startswith("impact: warning: ")
    assert "found no comparison" in message
    assert ".py" not in message
    page = (tmp_path / "evaluation-report" / "report.html").read_text(encoding="utf-8")
    assert "found no comparison" in page


def test_certify_goes_on_where_it_stopped_and_tells_coverage(capsys, tmp_path):
    draws = tmp_path / "draws.csv"
    arguments = ["certify", "--groups", "60", "--jobs", "1", "--out", str(draws)]
    assert main([*arguments, "--draws", "2"]) == 0
    first = draws.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*arguments, "--draws", "3"]) == 0
    shown = capsys.readouterr().out
    assert "SYNTHETIC DATA: 3 surveys" in shown and "coverage" in shown and str(draws) in shown
    assert draws.read_text(encoding="utf-8").startswith(first)


def test_certify_judges_the_estimators_of_waves(capsys, tmp_path):
    arguments = [
        "certify",
        "--groups",
        "100",
        "--jobs",
        "1",
        "--draws",
        "2",
        "--out",
        str(tmp_path / "d.csv"),
    ]
    assert main([*arguments, "--design", "par2"]) == 0
    out = capsys.readouterr().out
    assert "Doubly robust, by cohort and wave (2 draws, 0 failed" in out
    assert "RuralAlliancesPanelTwin(groups=100, staggered=True" in out
    assert main([*arguments, "--design", "par3"]) == 2


def test_certify_imitates_the_sample_of_a_configuration(capsys, tmp_path):
    configuration = evaluation_file(tmp_path)
    assert (
        main(
            [
                "certify",
                str(configuration),
                "--draws",
                "2",
                "--jobs",
                "1",
                "--effect",
                "0.3",
                "--out",
                str(tmp_path / "d.csv"),
            ]
        )
        == 0
    )
    assert "2 surveys drawn from" in capsys.readouterr().out


def test_certify_adds_rows_with_other_variances(capsys, tmp_path):
    configuration = evaluation_file(tmp_path)
    common = ["certify", str(configuration), "--draws", "2", "--jobs", "1"]
    assert main([*common, "--variances", "--unadjusted", "--out", str(tmp_path / "d.csv")]) == 0
    shown = capsys.readouterr().out
    for name in ("Mahalanobis 1-NN · left out", "Mahalanobis 1-NN, unadjusted · wild"):
        assert name in shown
    assert "other strategies, variances" in failed(capsys, [*common, "--out", tmp_path / "d.csv"], 1)
    synthetic = ["certify", "--draws", "2", "--jobs", "1", "--groups", "60", "--variances"]
    assert main([*synthetic, "--out", str(tmp_path / "s.csv")]) == 0
    assert "Propensity kernel · wild" in capsys.readouterr().out


def test_certify_draws_surveys_of_another_size_like_one_s_own(capsys, tmp_path):
    common = ["certify", str(evaluation_file(tmp_path)), "--draws", "2", "--jobs", "1"]
    assert main([*common, "--groups", "30", "--out", str(tmp_path / "d.csv")]) == 0
    assert "groups=30" in capsys.readouterr().out
    assert "holds draws of another design" in failed(capsys, [*common, "--out", tmp_path / "d.csv"], 1)
