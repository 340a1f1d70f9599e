"""Panel estimates against R: did 2.5.1, DRDID 1.2.3, sandwich 3.0.2, clubSandwich 0.5.8.

Tolerance 1e-8 on estimates and standard errors: both sides solve the same equations; the logits of R stop at 1e-8 in the deviance, and its
balancing odds (DRDID's trust) at about 1e-9.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.reference.cases import load_cases, load_table

TOLERANCE = 1e-8
DID = {"dr": im.DoublyRobust(), "reg": im.OutcomeRegression(), "ipw": im.InverseProbabilityWeighted()}
COMPARISON = {"nevertreated": "never treated", "notyettreated": "not yet treated"}
AGGREGATION = {"simple": "simple", "group": "group", "dynamic": "event", "calendar": "calendar"}
DRDID = {
    "drdid_panel": im.DoublyRobust(),
    "drdid_imp_panel": im.DoublyRobust(improved=True),
    "drdid_rc": im.DoublyRobust(),
    "drdid_rc1": im.DoublyRobust(locally_efficient=False),
    "reg_did_panel": im.OutcomeRegression(),
    "reg_did_rc": im.OutcomeRegression(),
    "ipw_did_panel": im.InverseProbabilityWeighted(normalized=False),
    "std_ipw_did_panel": im.InverseProbabilityWeighted(),
    "std_ipw_did_rc": im.InverseProbabilityWeighted(),
}
CASES = load_cases("panel")


def of_family(family):
    return [pytest.param(case, id=name) for name, case in CASES.items() if case["family"] == family]


@cache
def table(name):
    return load_table(name)


def panel(name, terms, weight=None, cluster=None):
    covariates = [] if terms == "1" else terms.split(" + ")
    timing = {"treatment": "treated"} if name == "panel_two" else {"entry": "entry"}
    return im.Panel(
        table(name), "household", "wave", **timing, covariates=covariates, outcomes=["y"], sampling_weight=weight, cluster=cluster
    )  # fmt: skip


def numbers(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def by_group(influence, groups):
    """R's clustered error: no small-sample factor."""
    sums = pd.DataFrame(influence).groupby(np.asarray(groups)).sum()
    return np.sqrt((sums**2).sum().to_numpy()) / len(influence)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", of_family("did"))
def test_group_time_effects_and_aggregations(case):
    settings, theirs = case["settings"], case["results"]
    name = case["id"].split(".")[1]
    ours = im.group_time_effects(
        panel(name, settings["x"], "weight" if settings["w"] else None),
        estimator=DID[settings["est"]],
        comparison=COMPARISON[settings["control"]],
        base=settings["base"],
        anticipation=settings["ant"],
    )
    cells = list(zip(theirs["group"], theirs["t"], strict=True))
    assert list(zip(ours.frame["group"], ours.frame["wave"], strict=True)) == cells
    assert len(ours.influence) == theirs["n"]
    close(ours.frame["estimate"], numbers(theirs["att"]))
    close(ours.frame["std_error"], numbers(theirs["se"]))
    close(np.sqrt((ours.influence**2).sum()) / theirs["n"], np.nan_to_num(numbers(theirs["se"])))
    groups = (
        table(name).drop_duplicates("household").set_index("household")["group"].loc[ours.influence.index]
    )
    close(by_group(ours.influence.to_numpy(), groups), numbers(theirs["se_cluster_if"]))
    for theirs_by, by in AGGREGATION.items():
        reference, found = theirs["aggregate"][theirs_by], ours.aggregate(by)
        overall = found.one(subgroup="all")
        close(overall.estimate, reference["overall"])
        close(overall.std_error, reference["se"])
        close(by_group(found.influence[["all"]].to_numpy(), groups), reference["se_cluster"])
        if reference["at"] is not None:
            parts = found.frame.iloc[1:]
            at = reference["at"] if isinstance(reference["at"], list) else [reference["at"]]
            assert [int(label.split()[1]) for label in parts["subgroup"]] == at
            close(parts["estimate"], numbers(reference["att"]))
            close(parts["std_error"], numbers(reference["se_at"]))


@pytest.mark.parametrize("case", of_family("drdid"))
def test_two_waves(case):
    settings, theirs = case["settings"], case["results"]
    same_households = settings["method"].endswith("panel")
    ours = im.two_wave_effects(
        panel("panel_two", settings["x"], "weight" if settings["weights"] else None),
        estimator=DRDID[settings["method"]],
        repeated_cross_sections=not same_households,
    )
    effect, influence = ours.one("y"), ours.influence
    assert len(influence) == theirs["n"]
    close([effect.estimate, effect.std_error], [theirs["att"], theirs["se"]])
    rows = table("panel_two")
    groups = (rows.drop_duplicates("household").set_index("household") if same_households else rows)["group"]
    close(by_group(influence.to_numpy(), groups.loc[influence.index]), [theirs["se_cluster_if"]])


@pytest.mark.parametrize("case", of_family("regression"))
@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_regressions(case):
    settings, theirs = case["settings"], case["results"]
    terms = settings["formula"].split(" ~ ")[1].split(" + ")
    covariates = [term for term in terms if term in ("assets", "educ", "region", "road")]
    estimator = (im.Ancova if "y_pre" in terms else im.ChangeScore)()
    options = {"estimator": estimator, "repeated_cross_sections": "post" in terms}
    x = " + ".join(covariates) or "1"
    independent = panel("panel_two", x, settings["weights"])
    grouped = panel("panel_two", x, settings["weights"], "group")
    plain = im.two_wave_effects(grouped, **options)
    close(plain.one("y").estimate, theirs["estimate"])
    groups = table("panel_two")["group"].to_numpy()
    labels = groups[plain.influence.index] if options["repeated_cross_sections"] else (
        table("panel_two").drop_duplicates("household").set_index("household")["group"].loc[plain.influence.index]
    )  # fmt: skip
    close(by_group(plain.influence.to_numpy(), labels), [theirs["se_CL_HC0"]])
    close(im.two_wave_effects(independent, variance=im.CR1(), **options).one("y").std_error, theirs["se_HC1"])
    for variance, name in ((im.CR1(), "se_CL_HC1"), (im.CR2(), "se_CR2"), (im.CR3(), "se_CR3")):
        effect = im.two_wave_effects(grouped, variance=variance, **options).one("y")
        close(effect.std_error, theirs[name])
        if name == "se_CR2":
            assert effect.degrees_of_freedom == pytest.approx(theirs["df_CR2"], abs=TOLERANCE)


def test_the_convention_of_drdid_is_the_only_part_of_its_influence_that_is_not_the_derivative():
    """The derivative of the estimate by a row's weight, numerically: what an influence function is."""
    rows = table("panel_two")
    base = rows["weight"].to_numpy()

    def effect(weight, convention):
        frame = rows.assign(weight=weight)
        data = im.Panel(frame.assign(household=np.arange(len(frame))), "household", "wave", "entry", covariates=["assets", "educ"],
                        outcomes=["y"], sampling_weight="weight")  # fmt: skip
        return im.two_wave_effects(
            data, estimator=im.DoublyRobust(convention=convention), repeated_cross_sections=True
        )

    rows = rows.assign(entry=rows["treated"])
    influence = {name: effect(base, name).influence["y"].to_numpy() for name in ("DRDID", "derivative")}
    off = {"DRDID": 0.0, "derivative": 0.0}
    for row in (0, 1, 400, 801, 1235):
        step = np.zeros(len(base))
        step[row] = 1e-5 * base[row]
        difference = [effect(base + sign * step, "DRDID").one("y").estimate for sign in (1, -1)]
        derivative = (difference[0] - difference[1]) / 2e-5 * len(base)
        for name in off:
            off[name] = max(off[name], abs(influence[name][row] - derivative))
    assert off["derivative"] < 1e-5
    assert off["DRDID"] > 1e-2
