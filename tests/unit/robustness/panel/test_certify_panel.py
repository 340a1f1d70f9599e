"""certify() and simulated_power() on surveys with waves."""

import numpy as np
import pytest

import impact as im

TWIN = im.RuralAlliancesPanelTwin(
    groups=60,
    covariates=("education_index", "assets_pre"),
    outcomes=("income_agr_pc_month", im.Headcount("income_pc_month", line=580.0)),
)
pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


def test_a_draw_is_the_estimate_of_that_survey_against_its_own_truth():
    found = im.certify(TWIN, [im.PanelSpecification("doubly robust")], draws=2, seed=4)
    row = found.draws.iloc[0]
    survey = im.synthetic.rural_alliances_panel(int(row["seed"]), groups=60, trend=10.0)
    household = survey.household[survey.household["response"] == "complete"]
    roles = survey.panel_roles() | {"outcomes": ["income_agr_pc_month"], "covariates": list(TWIN.covariates)}
    effect = im.two_wave_effects(im.Panel(household, **roles)).one("income_agr_pc_month")
    assert (row["estimate"], row["std_error"]) == pytest.approx(
        (effect.estimate, effect.std_error), rel=1e-10
    )
    after = household[household["receiving"] & (household["wave"] == 1)]
    gain = (survey.truth.treated - survey.truth.untreated).loc[after.index, "income_agr_pc_month"]
    assert row["truth"] == pytest.approx(np.average(gain, weights=after["weight"]), rel=1e-10)


def test_the_truth_of_staggered_entry_is_the_mean_of_all_rows_after_entry():
    trial = im.RuralAlliancesPanelTwin(groups=60, staggered=True, outcomes=("income_agr_pc_month",)).draw(3)
    compared = im.PanelSpecification("by cohort", staggered=True).matched(trial.sample)
    survey = im.synthetic.rural_alliances_panel(3, groups=60, staggered=True, trend=10.0)
    rows = trial.sample.frame.loc[compared.focal]
    assert rows["receiving"].all()
    assert compared.focal.sum() == trial.sample.frame["receiving"].sum()
    gain = (survey.truth.treated - survey.truth.untreated).loc[rows.index, "income_agr_pc_month"]
    first = trial.sample.frame.drop_duplicates("hh_id").set_index("hh_id")["weight"]
    expected = np.average(gain, weights=first.loc[rows["hh_id"]])
    assert trial.truth(0, compared.focal)[0] == pytest.approx(expected, rel=1e-12)


def test_a_match_of_the_baseline_tells_what_was_kept():
    trial = TWIN.draw(1)
    specification = im.PanelSpecification("matched", strategy=im.FOUR_STRATEGIES[0].strategy)
    compared = specification.matched(trial.sample)
    assert compared.matched is not None
    assert 0 < compared.kept.sum() <= compared.focal.sum()
    assert not (compared.kept & ~compared.focal).any()


def test_more_effect_is_found_more_often():
    def planned(effect):
        return im.RuralAlliancesPanelTwin(
            groups=60, effect=effect, covariates=("assets_pre",), outcomes=("income_labour",)
        )

    curve = im.simulated_power(
        planned, [0, 4], [im.PanelSpecification("regression", im.OutcomeRegression())], draws=12
    )
    power = curve.frame["power"].tolist()
    assert power[1] > power[0]


def test_rows_that_belong_to_one_survey_are_refused():
    with pytest.raises(im.OptionError, match="Give a PanelSpecification its own variance"):
        im.certify(TWIN, [im.PanelSpecification("a")], draws=2, unadjusted=True)
    with pytest.raises(im.OptionError, match="Leave it out, or staggered=True"):
        im.PanelSpecification("a", im.Ancova(), staggered=True, variance=im.CR2())
