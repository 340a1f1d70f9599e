"""An evaluation can be copied and sent to another process, and shows the same there."""

import copy
import pickle

import pytest

import impact as im
from impact.evaluation.report_contents import report_contents
from impact.report.formats.page import render_page
from tests.evaluations import write_waves
from tests.unit.evaluation.test_further_sections import evaluated
from tests.unit.evaluation.test_monitoring_sections import folder as monitoring_folder  # noqa: F401 (a fixture)
from tests.unit.evaluation.test_spanish_report import write_survey

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
UNIVERSE = "[universe]\nfamilies = ['kernel']\nreplications = 99\n"


def shown(evaluation):
    return render_page(report_contents(evaluation.findings))


def shows_the_same(evaluation):
    """Return whether what was pickled, and what was copied, have the page of the evaluation."""
    page, copies = (
        shown(evaluation),
        (pickle.loads(pickle.dumps(evaluation)), copy.deepcopy(evaluation)),
    )
    assert all(repr(one) == repr(evaluation) and shown(one) == page for one in copies)
    return len(page) > 50_000


def test_a_small_evaluation_is_pickled_and_copied(tmp_path):
    assert shows_the_same(evaluated(tmp_path, more=UNIVERSE))


def test_declared_choices_are_pickled_and_copied():
    for one in (im.Choices(), im.Choices(ratio={"1": 1, "4": 4})):
        assert pickle.loads(pickle.dumps(one)).names == one.names
        assert copy.deepcopy(one).number == one.number


@pytest.mark.slow
def test_every_analysis_of_a_survey_is_pickled_and_copied(tmp_path):
    assert shows_the_same(im.evaluate(write_survey(tmp_path)))


@pytest.mark.slow
def test_waves_are_pickled_and_copied(tmp_path):
    path = write_waves(tmp_path, groups=60, unit='unit = "Bs"', panel='place = "muni_code"')
    assert shows_the_same(im.evaluate(path))


@pytest.mark.slow
def test_monitoring_is_pickled_and_copied(monitoring_folder):  # noqa: F811
    assert shows_the_same(im.evaluate(monitoring_folder / "evaluation.toml"))
