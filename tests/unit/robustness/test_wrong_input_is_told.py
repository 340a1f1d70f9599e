"""What cannot be weighted, cross-fitted, varied or bounded is refused, in the language spoken, with the remedy."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

import impact as im
from impact.language import speaking


def _frame():
    generator, units = np.random.default_rng(0), 240
    group = np.repeat(np.arange(40), 6)
    frame = pd.DataFrame(
        {
            "treated": group % 2,
            "group": group,
            "age": generator.normal(size=units),
            "land": generator.normal(size=units),
        }
    )
    return frame.assign(income=frame["age"] + frame["treated"] + generator.normal(size=units))


FRAME = _frame()
APART = FRAME.assign(age=FRAME["age"] + 20 * FRAME["treated"])
FAR = FRAME.assign(age=FRAME["age"] + 2.9 * FRAME["treated"])
FOLDS = FRAME.assign(fold=np.where((FRAME["group"] < 8) & (FRAME["treated"] == 0), 0, 1 + FRAME["group"] % 3))
BY_GROUP = FRAME.assign(fold=FRAME["group"])
MIXED = FRAME.assign(treated=np.arange(240) % 2, fold=np.minimum(FRAME["group"], 1))
SCORE = im.InverseProbability(im.PropensityScore())
BY_FOLD = im.InverseProbability(im.PropensityScore(folds="fold"))


def _sample(frame=FRAME, cluster="group"):
    return im.Sample(
        frame, treatment="treated", covariates=["age", "land"], outcomes=["income"], cluster=cluster
    )


class Told(BaseEstimator, ClassifierMixin):
    def __init__(self, score=0.5):
        self.score = score

    def fit(self, terms, arm, sample_weight=None):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, terms):
        return np.column_stack([np.full(len(terms), 1 - self.score), np.full(len(terms), self.score)])


class Said(BaseEstimator, RegressorMixin):
    def __init__(self, value=0.0):
        self.value = value

    def fit(self, terms, outcome, sample_weight=None):
        return self

    def predict(self, terms):
        return np.full(len(terms), self.value)


def _learnt(score, folds=None):
    return im.match(_sample(), im.InverseProbability(im.PropensityScore(model=Told(score), folds=folds)))


def _augmented(value, folds=3, frame=FRAME):
    return im.estimate(
        im.match(_sample(frame), SCORE), bias_adjustment=im.CrossFitted(Said(value), folds=folds)
    )


def _pairs(strategy):
    return im.rosenbaum_bounds(im.match(_sample(cluster=None), strategy))


ALONE = im.Choices(family={"entropy balancing": im.OneStrategy(im.EntropyBalancing())})
CASES = {
    "no overlap": (
        lambda: im.match(_sample(APART), SCORE),
        im.EstimationError,
        ("'age' predicts the treatment perfectly", "'age' predice perfectamente el tratamiento"),
        ("Leave the column out", "Quite la columna"),
    ),
    "out of reach": (
        lambda: im.match(_sample(APART), im.EntropyBalancing()),
        im.SupportError,
        (
            "No weights of the control units can balance 'age'",
            "de las unidades de control puede equilibrar 'age'",
        ),
        ("allow a tolerance", "admita una tolerancia"),
    ),
    "out of reach of the treated": (
        lambda: im.match(_sample(APART), im.StableBalancing(), "ATC"),
        im.SupportError,
        (
            "No weights of the treated units can balance 'age'",
            "de las unidades de tratamiento puede equilibrar 'age'",
        ),
        ("allow a tolerance", "admita una tolerancia"),
    ),
    "targets together": (
        lambda: im.match(_sample(FAR), im.EntropyBalancing(2)),
        im.SupportError,
        (
            "all covariates at once: at the nearest, a difference stays in 'age'",
            "queda una diferencia en 'age'",
        ),
        ("ask for fewer moments", "pida menos momentos"),
    ),
    "a fold without treated": (
        lambda: im.match(_sample(FOLDS), BY_FOLD),
        im.DataError,
        ("fold 0 has no treated unit", "la partición 0 no tiene ninguna unidad de tratamiento"),
        ("Merge folds", "Junte particiones"),
    ),
    "a regression's fold without treated": (
        lambda: _augmented(0.0, "fold", FOLDS),
        im.DataError,
        ("fold 0 has no treated unit", "la partición 0 no tiene ninguna unidad de tratamiento"),
        ("Merge folds", "Junte particiones"),
    ),
    "a fold for each group": (
        lambda: im.match(_sample(BY_GROUP), BY_FOLD),
        im.DataError,
        ("fold 0 has no treated unit", "la partición 0 no tiene ninguna unidad de tratamiento"),
        ("Merge folds", "Junte particiones"),
    ),
    "a fold of one group of both arms": (
        lambda: im.match(_sample(MIXED), BY_FOLD),
        im.DataError,
        ("fold 0 is one group", "la partición 0 es un solo grupo"),
        ("Merge folds", "Junte particiones"),
    ),
    "more folds than groups": (
        lambda: _augmented(0.0, 21),
        im.OptionError,
        (
            "folds=21 needs a treated cluster at least for each fold; got 20 clusters",
            "folds = 21 necesita al menos 21 conglomerados de tratamiento; hay 20 conglomerados",
        ),
        ("Use fewer folds", "Use menos particiones"),
    ),
    "scores that are no numbers": (
        lambda: _learnt(np.nan),
        im.EstimationError,
        (
            "Told gave propensity scores that are not finite",
            "Told dio puntajes de propensión que no son números finitos",
        ),
        ("use another classifier", "use otro clasificador"),
    ),
    "cross-fitted scores that are no numbers": (
        lambda: _learnt(np.nan, 3),
        im.EstimationError,
        (
            "Told gave propensity scores that are not finite",
            "Told dio puntajes de propensión que no son números finitos",
        ),
        ("use another classifier", "use otro clasificador"),
    ),
    "the same score for all": (
        lambda: _learnt(0.5),
        im.EstimationError,
        ("Told gives everybody the same score", "Told da a todos el mismo puntaje"),
        ("use the logit", "use el logit"),
    ),
    "predictions that are no numbers": (
        lambda: _augmented(np.nan),
        im.EstimationError,
        ("Said predicts outcomes that are not finite", "Said predice resultados que no son números finitos"),
        ("use another regressor", "use otro regresor"),
    ),
    "the same prediction for all": (
        lambda: _augmented(0.0),
        im.EstimationError,
        ("Said predicts the same outcome for everybody", "Said predice el mismo resultado para todos"),
        ("leave bias_adjustment out", "quite bias_adjustment"),
    ),
    "a choice of nothing": (
        lambda: im.universe(_sample(), choices=im.Choices(family={})),
        im.OptionError,
        ("family must hold at least one entry", "family debe tener al menos una entrada"),
        ("an empty choice leaves an empty universe", "una elección vacía deja un universo vacío"),
    ),
    "a universe of what cannot be": (
        lambda: im.universe(_sample(APART), choices=ALONE),
        im.SupportError,
        (
            "the first reason: No weights of the control units can balance 'age'",
            "el primer motivo: Ningún peso de las unidades de control puede equilibrar 'age'",
        ),
        ("Leave the covariate out", "Quite la covariable"),
    ),
    "gamma": (
        lambda: im.rosenbaum_bounds([1.0, 2.0, 3.0], [0.5]),
        im.OptionError,
        ("gammas must be finite and at least 1", "gammas debe ser finito y de al menos 1"),
        ("1/Γ mean the same", "1/Γ significan lo mismo"),
    ),
    "pairs with replacement": (
        lambda: _pairs(im.NearestNeighbor(im.Mahalanobis())),
        im.OptionError,
        ("this match is with replacement", "este emparejamiento es con reemplazo"),
        ("Use replace=False", "Use replace = false"),
    ),
    "sets": (
        lambda: _pairs(im.Subclassification(im.PropensityScore())),
        im.OptionError,
        ("Subclassification forms none", "Subclassification no forma ninguno"),
        ("Match without replacement, one to one", "Empareje sin reemplazo, uno a uno"),
    ),
    "benchmarks": (
        lambda: im.confounder_sensitivity(_sample(), "income", ["education"]),
        im.OptionError,
        ("'education' is none", "'education' no lo es"),
        ("It has: 'age', 'land'", "Tiene: 'age', 'land'"),
    ),
}


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
@pytest.mark.parametrize("place, language", [(0, "en"), (1, "es")])
@pytest.mark.parametrize("case", CASES)
def test_wrong_input_is_told_with_the_remedy(case, place, language):
    run, kind, told, remedy = CASES[case]
    with speaking(language), pytest.raises(kind) as found:
        run()
    message = found.value.text.to(language)
    assert told[place] in message and remedy[place] in message, message
