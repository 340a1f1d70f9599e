"""report, balance and power: what they write and say, the example of every help, the last line."""

import pytest

from impact.cli import main
from tests.surveys import grouped_survey

SETTINGS = """
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["age", "herd"]
cluster = "group"
[[outcomes]]
column = "income"
unit = "Bs"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""
pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


@pytest.fixture
def file(tmp_path):
    grouped_survey(1, groups=60).astype({"treated": int}).to_csv(tmp_path / "survey.csv", index=False)
    path = tmp_path / "evaluation.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def test_a_report_in_another_language_and_where_it_is(file, capsys):
    target = file.with_name("informe.html")
    assert main(["report", str(file), "--language", "es", "--out", str(target)]) == 0
    assert "La respuesta" in target.read_text(encoding="utf-8")
    last = capsys.readouterr().out.splitlines()
    assert last[-2] == str(target)
    assert last[-1].endswith(str(target))
    assert last[-1].split()[0] in ("xdg-open", "open", "start")
    assert main(["report", str(file), "--language", "xx"]) == 2


def test_the_language_before_a_command_is_that_of_its_output(tmp_path):
    def forms(name: str, *arguments: str) -> str:
        assert main([*arguments, str(tmp_path / name)]) == 0
        return (tmp_path / name / "variables.csv").read_text(encoding="utf-8-sig")

    english, spanish = (forms(code, "template", "--language", code) for code in ("en", "es"))
    assert english != spanish
    assert forms("before", "--language", "en", "template") == english
    assert (
        forms("own", "--language", "en", "template", "--language", "es") == spanish
    )  # the command's own goes first


def test_balance_and_power_read_no_outcome(file, tmp_path, capsys):
    table = (tmp_path / "survey.csv").read_text(encoding="utf-8").splitlines()
    names = table[0].split(",")
    kept = [k for k, name in enumerate(names) if name != "income"]
    lines = [",".join(line.split(",")[k] for k in kept) for line in table]
    (tmp_path / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "balance.xlsx"
    assert main(["balance", str(file), "--by", "region", "--stars", "--out", str(out)]) == 0
    assert out.is_file()
    assert "normalised_difference" in capsys.readouterr().out
    assert main(["power", str(file), "--icc", "0.2", "--sd", "50"]) == 0
    assert "Kernel" in capsys.readouterr().out


@pytest.mark.parametrize(
    "verb", ["report", "balance", "power", "package", "evaluate", "init", "check", "demo"]
)
def test_every_help_has_an_example(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert f"Example: impact {verb}" in " ".join(capsys.readouterr().out.split())


def test_completion_is_offered(capsys):
    assert main(["--help"]) == 0
    assert "--install-completion" in capsys.readouterr().out
