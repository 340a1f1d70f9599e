"""[[questions]] asked of everybody and by subgroup: a subgroup that is hidden is not everybody less the others."""

import numpy as np
import pytest

import impact as im
from impact.evaluation.report_contents import report_contents
from impact.report.contents import Suppressed
from tests.surveys import coded_households
from tests.unit.evaluation.test_does_it_hold import TOML

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
OF_EVERYBODY = '[[questions]]\nmeans = ["herd"]\n'
BY_REGION = '[[questions]]\nmeans = ["herd"]\nby = "region"\ntests = false\n'


@pytest.mark.parametrize(("asked", "hidden"), [(OF_EVERYBODY + BY_REGION, 2), (BY_REGION, 1)])
def test_two_subgroups_are_hidden_where_everybody_was_asked_too(tmp_path, asked, hidden):
    households = coded_households()
    region = np.where(
        np.arange(len(households)) < 3, "valle", np.where(households["group"] % 2, "lago", "chaco")
    )
    households.assign(region=region, herd=np.arange(len(households))).to_csv(
        tmp_path / "survey.csv", index=False
    )
    (tmp_path / "evaluation.toml").write_text(TOML.format(language="es") + asked, encoding="utf-8")
    report = report_contents(im.evaluate(tmp_path / "evaluation.toml").findings)
    by_region = next(one for one in report.sections if one.name == "questions").items[-1]
    numbers = [row.cells[4] for row in by_region.rows]
    assert len(numbers) == 3 and sum(isinstance(one, Suppressed) for one in numbers) == hidden
