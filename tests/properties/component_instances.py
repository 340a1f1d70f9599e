"""Instances of everything that the package exports by protocol; a class that is found and has none here fails a test."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

import impact as im
from impact.effects.arm_means.residuals import BiasReduced, InSample, LeaveOwnGroupOut
from impact.evaluation.reading.kinds import KINDS
from impact.survey.income.parts import NetIncome
from tests.surveys import grouped_survey

SCORE = im.PropensityScore()


def table_of_distances():
    frame = grouped_survey()
    gaps = np.abs(frame["age"].to_numpy()[:, None] - frame["age"].to_numpy())
    return pd.DataFrame(gaps, frame.index, frame.index)


def gap_of_age(first, second):
    return np.abs(first["age"].to_numpy()[:, None] - second["age"].to_numpy())


INSTANCES = {
    "distance": {
        "CustomDistance": lambda: [im.CustomDistance(gap_of_age)],
        "DistanceMatrix": lambda: [im.DistanceMatrix(table_of_distances())],
        "Euclidean": lambda: [im.Euclidean(), im.Euclidean("none")],
        "Mahalanobis": lambda: [im.Mahalanobis(), im.Mahalanobis("full")],
        "PropensityScore": lambda: [SCORE, im.PropensityScore("probit", "linear")],
    },
    "support rule": {
        "ConvexHull": lambda: [im.ConvexHull(("age",)), im.ConvexHull(("age",), drop="treated")],
        "MinMax": lambda: [im.MinMax(), im.MinMax(drop="treated")],
    },
    "kind of outcome": {
        "Change": lambda: [
            im.Change("income", "size"),
            im.Change("income", "size", persons="size", unit="Bs"),
        ],
        "Column": lambda: [im.Column("income"), im.Column("income", persons="size", unit="Bs")],
        "Derived": lambda: [im.Derived("pc", "income", (im.PerPerson("size"), im.DrawnIn(0.9)))],
        "Headcount": lambda: [im.Headcount("income", 100.0), im.Headcount("income", 100.0, persons="size")],
        "PovertyGap": lambda: [im.PovertyGap("income", 100.0), im.PovertyGap("income", 100.0, alpha=2)],
        "PerCapita": lambda: [im.PerCapita("income", "size", 12)],
        "Winsorized": lambda: [im.Winsorized("income", 0.9), im.Winsorized("income", 0.9, by="region")],
        "NetIncome": lambda: [NetIncome(im.IncomeParts("size", "income"))],
    },
    "variance": {
        "AbadieImbens": lambda: [im.AbadieImbens(), im.AbadieImbens(None), im.AbadieImbens(population=False)],
        "Bootstrap": lambda: [im.Bootstrap(49, seed=3)],
        "ClusterRobust": lambda: [
            im.ClusterRobust(rule, slopes)
            for rule in (LeaveOwnGroupOut(), BiasReduced(), InSample())
            for slopes in (False, True)
        ],
        "WildBootstrap": lambda: [im.WildBootstrap(99, seed=3), im.WildBootstrap(99, multipliers=im.Webb())],
    },
    "bias adjustment": {
        "CrossFitted": lambda: [im.CrossFitted(LinearRegression(), folds=3)],
        "LinearAdjustment": lambda: [im.LinearAdjustment(), im.LinearAdjustment(("age",), squares=True)],
    },
    "ranking": {
        "Baseline": lambda: [im.Baseline("before")],
        "PredictedOutcome": lambda: [im.PredictedOutcome(), im.PredictedOutcome("split", splits=3)],
    },
}


def instances(noun):
    """Return every instance of a kind: those above, else each class that is found, by its defaults."""
    kind = next(kind for kind in KINDS if kind.noun.en.split(" ", 1)[1] == noun)
    written = INSTANCES.get(noun, {})
    found = []
    for found_class in kind.known().values():
        made = written.get(found_class.__name__)
        try:
            found += made() if made is not None else [found_class()]
        except TypeError as problem:
            raise AssertionError(
                f"{found_class.__name__} is a {noun} without an instance in tests/properties/component_instances.py: {problem}"
            ) from None
    return found
