"""What `impact init` takes the columns of real files for: headers as field teams write them, in three languages."""

import numpy as np
import pandas as pd
import pytest

from impact.evaluation.starting.guesses import guessed
from impact.survey.files.read import SurveyTable
from impact.survey.package.schema import load_schema

ROWS = np.arange(120)
GROUP = ROWS // 6
TREATED = GROUP % 2 == 1


def of(name: str, treated: object = "Sí", control: object = "No", **others) -> pd.DataFrame:
    """Return a survey whose column ``name`` says who is treated."""
    return pd.DataFrame(
        {
            "hogar": [f"H{k}" for k in ROWS],
            "grupo": [f"G{k}" for k in GROUP],
            name: np.where(TREATED, treated, control),
            "edad": 20 + ROWS % 41,
            "ingreso": 500.0 + ROWS * 7 % 97,
            **others,
        }
    )


def guesses(table: pd.DataFrame):
    return guessed({"encuesta": SurveyTable(table, {}, {}, "encuesta")}, load_schema())


TREATMENTS = {
    "condición": ("beneficiario", "control"),
    "Condicion ": ("Tratado", "No tratado"),
    "grupo_tratamiento": ("Tratamiento", "Control"),
    "¿Es beneficiario del programa?": ("SI", "NO"),
    "BENEF": (1, 0),
    "beneficiarios": ("1", "0"),
    "tipo_hogar": ("Beneficiario", "No beneficiario"),
    "estado": ("tratado", "comparación"),
    "recibió apoyo": ("Si", "No"),
    "intervención": ("Intervenido", "No intervenido"),
    "PAR": ("PAR", "NO PAR"),
    "alianza": ("Con alianza", "Sin alianza"),
    "T": (1, 0),
    "treatment_group": ("treated", "comparison"),
    "arm": ("treatment", "control"),
    "condição": ("beneficiário", "controle"),
    "participa do projeto": ("Sim", "Não"),
}


@pytest.mark.parametrize("name", TREATMENTS)
def test_the_treatment_is_known_by_its_name_or_by_what_its_values_say(name):
    found = guesses(of(name, *TREATMENTS[name]))
    assert (found.treatment, found.cluster, found.id) == (name, "grupo", "hogar")
    assert found.covariates == ["edad"] and found.outcomes == ["ingreso"]


@pytest.mark.parametrize(
    ("name", "treated", "control"),
    [
        ("control", 1, 0),
        ("sexo", "Hombre", "Mujer"),
        ("tiene luz", "Sí", "No"),
        ("pobre", "pobre", "no pobre"),
        ("y", 1, 0),
    ],
)
def test_what_does_not_say_so_is_not_taken_for_the_treatment(name, treated, control):
    assert guesses(of(name, treated, control)).treatment == ""


def test_values_that_one_names_are_written_as_they_are():
    assert guesses(of("PAR", "PAR", "NO PAR")).arms == ("PAR", "NO PAR")
    assert guesses(of("condicion", "Tratado", "No tratado")).arms is None  # read by itself


def test_the_column_that_says_it_best_is_the_treatment():
    asked = of("participa_en_asamblea", asignacion=np.where(TREATED, "Tratamiento", "Control"))
    assert guesses(asked).treatment == "asignacion"


REGION = np.array(["Altiplano", "Valle", "Trópico"])[GROUP % 3]
TWICE = {
    "a department beside its region": {
        "región": REGION,
        "departamento": np.array(["LP", "CB", "SC"])[GROUP % 3],
    },
    "spelled twice": {"región": REGION, "Region": np.char.upper(REGION.astype(str))},
    "the zones of a region": {
        "region": REGION,
        "zona": np.char.add(REGION.astype(str), (GROUP % 2).astype(str)),
    },
}


@pytest.mark.parametrize("columns", TWICE.values(), ids=TWICE)
def test_one_thing_is_proposed_once(columns):
    found = guesses(of("tratado", **columns))
    first, second = columns
    assert found.covariates == ["edad", first] and found.repeated == [second]


HEADERS = {
    "Spanish": {
        "Nº Boleta": [f"B-{k}" for k in ROWS],
        "Asociación": [f"A{k}" for k in GROUP],
        " Condición": np.where(TREATED, "Beneficiario", "Control"),
        "Región\n": REGION,
        "Edad del jefe (años)": 20 + ROWS % 41,
        "Escolaridad (años)": ROWS % 13,
        "Tiempo al mercado (min)": ROWS % 53,
        "Superficie hoy (ha)": ROWS % 7 + 0.5,
        "Factor de expansión": 10.0 + ROWS % 5,
        "Ingreso neto (Bs/año)": 500.0 + ROWS * 7 % 97,
        "Ventas (Bs/año)": 300.0 + ROWS * 5 % 89,
    },
    "Portuguese": {
        "Questionário": [f"B-{k}" for k in ROWS],
        "Associação": [f"A{k}" for k in GROUP],
        "Grupo de estudo": np.where(TREATED, "Tratamento", "Controle"),
        "Região": REGION,
        "Idade": 20 + ROWS % 41,
        "Escolaridade": ROWS % 13,
        "Distância ao mercado": ROWS % 53,
        "Área atual": ROWS % 7 + 0.5,
        "Peso amostral": 10.0 + ROWS % 5,
        "Renda líquida": 500.0 + ROWS * 7 % 97,
        "Vendas": 300.0 + ROWS * 5 % 89,
    },
    "English": {
        "Household ID": [f"B-{k}" for k in ROWS],
        "Association": [f"A{k}" for k in GROUP],
        "Study arm": np.where(TREATED, "Treatment", "Comparison"),
        "Region": REGION,
        "Age": 20 + ROWS % 41,
        "Schooling": ROWS % 13,
        "Distance to market": ROWS % 53,
        "Current area": ROWS % 7 + 0.5,
        "Weight": 10.0 + ROWS % 5,
        "Net income": 500.0 + ROWS * 7 % 97,
        "Sales": 300.0 + ROWS * 5 % 89,
    },
}


@pytest.mark.parametrize("columns", HEADERS.values(), ids=HEADERS)
def test_every_role_of_a_file_is_guessed(columns):
    found, names = guesses(pd.DataFrame(columns)), list(columns)
    assert (found.id, found.cluster, found.treatment, found.sampling_weight) == (
        names[0],
        names[1],
        names[2],
        names[8],
    )
    assert found.covariates == names[3:7] and found.outcomes == names[9:]
