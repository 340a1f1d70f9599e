"""What the check knows, the evaluation obeys: from the configuration to the numbers through one door."""

import openpyxl
import pandas as pd
import pyreadstat
import pytest

import impact as im
from impact.cli import main
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_sample
from impact.evaluation.run import evaluate
from tests.dirty_corpus import clean_household, numbers

quiet = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
SURVEY = im.synthetic.rural_alliances(6, groups=60)
OWN = """
language = "{language}"
{top}
[data]
file = "{file}"
{data}
[roles]
treatment = "beneficiario"
covariates = ["edad", "region", "educacion", "miembros"]
cluster = "grupo"
id = "hogar"
group_assigned = true
[[outcomes]]
column = "ingreso"
[[outcomes]]
column = "tierra"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""
SCHEMA = """
language = "en"
synthetic = true
[data]
{data}
schema = true
[roles]
{roles}
covariates = ["region", "education_index", "assets_pre", "travel_time_market"]
cluster = "group_id"
group_assigned = true
sampling_weight = "weight"
id = "hh_id"
missing = "drop"
[[outcomes]]
column = "area_cultivated"
[[outcomes]]
column = "income_labour"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
{more}
"""


def own(folder, file="survey.csv", data="", top="", language="en"):
    path = folder / "evaluation.toml"
    path.write_text(OWN.format(file=file, data=data, top=top, language=language), encoding="utf-8")
    return path


def by_schema(folder, data='file = "household.csv"', roles='treatment = "treated"', more=""):
    path = folder / "evaluation.toml"
    path.write_text(SCHEMA.format(data=data, roles=roles, more=more), encoding="utf-8")
    return path


def found(path, accept=()):
    return numbers(configured_sample(read_configuration(path), accept)).to_numpy(dtype=float)


@pytest.fixture(scope="module")
def clean():
    return numbers(im.Sample(clean_household().set_index("hogar", drop=False).rename_axis(None), "beneficiario",
        ["edad", "region", "educacion", "miembros"], ["ingreso", "tierra"], cluster="grupo", id="hogar")).to_numpy(float)  # fmt: skip


@pytest.fixture(scope="module")
def clean_schema():
    roles = SURVEY.roles() | {
        "covariates": ["region", "education_index", "assets_pre", "travel_time_market"],
        "outcomes": ["area_cultivated", "income_labour"],
    }
    return numbers(im.Sample(SURVEY.household, **roles, missing="drop")).to_numpy(float)


def test_a_clean_file_gives_the_librarys_numbers(tmp_path, clean):
    clean_household().to_csv(tmp_path / "survey.csv", index=False)
    assert found(own(tmp_path)) == pytest.approx(clean, rel=1e-12)


def test_missing_codes_of_the_schema_are_missing_in_the_evaluation(tmp_path, clean_schema):
    household = SURVEY.household.copy()
    lacking = household.index[::40]
    household["area_cultivated"] = household["area_cultivated"].astype(float)
    household.loc[lacking, "area_cultivated"] = float("nan")
    household.to_csv(tmp_path / "household.csv", index=False)
    blank = found(by_schema(tmp_path))
    household.loc[lacking, "area_cultivated"] = -99
    household.to_csv(tmp_path / "household.csv", index=False)
    path = by_schema(tmp_path)
    assert found(path) == pytest.approx(blank, rel=1e-12)
    assert blank[1] == pytest.approx(clean_schema[1], rel=1e-12)
    steps = configured_sample(read_configuration(path)).flow.set_index("step")["units"]
    assert steps["area_cultivated: code -99 read as missing"] == len(lacking)


@quiet
def test_answers_in_words_pass_check_and_evaluation_alike(tmp_path, clean_schema):
    household = SURVEY.household.assign(
        treated=SURVEY.household["treated"].astype(int).map({1: "Sí", 0: "No"}),
        response=SURVEY.household["response"].astype(str).replace({"complete": "Completa"}),
    )
    household.to_csv(tmp_path / "household.csv", index=False)
    path = by_schema(tmp_path, 'file = "household.csv"\nresponse = "response"')
    assert found(path) == pytest.approx(clean_schema, rel=1e-12)
    evaluation = evaluate(path)
    answered = evaluation.findings.response.frame
    assert (answered.loc[answered["response"] == "complete", "units"] > 0).all()


def contaminated(folder):
    """Write a survey in which five control groups were paid two hundred days before their interview."""
    group, household = SURVEY.group.copy(), SURVEY.household
    controls = group.index[group["treated"] == 0][:5]
    last = household.groupby("group_id")["interview_date"].min()
    ids = group.loc[controls, "group_id"] if "group_id" in group else controls.to_series()
    group.loc[controls, "disb1_date"] = (last.loc[ids.to_numpy()] - pd.Timedelta(days=200)).to_numpy()
    household.to_csv(folder / "household.csv", index=False)
    group.to_csv(folder / "group.csv", index=False)
    return sorted(map(str, ids))


TABLES = '[tables]\nhousehold = "household.csv"\ngroup = "group.csv"\n'


def test_controls_already_paid_stop_the_evaluation_by_group(tmp_path, capsys):
    groups = contaminated(tmp_path)
    path = by_schema(tmp_path, data="", more=TABLES)
    with pytest.raises(im.SurveyRefusedError) as refused:
        evaluate(path)
    [concern] = [one for one in refused.value.concerns if one.rule == "control_disbursed"]
    assert list(concern.where) == groups and len(groups) == 5
    assert main(["evaluate", str(path)]) == 1
    said = capsys.readouterr().err
    assert "control already disbursed (control_disbursed)" in said and groups[0] in said
    sheet = openpyxl.load_workbook(tmp_path / "evaluation-problems.xlsx").active
    lines = [row for row in sheet.iter_rows(values_only=True) if row[1] == "control_disbursed"]
    assert len(lines) == len(concern.rows) and {row[2] for row in lines} == {"household"}


@pytest.mark.filterwarnings("default::impact.errors.DataQualityWarning")
def test_what_is_accepted_by_name_is_printed_in_the_report_without_a_group(tmp_path, capsys):
    groups = contaminated(tmp_path)
    path = by_schema(tmp_path, data="", more=TABLES)
    rules = ["--accept", "control_disbursed", "--accept", "treatment_dates"]
    assert main(["evaluate", str(path), "--out", str(tmp_path / "page.html"), *rules]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Accepted by name (control_disbursed)" in page
    assert not any(f">{group}<" in page or f" {group} " in page for group in groups)


def test_treatment_from_the_dates_of_the_form(tmp_path, clean_schema):
    SURVEY.household.drop(columns="treated").to_csv(tmp_path / "household.csv", index=False)
    SURVEY.group.to_csv(tmp_path / "group.csv", index=False)
    path = by_schema(tmp_path, data="", roles="", more="[treatment]\nrule = true\n" + TABLES)
    assert found(path) == pytest.approx(clean_schema, rel=1e-12)
    steps = configured_sample(read_configuration(path)).flow["step"]
    assert "treated: derived from group.disb1_date" in set(steps)


def test_dates_of_ones_own_columns_make_treatment(tmp_path, clean):
    frame = clean_household()
    groups = frame[["grupo", "beneficiario"]].drop_duplicates("grupo")
    groups["desembolso"] = groups["beneficiario"].map({1: "2013-05-01", 0: None})
    frame.drop(columns="beneficiario").assign(entrevista="2014-07-01").to_csv(
        tmp_path / "survey.csv", index=False
    )
    groups.drop(columns="beneficiario").to_csv(tmp_path / "grupos.csv", index=False)
    rule = (
        '[treatment]\nrule = true\ngroup = "grupo"\ninterview = "entrevista"\ntable = "grupos"\ndate = "desembolso"\n'
        '[tables.hogares]\nfile = "survey.csv"\n[tables.grupos]\nfile = "grupos.csv"\nkey = "grupo"\n'
    )
    assert found(own(tmp_path, top=rule)) == pytest.approx(clean, rel=1e-12)


def test_three_sheets_of_a_workbook_are_one_survey(tmp_path, clean_schema):
    file = tmp_path / "encuesta.xlsx"
    with pd.ExcelWriter(file) as book:
        for name in ("household", "group", "municipality"):
            getattr(SURVEY, name).to_excel(book, sheet_name=name, index=False)
    assert found(by_schema(tmp_path, 'file = "encuesta.xlsx"')) == pytest.approx(clean_schema, rel=1e-10)


def test_treatment_by_label_and_rows_of_neither_arm(tmp_path, clean):
    frame = clean_household()
    frame["beneficiario"] = frame["beneficiario"].map({1: "Financiada", 0: "Pipeline"})
    third = frame.iloc[:6].assign(beneficiario="Retirada", grupo="G-90", hogar=[f"Z-{k}" for k in range(6)])
    pd.concat([frame, third]).to_csv(tmp_path / "survey.csv", index=False)
    path = own(tmp_path, top='[treatment]\ntreated = "financiada"\ncontrol = ["pipeline"]\n')
    assert found(path) == pytest.approx(clean, rel=1e-12)
    sample = configured_sample(read_configuration(path))
    assert (sample.exclusions["reason"] == "neither treated nor control").sum() == 6
    with pytest.raises(im.SurveyRefusedError, match=r"'Retirada' \(6\)"):
        found(own(tmp_path, top='[treatment]\ntreated = "financiada"\n'))


@quiet
def test_labelled_codes_are_categories_and_labels_are_names_in_the_report(tmp_path, clean):
    frame = clean_household().replace({"region": {"Altiplano": 1, "Trópico": 2, "Valle": 3}})
    frame["region"] = frame["region"].astype(float)
    pyreadstat.write_dta(
        frame,
        str(tmp_path / "survey.dta"),
        column_labels={"ingreso": "Ingreso neto anual", "edad": "Edad del jefe"},
        variable_value_labels={"region": {1: "Altiplano", 2: "Trópico", 3: "Valle"}},
    )
    path = own(tmp_path, "survey.dta")
    assert found(path) == pytest.approx(clean, rel=1e-12)
    sample = configured_sample(read_configuration(path))
    assert "region: 3 labelled codes read as categories" in set(sample.flow["step"])
    page = evaluate(path).report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Ingreso neto anual" in page and "Edad del jefe" in page and "region: Trópico" in page
    as_number = configured_sample(read_configuration(own(tmp_path, "survey.dta", 'numeric = ["region"]')))
    assert list(as_number.matrix.columns) == ["edad", "region", "educacion", "miembros"]


def test_codes_named_by_column_or_for_the_file(tmp_path):
    frame = clean_household().astype({"miembros": object})
    frame.loc[:9, "miembros"] = "NS/NR"
    frame.loc[10:14, "tierra"] = -99
    frame.to_csv(tmp_path / "survey.csv", index=False)
    roles = OWN.replace("id =", 'missing = "drop"\nid =')
    path = tmp_path / "evaluation.toml"
    results = []
    for codes in (
        'missing_codes = ["NS/NR", -99]',
        '[data.missing_codes]\nmiembros = ["NS/NR"]\ntierra = [-99]',
    ):
        path.write_text(roles.format(file="survey.csv", data=codes, top="", language="en"), encoding="utf-8")
        sample = configured_sample(read_configuration(path))
        assert len(sample) == 350 and sample.gaps == {"tierra": 5}
        results.append(numbers(sample).to_numpy(dtype=float))
    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_every_problem_of_a_file_comes_in_one_run_in_spanish(tmp_path, capsys):
    frame = clean_household().astype({"miembros": object})
    frame.loc[:9, "miembros"] = "NS/NR"
    frame.loc[10:14, "tierra"] = -99
    frame.loc[3, "region"] = "TROPICO"
    frame["beneficiario"] = frame["beneficiario"].map({1: "A", 0: "B"})
    frame.to_csv(tmp_path / "survey.csv", index=False)
    path = own(tmp_path, language="es")
    assert main(["evaluate", str(path)]) == 1
    said = capsys.readouterr().err
    for rule in ("stray_text", "codes", "spellings", "treatment"):
        assert f"({rule})" in said
    assert "Los datos no cumplen 4 reglas" in said and "se corrij" not in said
    for english in (" the ", "rows", "holds", "Correct"):
        assert english not in said
    titles = [cell.value for cell in openpyxl.load_workbook(tmp_path / "evaluation-problems.xlsx").active[1]]
    assert titles[0] == "Regla" and "Qué hacer" in titles


def test_two_waves_stop_and_one_is_chosen(tmp_path, clean):
    frame = clean_household()
    both = pd.concat([frame.assign(ronda=0, ingreso=frame["ingreso"] * 0.7), frame.assign(ronda=1)])
    both.to_csv(tmp_path / "survey.csv", index=False)
    with pytest.raises(im.SurveyRefusedError, match=r"wave = 1"):
        found(own(tmp_path))
    assert found(own(tmp_path, data="wave = 1")) == pytest.approx(clean, rel=1e-12)


def test_certify_goes_through_the_same_door(tmp_path):
    frame = clean_household()
    frame["beneficiario"] = frame["beneficiario"].map({1: "Sí", 0: "No"})
    frame.to_csv(tmp_path / "survey.csv", index=False)
    from impact.evaluation.by_itself.certify import certify_evaluation

    assert len(certify_evaluation(own(tmp_path), draws=2).frame)


@pytest.mark.parametrize(
    ("treatment", "message"),
    [
        ('rule = true\ntreated = "Sí"', "leave out treated and control, or rule"),
        ('group = "grupo"', "group belongs to rule = true|key 'group' belongs to rule"),
        ('rule = true\ngroup = "grupo"', "needs group, interview, table and date"),
        ("rule = true", r"needs a schema.*\[data\] schema = true"),
        ('treatd = "Sí"', "unknown key 'treatd'.*treated"),
    ],
)
def test_wrong_tables_of_treatment_name_the_key(tmp_path, treatment, message):
    clean_household().to_csv(tmp_path / "survey.csv", index=False)
    with pytest.raises(im.OptionError, match=message):
        read_configuration(own(tmp_path, top=f"[treatment]\n{treatment}\n"))


@pytest.mark.parametrize(
    "named", ['[data]\nfile = "household.csv"', '[data]\n[tables]\nhousehold = "household.csv"']
)
def test_further_files_stand_beside_the_configuration_however_the_data_are_named(tmp_path, named):
    file = tmp_path / "evaluation.toml"
    roles = '[roles]\ntreatment = "treated"\ncovariates = ["age"]\n[[outcomes]]\ncolumn = "income"\n'
    file.write_text(f"{named}\n{roles}", encoding="utf-8")
    assert read_configuration(file).data.folder == tmp_path
