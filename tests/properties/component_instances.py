"""Instances of everything that the package exports by protocol; a class that is found and has none here fails a test."""

import dataclasses

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

import impact as im
from impact.effects.arm_means.residuals import BiasReduced, InSample, LeaveOwnGroupOut
from impact.evaluation.reading.kinds import KINDS
from impact.survey.income.parts import NetIncome
from impact.survey.poverty.line_table import LinesByRow
from tests.surveys import grouped_survey

SCORE = im.PropensityScore()


def table_of_distances():
    frame = grouped_survey()
    gaps = np.abs(frame["age"].to_numpy()[:, None] - frame["age"].to_numpy())
    return pd.DataFrame(gaps, frame.index, frame.index)


def gap_of_age(first, second):
    return np.abs(first["age"].to_numpy()[:, None] - second["age"].to_numpy())


PRICES = pd.DataFrame({"period": ["2012", "2014"], "index": [100.0, 110.0], "source": "INE"})
CONVERSIONS = pd.DataFrame({"product": "potato", "unit": ["carga", "kg"], "factor": [92.0, 1.0]})
LINE = im.PovertyLine(100.0, "Bs/person/month", "rural", "2014", "2014", "INE", "official")

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
    "step": {
        "Deflated": lambda: [im.Deflated(im.PriceIndex(PRICES), base="2014", date="date")],
        "InStandardUnits": lambda: [im.InStandardUnits(CONVERSIONS, "product", "unit")],
        "PerAdultEquivalent": lambda: [im.PerAdultEquivalent("size", "children")],
        "PerPerson": lambda: [im.PerPerson("size")],
        "ShareOf": lambda: [im.ShareOf("size")],
    },
    "poverty line": {
        "LinesByRow": lambda: [LinesByRow(pd.Series([100.0, 90.0]), (LINE,))],
        "MeanLine": lambda: [im.MeanLine(0.6)],
        "PovertyLine": lambda: [LINE],
        "QuantileLine": lambda: [im.QuantileLine(0.6)],
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


NEAR = {"distance": im.Euclidean()}
WRONG = {
    "AbadieImbens": [{"neighbors": 0}, {"convention": "r"}],
    "AnyAbove": [{"level": "much"}],
    "Bootstrap": [{"replications": 1}, {"seed": -1}],
    "CR1": [{"estimated_slopes": "yes"}],
    "CR2": [{"estimated_slopes": "yes"}],
    "CR3": [{"estimated_slopes": "yes"}],
    "Cardinality": [{"tolerance": -1}, {"ratio": 0}, {"time_limit": -1}],
    "Change": [{"after": "income", "before": "income"}],
    "ClusterRobust": [{"residuals": "left out"}, {"estimated_slopes": "yes"}],
    "CoarsenedExact": [{"grouping": "region"}, {"cutpoints": "age"}, {"cutpoints": {}, "k2k": "near"}],
    "ConvexHull": [{"drop": "nobody"}, {"columns": "age"}],
    "CovariateBalancing": [{"overidentified": "yes"}],
    "CrossFitted": [{"regressor": "forest"}, {"regressor": LinearRegression(), "folds": 1}],
    "Crump": [{"alpha": 2.0}],
    "CustomDistance": [{"function": "age"}],
    "Derived": [{"name": "real", "column": "income", "steps": ("deflated",)}],
    "Deflated": [{"prices": im.PriceIndex(PRICES), "base": "1999", "date": "date"}],
    "DistanceMatrix": [{"table": "far"}, {"table": np.eye(2)}],
    "DrawnIn": [{"upper": 2.0}],
    "EntropyBalancing": [{"moments": 0}, {"tolerance": -1}],
    "Euclidean": [{"scale": "none of them"}],
    "Exact": [{"columns": "region"}, {"columns": ()}],
    "Full": [NEAR | {"caliper": -1}, {"distance": "near"}, NEAR | {"min_controls": -1}],
    "GroupFirst": [{"groups": "near", "within": "near"}],
    "Headcount": [{"income": "income", "line": -1.0}, {"income": "income", "line": 1.0, "strict": "yes"}],
    "InStandardUnits": [
        {"conversions": CONVERSIONS.assign(factor=0.0), "product": "product", "unit": "unit"}
    ],
    "InverseProbability": [{"propensity": "logit"}, {"propensity": SCORE, "trim": 2}],
    "Kernel": [NEAR | {"kernel": "round"}, NEAR | {"bandwidth": 0}],
    "LeastVarianceAdjustment": [{"covariates": "age"}, {"squares": "yes"}],
    "LinearAdjustment": [{"covariates": "age"}, {"squares": "yes"}],
    "LogLinkAdjustment": [{"covariates": "age"}, {"squares": "yes"}],
    "Mahalanobis": [{"covariance": "some"}],
    "MeanLine": [{"fraction": -1}],
    "MinMax": [{"drop": "nobody"}],
    "NearestNeighbor": [NEAR | {"ratio": 0}, NEAR | {"caliper": -1}, NEAR | {"replace": "yes"}],
    "NetIncome": [{"parts": "sales"}],
    "Optimal": [NEAR | {"ratio": 0}],
    "PerAdultEquivalent": [{"members": "size", "children": "children", "child": -1}],
    "PerCapita": [{"column": "income", "members": "size", "periods": 0}],
    "PerPeriod": [{"periods": 0}],
    "PovertyGap": [{"income": "income", "line": 1.0, "alpha": -1}],
    "PovertyLine": [dataclasses.asdict(LINE) | {"value": -1.0}],
    "PredictedOutcome": [{"method": "guess"}, {"method": "split", "splits": 0}],
    "Profile": [{"tolerance": -1}],
    "PropensityScore": [{"link": "cauchit"}, {"scale": "odds"}, {"folds": 1}, {"seed": -1}],
    "QuantileLine": [{"fraction": 0.5, "probability": 2}],
    "QuickFull": [NEAR | {"caliper": -1}],
    "Radius": [NEAR | {"caliper": -1}],
    "StableBalancing": [{"tolerance": -1}, {"moments": 0}],
    "SubclassWeights": [{"score": SCORE, "subclasses": 0}, {"score": "logit"}],
    "Subclassification": [{"distance": SCORE, "subclasses": 0}, {"distance": SCORE, "minimum": -1}],
    "SuitedAdjustment": [{"covariates": "age"}],
    "Winsorized": [{"column": "income", "upper": 2.0}],
    "WildBootstrap": [{"replications": 1}, {"multipliers": "coins"}],
}
"""Options that a class refuses as they are written."""
NAMES_ALONE = {"Baseline", "Column", "LinesByRow", "PerPerson", "ShareOf"}
"""Their options are names of columns or numbers a row, which the table that they meet accepts or not."""
