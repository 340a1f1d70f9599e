"""Small dirty surveys: each a mistake of real files, with what must come of it: the clean numbers, or the rule that stops it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import impact as im
from impact.survey.files.read import SurveyTable

ROLES = {
    "treatment": "beneficiario",
    "covariates": ["edad", "region", "educacion", "miembros"],
    "outcomes": ["ingreso", "tierra"],
    "cluster": "grupo",
    "id": "hogar",
    "group_assigned": True,
}
REGIONS = {1: "Trópico", 2: "Valle", 3: "Altiplano"}


def clean_household(groups: int = 60, seed: int = 7) -> pd.DataFrame:
    """Return households of 60 groups, as a tidy text file would hold them."""
    generator = np.random.default_rng(seed)
    n = groups * 6
    group = np.arange(n) // 6
    region = (np.arange(groups) % 3 + 1)[group]
    edad = generator.integers(22, 80, n)
    treated = (generator.random(groups) < 0.35 + 0.1 * (np.arange(groups) % 3))[group].astype(int)
    ingreso = 900 + 12 * edad + 150 * treated + 80 * region + generator.gamma(2, 150, n)
    return pd.DataFrame(
        {
            "hogar": [f"H-{k:04d}" for k in range(n)],
            "grupo": [f"G-{k:02d}" for k in group],
            "beneficiario": treated,
            "edad": edad,
            "region": pd.Series(region).map(REGIONS),
            "educacion": generator.integers(0, 13, n),
            "miembros": generator.integers(1, 9, n),
            "ingreso": ingreso.round(2),
            "tierra": generator.gamma(2, 1.5, n).round(2),
        }
    )


def clean_numbers() -> pd.DataFrame:
    """Return the estimates of the clean file."""
    return numbers(im.Sample.from_tables(clean_household(), **ROLES))


def numbers(sample: im.Sample) -> pd.DataFrame:
    """Return estimates and errors by one strategy, in the order of the outcomes."""
    matched = im.match(sample, im.Kernel(im.PropensityScore()))
    table = im.estimate(matched, bias_adjustment="linear").frame
    return table[["estimate", "std_error", "control_mean", "n_treated", "n_control"]]


@dataclass(frozen=True)
class Dirty:
    """A mistake, and what must come of it."""

    name: str
    make: Callable[[pd.DataFrame], Any]
    stops: str | None = None  # the rule; None: the clean numbers
    says: str = ""  # a pattern of the message
    told: str = ""  # a pattern of the warning
    options: dict[str, Any] = field(default_factory=dict)
    error: type[Exception] | None = None


def _set(column: str, rows: slice, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(object)
        frame.loc[frame.index[rows], column] = value
        return frame

    return make


def _coded(column: str, code: object, count: int = 30) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Blank some cells with a code that stands for nothing: rows are added so that the clean ones stay complete."""

    def make(frame: pd.DataFrame) -> pd.DataFrame:
        more = frame.iloc[:count].copy()
        more["hogar"] = [f"X-{k:04d}" for k in range(count)]
        more[column] = code
        return pd.concat([frame, more], ignore_index=True)

    return make


def _mapped(column: str, values: dict[object, object]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{column: frame[column].map(values)})


def _labelled(
    column: str, codes: dict[object, int], labels: dict[object, str]
) -> Callable[[pd.DataFrame], SurveyTable]:
    def make(frame: pd.DataFrame) -> SurveyTable:
        frame[column] = frame[column].map(codes).astype(float)
        return SurveyTable(frame, value_labels={column: labels}, source="survey.dta")

    return make


def _comma(column: str, thousands: bool = False) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def written(value: float) -> str:
        text = f"{value:,.2f}" if thousands else f"{value:.2f}"
        return text.replace(",", " ").replace(".", ",").replace(" ", ".")

    return lambda frame: frame.assign(**{column: frame[column].map(written)})


def _spelled(column: str, replace: dict[str, str], every: int = 4) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        some = frame.index % every == 0
        return frame.assign(**{column: frame[column].mask(some, frame[column].replace(replace))})

    return make


def _with_total(frame: pd.DataFrame) -> pd.DataFrame:
    total = frame.iloc[[0]].copy()
    total["hogar"], total["grupo"] = "TOTAL", None
    for column in ("edad", "educacion", "miembros", "ingreso", "tierra"):
        total[column] = frame[column].sum()
    return pd.concat([frame, total], ignore_index=True)


def _with_silent_total(frame: pd.DataFrame) -> pd.DataFrame:
    total = _with_total(frame)
    total.loc[total.index[-1], ["hogar", "grupo"]] = ["H-9999", "G-99"]
    return total


def _split(frame: pd.DataFrame, **changes: Any) -> dict[str, pd.DataFrame]:
    groups = frame[["grupo", "beneficiario", "region"]].drop_duplicates("grupo")
    units = frame.drop(columns=["beneficiario", "region"])
    return {"hogares": units, "grupos": groups} | {
        name: change(groups if name == "grupos" else units) for name, change in changes.items()
    }


KEYS = {"keys": {"grupos": "grupo"}}
SI = {1: "Sí", 0: "No"}
CORPUS: tuple[Dirty, ...] = (
    # treatment by value or label
    Dirty("treatment sí and no", _mapped("beneficiario", SI)),
    Dirty("treatment SI and NO", _mapped("beneficiario", {1: "SI", 0: "NO"})),
    Dirty("treatment in several spellings", lambda frame: frame.assign(beneficiario=[("Sí", "si ", "SÍ")[k % 3] if v else ("No", "NO")[k % 2] for k, v in enumerate(frame["beneficiario"])])),
    Dirty("treatment yes and no", _mapped("beneficiario", {1: "yes", 0: "no"})),
    Dirty("treatment true and false", _mapped("beneficiario", {1: True, 0: False})),
    Dirty("treatment by its words", _mapped("beneficiario", {1: "Beneficiario", 0: "Comparación"})),
    Dirty("treatment as 1 and 2 with labels", _labelled("beneficiario", {1: 1, 0: 2}, {1.0: "Sí", 2.0: "No"})),
    Dirty("treatment as 1 and 2 by words", _labelled("beneficiario", {1: 1, 0: 2}, {1.0: "Tratamiento", 2.0: "Control"})),
    Dirty("treatment as 1 and 2 without labels", _mapped("beneficiario", {1: 1, 0: 2}), "treatment", r"it holds '\d' \(\d+\), '\d'"),
    Dirty("treatment as 1 and 2, named", _mapped("beneficiario", {1: 1, 0: 2}), options={"treated": 1, "control": 2}),
    Dirty("treatment as words unknown", _mapped("beneficiario", {1: "Fase 1", 0: "Fase 2"}), "treatment", "treated = "),
    Dirty("treatment as words, named", _mapped("beneficiario", {1: "Fase 1", 0: "Fase 2"}), options={"treated": "fase 1"}),
    Dirty("treated named that does not occur", _mapped("beneficiario", SI), "treatment", "named: 'Quizás'", options={"treated": "Quizás"}),
    Dirty("a third value of treatment", _set("beneficiario", slice(0, 3), "Retirado"), "treatment", "'Retirado' \\(3\\)"),
    Dirty("treatment as text 1 and 0", _mapped("beneficiario", {1: "1", 0: "0"})),
    # missing codes
    Dirty("code -99 in an outcome", _coded("tierra", -99), "codes", r"-99 \(30\)"),
    Dirty("code -99 in an outcome, named", _coded("tierra", -99, 0), options={"missing_codes": [-99]}),
    Dirty("codes -97 and -98 in age", _set("edad", slice(0, 12), -98), "codes", r"'edad'.*-98 \(12\)"),
    Dirty("code -999 once", _set("miembros", slice(5, 6), -999), "codes", r"-999 \(1\)"),
    Dirty("code 999 in age", _coded("edad", 999, 8), told=r"'edad'.*999 \(8\)", error=AssertionError),
    Dirty("code as text, NS/NR", _set("miembros", slice(0, 30), "NS/NR"), "stray_text", r"'NS/NR' \(30\)"),
    Dirty("code as a dash", _set("ingreso", slice(0, 4), "-"), "stray_text", r"'-' \(4\)"),
    Dirty("code as s/d and n.a.", lambda frame: _set("edad", slice(3, 5), "n.a.")(_set("edad", slice(0, 3), "s/d")(frame)), "stray_text", r"'s/d' \(3\), 'n.a.' \(2\)"),
    Dirty("labelled no sabe", lambda frame: SurveyTable(_set("miembros", slice(0, 9), 88)(frame).astype({"miembros": float}), value_labels={"miembros": {88.0: "No sabe"}}, source="s.dta"), "codes", "88 No sabe' \\(9\\)"),
    Dirty("infinite income", lambda frame: frame.assign(ingreso=frame["ingreso"].where(frame.index > 0, np.inf)), says="must be finite", error=im.DataError),
    # stray text and numbers as text
    Dirty("units behind a number", _set("tierra", slice(0, 5), "2 ha"), "stray_text", r"'2 ha' \(5\)"),
    Dirty("currency before a number", _set("ingreso", slice(0, 2), "Bs 1200"), "stray_text", r"'Bs 1200' \(2\)"),
    Dirty("a question mark", _set("educacion", slice(0, 1), "?"), "stray_text", r"'\?' \(1\)"),
    Dirty("letter O for zero", _set("educacion", slice(0, 2), "1O"), "stray_text", r"'1O' \(2\)"),
    Dirty("numbers as text", lambda frame: frame.assign(edad=frame["edad"].astype(str))),
    Dirty("numbers as text with spaces", lambda frame: frame.assign(edad=" " + frame["edad"].astype(str) + " ")),
    Dirty("numbers as objects", lambda frame: frame.assign(edad=frame["edad"].astype(object))),
    Dirty("decimal commas as text", _comma("ingreso")),
    Dirty("decimal commas and thousands", _comma("ingreso", thousands=True)),
    Dirty("decimal commas in a covariate", lambda frame: _comma("edad")(frame)),
    Dirty("thousands that may be decimals", lambda frame: frame.assign(ingreso=frame["ingreso"].round().map(lambda value: f"{value:,.0f}")), "stray_text", "thousands and what is decimals"),
    Dirty("both marks in one column", lambda frame: frame.assign(ingreso=[f"{v:.2f}" if k % 2 else f"{v:.2f}".replace(".", ",") for k, v in enumerate(frame["ingreso"])]), "stray_text", "thousands and what is decimals"),
    # spellings
    Dirty("TROPICO beside Trópico", _spelled("region", {"Trópico": "TROPICO"}), "spellings", r"'Trópico' \(\d+\), 'TROPICO' \(\d+\)"),
    Dirty("a space behind", _spelled("region", {"Valle": "Valle "}), "spellings", "'Valle '"),
    Dirty("two spaces and lower case", _spelled("region", {"Altiplano": " altiplano"}), "spellings", "' altiplano'"),
    Dirty("spellings merged", _spelled("region", {"Trópico": "TROPICO ", "Valle": "valle"}), options={"merge_spellings": True}),
    Dirty("spellings of a group", _spelled("grupo", {"G-00": "g-00"}, 2), "spellings", "'G-00'"),
    Dirty("spellings of a group merged", _spelled("grupo", {"G-00": "g-00", "G-05": "G-05 "}, 3), options={"merge_spellings": True}),
    Dirty("spellings accepted", _spelled("region", {"Trópico": "TROPICO"}), told="Accepted by name .spellings.", options={"accept": ["spellings"]}, error=AssertionError),
    # labelled codes
    Dirty("region as codes with labels", _labelled("region", {name: code for code, name in {1: "Altiplano", 2: "Trópico", 3: "Valle"}.items()}, {1.0: "Altiplano", 2.0: "Trópico", 3.0: "Valle"})),
    Dirty("region as codes with a label unused", _labelled("region", {"Altiplano": 1, "Trópico": 2, "Valle": 3}, {1.0: "Altiplano", 2.0: "Trópico", 3.0: "Valle", 4.0: "Otra"})),
    Dirty("region as text codes, categorical", _mapped("region", {"Altiplano": "01", "Trópico": "02", "Valle": "03"})),
    Dirty("region as plain codes, categorical", _mapped("region", {"Altiplano": 1, "Trópico": 2, "Valle": 3}), options={"categorical": ["region"]}),
    Dirty("age with labels of its codes alone", lambda frame: SurveyTable(frame.astype({"edad": float}), value_labels={"edad": {98.0: "98 o más"}}, source="s.sav")),
    # rows
    Dirty("a row of totals", _with_total, "totals", "totals or means"),
    Dirty("a row of totals without the word", _with_silent_total, "totals", "totals or means"),
    Dirty("an average at the end", lambda frame: pd.concat([frame, pd.DataFrame([{"hogar": "Promedio", "edad": 44.0}])], ignore_index=True), "totals", "totals or means"),
    Dirty("a record entered twice", lambda frame: pd.concat([frame, frame.iloc[[4]]], ignore_index=True), says="comes again", error=im.DataError),
    Dirty("two waves stacked", lambda frame: pd.concat([frame.assign(ronda=0), frame.assign(ronda=1)], ignore_index=True), "waves", r"'ronda': 0, 1"),
    Dirty("two waves, one chosen", lambda frame: pd.concat([frame.assign(ronda=0, ingreso=frame["ingreso"] / 2), frame.assign(ronda=1)], ignore_index=True), options={"wave": 1}),
    Dirty("a wave that there is not", lambda frame: frame.assign(ronda=1), says="wave must be one of 1", options={"wave": 3}, error=im.OptionError),
    Dirty("rows in another order", lambda frame: frame.sample(frac=1, random_state=2)),
    Dirty("blank row labels kept", lambda frame: frame.set_index(pd.RangeIndex(1000, 1000 + len(frame)))),
    # tables
    Dirty("groups in a table of their own", _split, options=KEYS),
    Dirty("groups without a key named", _split, says="Nothing says by which column", error=im.OptionError),
    Dirty("a group twice in its table", lambda frame: _split(frame, grupos=lambda groups: pd.concat([groups, groups.iloc[[0]]])), "keys", "more than once in table grupos", options=KEYS),
    Dirty("a group missing from its table", lambda frame: _split(frame, grupos=lambda groups: groups.iloc[1:]), "keys", "table grupos does not have", options=KEYS),
    Dirty("keys of two types", lambda frame: _split(frame, grupos=lambda groups: groups.assign(grupo=range(len(groups)))), "keys", "None matches", options=KEYS),
    Dirty("a group without households", lambda frame: _split(frame, grupos=lambda groups: pd.concat([groups, groups.iloc[[0]].assign(grupo="G-99")])), told="1 of 61 records of table grupos have no unit", options=KEYS),
    Dirty("region on both sides, one differs", lambda frame: _split(frame, hogares=lambda units: units.assign(region=frame["region"])) | {"grupos": frame[["grupo", "beneficiario", "region"]].drop_duplicates("grupo").replace({"region": {"Valle": "valle"}})}, told="'region' differs from table grupos", options=KEYS),
    # columns
    Dirty("a column with another name", lambda frame: frame.rename(columns={"edad": "Edad"}), says="Did you mean 'Edad'", error=im.OptionError),
    Dirty("a column twice", lambda frame: pd.concat([frame, frame[["edad"]]], axis=1), says="more than once", error=im.DataError),
    Dirty("a date for a covariate", lambda frame: frame.assign(edad=pd.Timestamp("2014-01-01")), says="holds dates", error=im.DataError),
    Dirty("a name for a covariate", lambda frame: frame.assign(region=[f"Comunidad {k}" for k in range(len(frame))]), says="looks like a name", error=im.DataError),
    Dirty("treatment that varies in a group", lambda frame: frame.assign(beneficiario=frame["beneficiario"].where(frame.index > 0, 1 - frame["beneficiario"])), says="must be constant within 'grupo'", error=im.DataError),
    Dirty("a rule to accept that is none", lambda frame: frame, says="accept must name rules", options={"accept": ["everything"]}, error=im.OptionError),
)  # fmt: skip
