"""Within a sentence a label stands in quotation marks: it keeps its capital, which may be that of a proper name."""

import re

import pytest

import impact as im
from impact.evaluation.report_contents import report_contents
from impact.language import Language
from impact.report.contents import Contents, Section
from tests.evaluations import write_waves
from tests.unit.evaluation.test_further_sections import evaluated
from tests.unit.evaluation.test_monitoring_sections import folder as monitoring_folder  # noqa: F401 (a fixture)
from tests.unit.evaluation.test_spanish_report import write_survey

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
LABELS = {"income": "Ingreso neto", "age": "Edad del jefe", "herd": "Hato", "region": "Zona agroecológica"}
FURTHER = """
[[subgroups]]
by = "region"
[quantiles]
[anticipation]
[universe]
families = ["kernel"]
replications = 99
[sensitivity]
benchmarks = ["herd"]
simulated = ["herd"]
replications = 4
[placebo]
outcomes = ["inputs"]
treatment = 4
"""


def said(contents):
    """Every paragraph, caption and note; the cells and heads of tables name things and say nothing of them."""
    for section in contents.sections:
        yield from section.paragraphs
        for item in section.items:
            yield item.caption
            yield from getattr(item, "notes", ())


def bare(contents, labels):
    """What names a label within a sentence without marks: after a word, a comma, a number; not at a start, in brackets, after a colon."""
    names = "|".join(re.escape(one) for one in sorted(labels, key=len, reverse=True) if one[:1].isupper())
    within = re.compile(rf"(?<=[\w,%)] )(?:{names})(?!\w)")
    return [text for text in said(contents) if within.search(text)]


def known(evaluation):
    """The labels of outcomes and covariates, as the report calls them."""
    from impact.evaluation.labels.names import report_names

    names = report_names(evaluation.findings)
    sample = evaluation.sample
    return {names.of(name) for name in (*sample.covariates, *(one.name for one in sample.outcomes))}


@pytest.mark.parametrize(("language", "quoted"), [("es", "«Ingreso neto»"), ("en", "“Ingreso neto”")])
def test_labels_are_quoted_in_sentences_and_captions(tmp_path, language, quoted):
    labels = "[labels]\n" + "".join(f'{name} = "{label}"\n' for name, label in LABELS.items())
    evaluation = evaluated(tmp_path, language, FURTHER, labels)
    contents = report_contents(evaluation.findings)
    assert bare(contents, LABELS.values()) == []
    texts = list(said(contents))
    assert sum(quoted in text for text in texts) > 5
    assert any(text.startswith("Ingreso neto:") for text in texts)  # at a start it stands by itself
    e_value = {
        "es": "Para explicar el efecto en «Ingreso neto»,",
        "en": "To explain the effect on “Ingreso neto” away,",
    }
    assert any(text.startswith(e_value[language]) for text in texts)


def test_a_bare_label_would_be_found():
    texts = (
        "El efecto en Ingreso neto crece.",
        "El efecto en «Ingreso neto» crece: Ingreso neto (Ingreso neto).",
        "Ingreso neto: crece.",
    )
    contents = Contents("", Language("es"), False, (Section("a", "", texts, ()),))
    assert bare(contents, ["Ingreso neto"]) == [texts[0]]


@pytest.mark.slow
def test_every_analysis_of_a_survey_quotes_its_labels(tmp_path):
    evaluation = im.evaluate(write_survey(tmp_path))
    assert bare(report_contents(evaluation.findings), known(evaluation)) == []


@pytest.mark.slow
def test_waves_and_monitoring_quote_their_labels(tmp_path, monitoring_folder):  # noqa: F811
    labels = '[labels]\nincome_agr_pc_month = "Ingreso agropecuario"'
    path = write_waves(
        tmp_path,
        groups=60,
        top='language = "es"',
        unit=f'unit = "Bs"\n{labels}',
        panel='place = "muni_code"',
    )
    for evaluation in (im.evaluate(path), im.evaluate(monitoring_folder / "evaluation.toml")):
        assert bare(report_contents(evaluation.findings), known(evaluation)) == []
