"""Cohorts of the programme: which call each group answered, with which score, and whether the arms' cohorts are alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

_NO = frozenset(("no", "false", "0", "0.0"))
_YES = frozenset(("yes", "true", "1", "1.0", "si", "sí"))


def cohort_table(dates: pd.DataFrame) -> pd.DataFrame:
    """Return the groups by arm and year of their call.

    Parameters
    ----------
    dates : DataFrame
        One row per group, as in ``ProgrammeDates.frame``.

    Returns
    -------
    DataFrame
        arm, call (year, or 0 where the call is not known), groups, rows, then first and last of call, approval and disbursement dates,
        score_mean, score_sd.
    """
    call = dates["call_date"].dt.year.fillna(0).astype(int)
    arm = pd.Series(np.where(dates["treated"] == 1, "treated", "control"), index=dates.index)
    score = pd.to_numeric(dates["score"])
    held = dates.assign(arm=arm, call=call, score=score)
    table = held.groupby(["arm", "call"], sort=True).agg(
        groups=("group", "size"),
        rows=("rows", "sum"),
        call_first=("call_date", "min"),
        call_last=("call_date", "max"),
        approval_first=("approval_date", "min"),
        approval_last=("approval_date", "max"),
        disbursement_first=("disbursement_date", "min"),
        disbursement_last=("disbursement_date", "max"),
        score_mean=("score", "mean"),
        score_sd=("score", "std"),
    )
    return table.reset_index().sort_values(["arm", "call"], ascending=[False, True], ignore_index=True)


def cohort_balance(dates: pd.DataFrame) -> pd.DataFrame:
    """Return how the arms' groups differ in appraisal score and dates.

    Returns
    -------
    DataFrame
        characteristic ("score", "days_call_to_approval", "days_call_to_interview", "interviews"), mean_treated, mean_control,
        difference, smd (in the pooled SD of the two arms), p_value (Welch, groups as units), n_treated, n_control.
    """
    from scipy.stats import ttest_ind

    measures = {
        "score": pd.to_numeric(dates["score"]),
        "days_call_to_approval": (dates["approval_date"] - dates["call_date"]).dt.days,
        "days_call_to_interview": (dates["interview_first"] - dates["call_date"]).dt.days,
        "interviews": dates["rows"].astype("float64"),
    }
    rows = []
    for name, values in measures.items():
        treated, control = (values[dates["treated"] == arm].dropna().to_numpy(float) for arm in (1, 0))
        if min(len(treated), len(control)) < 2:
            continue
        spread = float(np.sqrt((treated.var(ddof=1) + control.var(ddof=1)) / 2))
        gap = float(treated.mean() - control.mean())
        p_value = float(ttest_ind(treated, control, equal_var=False).pvalue) if spread > 0 else np.nan
        smd = gap / spread if spread > 0 else 0.0
        rows.append((name, treated.mean(), control.mean(), gap, smd, p_value, len(treated), len(control)))
    columns = ["characteristic", "mean_treated", "mean_control", "difference", "smd", "p_value", "n_treated", "n_control"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def fate_of_treated(dates: pd.DataFrame) -> pd.DataFrame:
    """Return what became of the treated groups, all of whom stay treated.

    Returns
    -------
    DataFrame
        fate ("approved": with an approval date; "financed": paid by the last interview; "surviving", "given up", "unknown": whether the
        alliance still operates), groups, rows.
    """
    treated = dates.loc[dates["treated"] == 1]
    said = treated["operating"].astype("str").str.strip().str.lower()
    fates = {
        "approved": treated["approval_date"].notna(),
        "financed": treated["disbursement_date"] <= treated["interview_last"],
        "surviving": said.isin(_YES),
        "given up": said.isin(_NO),
        "unknown": ~said.isin(_YES | _NO),
    }
    rows = [(fate, int(who.sum()), int(treated.loc[who, "rows"].sum())) for fate, who in fates.items()]
    return pd.DataFrame(rows, columns=["fate", "groups", "rows"])
