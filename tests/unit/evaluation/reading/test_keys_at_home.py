"""A key in the wrong table is told its own, what no table reads is refused, and only what can be chosen is offered."""

import pytest

from impact.errors import OptionError
from impact.evaluation.configuration import read_configuration

FILE = """
language = "{language}"
[data]
file = "survey.csv"
{data}
[roles]
treatment = "treated"
covariates = ["age"]
{roles}
[[outcomes]]
column = "income"
{outcome}
{further}
"""


def refusal(folder, language="es", **parts):
    toml = folder / "evaluation.toml"
    empty = {"data": "", "roles": "", "outcome": "", "further": ""}
    toml.write_text(FILE.format(language=language, **(empty | parts)), encoding="utf-8")
    with pytest.raises(OptionError) as refused:
        read_configuration(toml)
    return str(refused.value)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"data": 'id = "hogar"'}, "clave desconocida 'id'. 'id' va en [roles]."),
        ({"data": 'identificador = "hogar"'}, "clave desconocida 'identificador'. 'id' va en [roles]."),
        ({"data": 'conglomerado = "g"'}, "'cluster' va en [roles]."),
        ({"data": 'covariables = ["edad"]'}, "clave desconocida 'covariables'. 'covariates' va en [roles]."),
        ({"data": 'archivos = "a.csv"'}, "clave desconocida 'archivos'. ¿Quiso decir 'file'?"),
        ({"roles": "missing_codes = [-99]"}, "'missing_codes' va en [data]."),
        ({"roles": "seed = 3"}, "'seed' va en el comienzo del archivo."),
        ({"outcome": "caliper = 0.2"}, "'caliper' va en [[strategies]]."),
        ({"further": '[gate]\nid = "hogar"'}, "'id' va en [roles]."),
        ({"further": '[quintiles]\nlatitude = "lat"'}, "'latitude' va en [spillover]"),
        ({"data": 'key = "g"'}, "'key' va en [tables.…]."),
        ({"data": 'outcomes = ["income"]'}, "clave desconocida 'outcomes'. 'outcomes' va en [[outcomes]]."),
        ({"data": 'resultados = ["income"]'}, "'outcomes' va en [[outcomes]]."),
        ({"roles": 'outcome = "income"'}, "'outcome' va en [[outcomes]]."),
        ({"roles": 'weight = "w"'}, "clave desconocida 'weight'. ¿Quiso decir 'sampling_weight'?"),
        ({"roles": 'vintage = "2018"'}, "'vintage' va en [[poverty_lines]]."),
        ({"roles": 'scratch = "/tmp"'}, "'scratch' va en [registry]."),
        ({"further": '[tables.grupo]\nfile = "g.csv"\ncluster = "g"'}, "'cluster' va en [roles]."),
        ({"further": '[treatment]\ncontrols = ["No"]'}, "¿Quiso decir 'control'?"),
        ({"data": "wavee = 1"}, "¿Quiso decir 'wave'?"),
    ],
)
def test_a_key_of_another_table_is_told_its_own(tmp_path, parts, said):
    assert said in refusal(tmp_path, **parts)


def test_in_english_too(tmp_path):
    assert "unknown key 'id'. 'id' belongs to [roles]." in refusal(tmp_path, "en", data='id = "household"')


def test_a_file_that_no_table_reads_is_refused(tmp_path):
    told = refusal(tmp_path, further='[tables.household]\nfile = "household.csv"')
    assert "tabla [data]: ninguna tabla lee la clave 'file'" in told
    assert '[tables.household] file = "survey.csv"' in told
    told = refusal(tmp_path, "en", data='decimal = ","', further='[tables.group]\nsheet = "group"')
    assert "key 'decimal' is read by no table" in told
    assert "[tables.group]" in told


def test_only_steps_that_a_file_can_give_are_offered(tmp_path):
    step = 'type = "derived"\nname = "pc"\nsteps = [{type = "por persona"}]'
    told = refusal(tmp_path, outcome=step)
    assert (
        "debe nombrar un paso: 'any above', 'drawn in', 'per adult equivalent', 'per period', 'per person', 'share of';"
        in told
    )
    assert "'custom distance'" not in refusal(
        tmp_path,
        further='[[strategies]]\nname = "a"\ntype = "radius"\ncaliper = 1.0\ndistance = "euclidiana"',
    )
