"""[sorted_effects]: what im.sorted_effects gives, in the report of both languages; wrong tables are named."""

import pytest
from sklearn.linear_model import Ridge

import impact as im
from impact.evaluation.configuration import read_configuration
from impact.evaluation.report_contents import report_contents
from impact.report.words.sentences import begun
from tests.surveys import coded_households
from tests.unit.evaluation.test_does_it_hold import TOML

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
TABLE = '\n[sorted_effects]\nregressor = { type = "ridge", alpha = 2.0 }\nsplits = 3\ngroups = 3\nseed = 4\n'


def configured(tmp_path, language="en", table=TABLE):
    coded_households(groups=60).to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "evaluation.toml").write_text(TOML.format(language=language) + table, encoding="utf-8")
    return tmp_path / "evaluation.toml"


@pytest.mark.parametrize(("language", "title"), [("en", "Who gains most?"), ("es", "¿Quién gana más?")])
def test_the_report_has_what_the_function_gives(tmp_path, language, title):
    evaluation = im.evaluate(configured(tmp_path, language))
    (found,) = evaluation.findings.answer("sorted_effects")
    alone = im.sorted_effects(
        evaluation.sample, "income", Ridge(alpha=2.0), groups=3, splits=3, seed=4, n_jobs=1
    )
    assert found.groups.equals(alone.groups) and found.targeting.equals(alone.targeting)
    section = next(
        one for one in report_contents(evaluation.findings).sections if one.name == "sorted_effects"
    )
    assert section.title == title and begun(found.sentence(language)) in section.paragraphs
    groups, who, curve = section.items
    assert len(groups.rows) == 3 + 2 and len(who.rows) == 2 and curve.name == "targeting_income"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[sorted_effects]\noutcomes = ["incme"]\n', "incme"),
        ("[sorted_effects]\ngroups = 1\n", "groups"),
        ("[sorted_effects]\nsplits = 0\n", "splits"),
        ('[sorted_effects]\nregressor = "logistic regression"\n', "scikit-learn regressor"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, table, message):
    with pytest.raises(im.OptionError, match=message):
        read_configuration(configured(tmp_path, table=table))
