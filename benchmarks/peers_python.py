"""One Python peer on a CSV, in an environment of its own: ``python peers_python.py peer case file repetitions``.

Prints JSON; ``{"absent": ...}`` where the peer is not installed or has no such case. It imports nothing of ours.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import sys
import time
import warnings

import pandas as pd

_ENOUGH = 20.0
"""Seconds after which a case is not run once more."""
COVARIATES = [f"x{number}" for number in range(1, 9)]


def causalinference(case, table):
    """Return what runs the case: its matching, with bias adjustment and standard error where the case asks."""
    from causalinference import CausalModel

    outcome, treated, covariates = (table[name].to_numpy() for name in ("y", "treated", COVARIATES))

    def score():
        model = CausalModel(outcome, treated, covariates)
        model.est_propensity()
        on_score = CausalModel(outcome, treated, model.propensity["fitted"][:, None])
        on_score.est_via_matching(matches=1)

    def mahalanobis(matches):
        model = CausalModel(outcome, treated, covariates)
        model.est_via_matching(weights="maha", matches=matches, bias_adj=True)

    return {
        "score_replace": score,
        "mahalanobis_1_estimate": lambda: mahalanobis(1),
        "mahalanobis_4_estimate": lambda: mahalanobis(4),
    }.get(case)


def psmpy(case, table):
    """Return what runs the case; the outcome has to be left out of the score by hand."""
    from psmpy import PsmPy

    def score(replacement, caliper):
        labelled = table.drop(columns=["cluster"]).rename_axis("id").reset_index()
        model = PsmPy(labelled, treatment="treated", indx="id", exclude=["y"])
        model.logistic_ps(balance=False)
        model.kdtree_matched(matcher="propensity_score", replacement=replacement, caliper=caliper)

    return {
        "score_replace": lambda: score(True, None),
        "score_no_replace": lambda: score(False, 0.2 * 0.12),
    }.get(case)


def dowhy(case, table):
    """Return what runs the case."""
    from dowhy import CausalModel

    def score():
        model = CausalModel(table, treatment="treated", outcome="y", common_causes=COVARIATES)
        estimand = model.identify_effect(proceed_when_unidentifiable=True)
        model.estimate_effect(estimand, method_name="backdoor.propensity_score_matching", target_units="att")

    return {"score_replace": score}.get(case)


def csdid(case, table):
    """Return what runs the case: group-time effects with four aggregations."""
    from panel import csdid as run

    return {"group_time_aggregated": lambda: run(table)}.get(case)


def pymatchit(case, table):
    """Return what runs the case."""
    from pymatchit import MatchIt
    from pymatchit.diagnostics import compute_ks_statistics

    formula = "treated ~ " + " + ".join(COVARIATES)

    def matched(**options):
        return MatchIt(table, **options).fit(formula)

    def balance():
        model = MatchIt(table, replace=True)
        model.fit(formula)

        def compared():  # with distribution functions, which its summary leaves to a figure
            model.summary(print_output=False)
            compute_ks_statistics(table, COVARIATES, "treated", model.weights)

        return compared

    if case == "balance":
        return balance()
    return {
        "score_replace": lambda: matched(replace=True),
        "score_no_replace": lambda: matched(caliper=0.2),
        "score_closest": lambda: matched(caliper=0.2, m_order="closest"),
        "mahalanobis_1": lambda: matched(distance="mahalanobis", replace=True),
        "optimal": lambda: matched(method="optimal"),
        "full": lambda: matched(method="full"),
    }.get(case)


def statspai(case, table):
    """Return what runs the case; each of its functions brings the estimate and its standard error."""
    import statspai

    if case == "group_time":
        from panel import statspai as run

        return lambda: run(table)
    roles = {"y": "y", "treat": "treated", "covariates": COVARIATES}
    one_model = {"estimand": "ATT", "cross_fit": False, "trim": 0.0}

    def balanced():
        statspai.ebalance(table, **roles)

    def neighbours(**options):
        return lambda: statspai.match(table, **roles, method="nearest", **options)

    adjusted = {"distance": "mahalanobis", "bias_correction": True}
    return {
        "score_replace_estimate": neighbours(distance="propensity"),
        "score_no_replace_estimate": neighbours(distance="propensity", replace=False, caliper=0.2),
        "mahalanobis_1_estimate": neighbours(**adjusted),
        "mahalanobis_4_estimate": neighbours(**adjusted, n_matches=4),
        "full_estimate": lambda: statspai.full_match(table, **roles),
        "optimal_mahalanobis": lambda: statspai.optimal_match(table, "treated", "y", COVARIATES),
        "ipw": lambda: statspai.ipw(table, **roles, **one_model, se_method="sandwich"),
        "aipw": lambda: statspai.aipw(table, **roles, **one_model),
        "entropy_balancing": balanced,
        "entropy_balancing_estimate": balanced,
    }.get(case)


DISTRIBUTIONS = {"pymatchit": "pymatchit-causal", "statspai": "StatsPAI"}
PEERS = {
    "pymatchit": pymatchit,
    "causalinference": causalinference,
    "psmpy": psmpy,
    "dowhy": dowhy,
    "statspai": statspai,
    "csdid": csdid,
}


def main(peer: str, case: str, file: str, repetitions: int) -> None:
    """Time one peer, and print the result as JSON."""
    warnings.simplefilter("ignore")
    table = pd.read_csv(file)
    if "treated" in table:
        table["treated"] = table["treated"].astype(bool if peer == "dowhy" else int)
    try:
        run = PEERS[peer](case, table)
    except ImportError as error:
        print(json.dumps({"absent": f"{peer} is not installed ({error})"}))
        return
    if run is None:
        print(json.dumps({"absent": f"{peer} has no {case}"}))
        return
    seconds, processor = [], []
    for _ in range(repetitions):
        start, busy = time.perf_counter(), time.process_time()
        run()
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
        if sum(seconds) > _ENOUGH:
            break
    print(
        json.dumps(
            {
                "seconds": min(seconds),
                "processor": min(processor),
                "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3),
                "version": f"{peer} {importlib.metadata.version(DISTRIBUTIONS.get(peer, peer))}",
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
