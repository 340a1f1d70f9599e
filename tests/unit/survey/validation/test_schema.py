"""The data package: valid for others, complete in both languages, found on every route."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import frictionless
import pytest
import yaml

from impact.errors import DataError
from impact.survey.package.covariate_timing import refuse_bad_controls
from impact.survey.package.schema import data_schema_folder, load_schema

ROOT = Path(__file__).resolve().parents[4]


def descriptor() -> dict:
    return yaml.safe_load((ROOT / "data_schema" / "datapackage.yaml").read_text(encoding="utf-8"))


def test_the_descriptor_is_a_valid_data_package() -> None:
    assert list(frictionless.Package.metadata_validate(descriptor())) == []


def test_the_validity_check_can_fail() -> None:
    broken = descriptor()
    broken["resources"][0]["schema"]["fields"][0]["constraints"]["largest"] = 1
    assert list(frictionless.Package.metadata_validate(broken)) != []


def test_foreign_keys_name_tables_and_fields_that_exist() -> None:
    package = frictionless.Package.from_descriptor(descriptor())
    links = [(resource.name, key) for resource in package.resources for key in resource.schema.foreign_keys]
    records = {"subproject_finance", "subproject_record", "buyer", "application", "workshop", "perception"}
    assert {name for name, _ in links} == {"household", "group"} | records
    for _, key in links:
        target = package.get_resource(key["reference"]["resource"])
        assert set(key["reference"]["fields"]) <= set(target.schema.field_names)
        assert target.schema.primary_key == key["reference"]["fields"]


def test_every_field_speaks_both_languages_and_every_category_has_a_label() -> None:
    schema = load_schema()
    records = {"subproject_finance", "subproject_record", "buyer", "application", "workshop", "perception"}
    reference_tables = {"poverty_lines", "cpi", "unit_conversions", "product_price"}
    assert set(schema.tables) == {"household", "group", "municipality"} | records | reference_tables
    for table in schema.tables.values():
        for field in table.fields.values():
            assert field.label.es and field.label.en
            assert bool(field.description.es) == bool(field.description.en)
            for category in field.categories:
                assert category.label.es and category.label.en
    for entry in (field for part in descriptor()["resources"] for field in part["schema"]["fields"]):
        if "categories" in entry:
            assert [item["value"] for item in entry["categories"]] == entry["constraints"]["enum"]


def test_coordinates_and_self_identification_are_sensitive() -> None:
    schema = load_schema()
    sensitive = {
        field.name for table in schema.tables.values() for field in table.fields.values() if field.sensitive
    }
    assert sensitive == {"lat", "lon", "indigenous", "language"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("role: cluster", "role: clustre", "Field group_id of table household must have a role among"),
        ('      title_es: "Código del hogar"\n', "", "lacks the entry 'title_es'"),
        (
            "{parts: [qty_grade_a], whole: qty_sold}",
            "{parts: [qty_grade_a], whole: qty_sould}",
            "household.qty_sould",
        ),
        (
            "{parts: [qty_grade_a], whole: qty_sold}",
            "{part: [qty_grade_a], whole: qty_sold}",
            "missing or unknown part",
        ),
        ("    ceilings:\n", "    ceiling:\n", "must be among assignment, ceilings"),
        ("name: rural-alliances-survey", "name: [", "must be YAML"),
    ],
)
def test_a_wrong_descriptor_says_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (data_schema_folder() / "datapackage.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "datapackage.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_schema(tmp_path)


def test_an_absent_descriptor_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"got mine\.yaml, which does not exist"):
        load_schema(tmp_path / "mine.yaml")


def test_a_source_tree_or_editable_run_finds_the_folder_beside_the_package() -> None:
    find = "import impact.survey.package.schema as s; print(s.__file__); print(s.data_schema_folder())"
    found = subprocess.run([sys.executable, "-c", find], capture_output=True, text=True, check=True, cwd=ROOT)
    module, folder = found.stdout.split("\n")[:2]
    assert Path(module).is_relative_to(ROOT / "impact") and Path(folder) == ROOT / "data_schema"


def test_the_wheel_carries_the_folder_inside_the_package(tmp_path: Path) -> None:
    build = (
        "import sys; from hatchling.builders.wheel import WheelBuilder; "
        "print(*WheelBuilder(sys.argv[1]).build(directory=sys.argv[2]))"
    )
    built = subprocess.run(
        [sys.executable, "-c", build, str(ROOT), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    site = tmp_path / "site"
    with zipfile.ZipFile(built.stdout.split()[-1]) as wheel:
        wheel.extractall(site)
    find = (
        "import impact.survey.package.schema as s; "
        "print(s.__file__); print(s.data_schema_folder()); "
        "print(len(s.load_schema().tables['household'].fields))"
    )
    found = subprocess.run(
        [sys.executable, "-c", find],
        capture_output=True, text=True, check=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(site)},
    )  # fmt: skip
    module, folder, fields = found.stdout.splitlines()
    assert Path(module).resolve().is_relative_to(site.resolve())
    assert Path(folder).resolve() == (site / "impact" / "data_schema").resolve()
    assert int(fields) == len(load_schema().tables["household"].fields)


@pytest.mark.parametrize(
    "column",
    [
        "hh_size",
        "buyer_type",
        "coll_inputs",
        "other_program_now",
        "income_total",
        "svc_ta",
        "still_operating",
        "treated",
        "poor_mod",
    ],
)
def test_what_the_programme_may_have_changed_is_no_covariate(column: str) -> None:
    with pytest.raises(DataError, match=f"'{column}'"):
        refuse_bad_controls(["head_age", column], load_schema())


def test_what_was_settled_before_is_a_covariate() -> None:
    before = [
        "head_age",
        "head_educ",
        "indigenous",
        "hh_size_pre",
        "land_owned_pre",
        "travel_time_market",
        "region",
        "rain_dev",
        "unheard_of",
    ]
    assert refuse_bad_controls(before, load_schema()) is None


def test_the_refusal_names_each_column_the_reason_and_the_remedy_in_spanish() -> None:
    with pytest.raises(DataError) as refusal:
        refuse_bad_controls(["hh_size", "buyer_type"], load_schema(), language="es")
    message = str(refusal.value)
    assert "'hh_size' (Miembros del hogar) tiene el rol 'denominador de un resultado'" in message
    assert "use 'hh_size_pre' en su lugar" in message
    assert (
        "'buyer_type' (Tipo de comprador principal) tiene el rol 'resultado' "
        "y el momento 'al momento de la entrevista'" in message
    )
