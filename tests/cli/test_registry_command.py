"""impact registry: from a folder of Parquet files to its report, in both languages."""

import pandas as pd
import pytest

import impact as im
from impact.cli import main
from tests.registries import CELLS, assert_same_table, households, in_files

SETTINGS = """
language = "{language}"
synthetic = true
[data]
file = "registry"
[roles]
treatment = "treated"
covariates = ["age", "land", "kind"]
cluster = "group"
[[outcomes]]
column = "income"
unit = "Bs"
[registry]
cells = ["region", "product"]
{further}
"""
BY_SCORE = """
[[strategies]]
name = "Score"
type = "nearest neighbor"
distance = { type = "propensity score", scale = "linear" }
exact = ["region"]
[[strategies]]
name = "Balanced"
type = "entropy balancing"
bias_adjustment = "linear"
"""
FURTHER = 'baseline = "income_before"\nincome = "assets"\nlines = [20, 30.0]\npersons = "size"'
pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


def settings(folder, strategies="", language="en", further=""):
    (folder / "registry").mkdir()
    in_files(households(), folder / "registry")
    file = folder / "evaluation.toml"
    file.write_text(SETTINGS.format(language=language, further=further) + strategies, encoding="utf-8")
    return file


def test_the_command_gives_what_memory_gives(tmp_path, capsys):
    file = settings(tmp_path, BY_SCORE, further=FURTHER)
    assert main(["registry", str(file), "--out", str(tmp_path / "out")]) == 0
    assert "SYNTHETIC registry: 900 units (288 treated) in 4 files and 6 cells" in capsys.readouterr().out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Units and cells" in page
    assert "Effects on poverty" in page
    assert "Who gained: effects by fifth" in page
    found = im.evaluate_registry(file)
    memory = im.Sample(
        households(), "treated", ["age", "land", "kind"], [im.Column("income", unit="Bs")], cluster="group"
    )
    by_score = im.NearestNeighbor(im.PropensityScore(scale="linear"), exact=("region",))
    for name, strategy in (("Score", by_score), ("Balanced", im.EntropyBalancing())):
        matched = im.match(memory, strategy)
        one = im.estimate(matched, bias_adjustment="linear").frame.assign(strategy=name)
        other = found.frame[found.frame["strategy"] == name].reset_index(drop=True)
        assert_same_table(one.drop(columns="max_abs_smd"), other.drop(columns="max_abs_smd"))
        poor = im.poverty_effects(matched, "assets", [20, 30.0], "size", bias_adjustment="linear").frame
        told = found.poverty.frame[found.poverty.frame["strategy"] == name].reset_index(drop=True)
        assert_same_table(
            poor.drop(columns=["max_abs_smd", "strategy"]), told.drop(columns=["max_abs_smd", "strategy"])
        )
    assert found.quintiles["income"].frame["subgroup"].tolist() == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert set(found.quintiles["income"].frame["strategy"]) == {"Score"}
    effects = pd.read_csv(tmp_path / "out" / "tables" / "effects_tidy.csv", comment="#")
    assert effects["strategy"].tolist() == ["Score", "Balanced"]


def test_cells_that_are_cut_change_nothing(tmp_path):
    """Three regions of some 300 rows in pieces of at most 100; the weights know no cells."""
    found = []
    for name, further in (("whole", ""), ("cut", "largest_cell = 100")):
        (tmp_path / name).mkdir()
        found.append(im.evaluate_registry(settings(tmp_path / name, BY_SCORE, further=further)))
    assert found[0].matched["Score"].frame.filter(["treated", "control"]).sum(axis=1).min() > 100
    assert_same_table(found[0].frame, found[1].frame)
    assert_same_table(found[0].balance["Score"].frame, found[1].balance["Score"].frame)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "more than largest_cell = 100, and cannot be cut"),
        ("es", "más que largest_cell = 100, y no se puede cortar"),
    ],
)
def test_cells_that_cannot_be_cut_are_named(tmp_path, capsys, language, says):
    once = BY_SCORE.replace('exact = ["region"]', 'exact = ["region"]\nreplace = false\norder = "closest"')
    file = settings(tmp_path, once, language, further="largest_cell = 100")
    assert main(["registry", str(file), "--out", str(tmp_path / "out")]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert says in error and "region" in error and "altiplano" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_in_spanish_and_without_strategies(tmp_path, capsys):
    file = settings(tmp_path, language="es")
    assert main(["registry", str(file), "--out", str(tmp_path / "informe.html")]) == 0
    page = (tmp_path / "informe.html").read_text(encoding="utf-8")
    assert (
        "Registro SINTÉTICO: 900 unidades (288 con el programa) en 4 archivos y 6 celdas"
        in capsys.readouterr().out
    )
    for words in ("Unidades y celdas", "Balance antes y después", "Efectos", "beneficiarios"):
        assert words in page
    found = im.evaluate_registry(file)
    assert found.matched[found.frame["strategy"][0]].strategy.exact == CELLS
    assert "El ajuste de sesgo de un registro" not in page  # its own strategy asks for a straight one


KERNEL = '[[strategies]]\nname = "K"\ntype = "kernel"\ndistance = "propensity score"\n'


@pytest.mark.parametrize(
    ("language", "strategies", "further", "says"),
    [
        ("en", KERNEL, "", "[[strategies]] 'K': strategy must be NearestNeighbor"),
        ("es", KERNEL, "", "[[strategies]] 'K': strategy debe ser NearestNeighbor"),
        ("en", '[quintiles]\nbaseline = "size"\n', "", "[quintiles] need all rows together"),
        ("es", '[quintiles]\nbaseline = "size"\n', "", "[quintiles] necesitan todas las filas juntas"),
        ("en", "", 'income = "assets"', "key 'income' must stand with lines"),
        ("es", "", 'income = "assets"', "la clave 'income' debe ir con lines"),
        ("en", "", 'income = "assets"\nlines = ["rural"]', "key 'lines' must hold numbers or names"),
        ("en", "", 'baseline = "income"', "measured after the programme. Use by=Baseline"),
        ("es", "", 'baseline = "income"', "medido después del programa. Use Baseline"),
        ("en", "", "cell = 3", "unknown key 'cell'. Did you mean 'cells'?"),
        ("en", BY_SCORE.replace("region", "kind"), "", "[[strategies]] 'Score': exact names 'kind'"),
    ],
)
def test_what_a_registry_cannot_give_is_said_in_terms_of_the_file(
    tmp_path, capsys, language, strategies, further, says
):
    file = settings(tmp_path, strategies, language, further)
    assert main(["registry", str(file)]) in (1, 2)
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("language", "says"), [("en", "is a registry: impact registry"), ("es", "es un registro")]
)
def test_a_folder_is_sent_to_this_command(tmp_path, capsys, language, says):
    file = settings(tmp_path, language=language)
    assert main(["evaluate", str(file)]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
