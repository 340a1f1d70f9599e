"""Group-time effects of 100,000 households in 5 waves: seconds of one core and memory, ours or a peer's.

    python -m benchmarks.panel ours 10
    python benchmarks/panel.py csdid 10        (in an environment of the peer's)

Doubly robust, two covariates, households not yet treated as comparison, errors by 5,000 groups, all four aggregations (StatsPAI: its one
aggregation, the simple one, households independent). Processor time, so that a busy machine does not count; best of two after the table is
drawn.
"""

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

HOUSEHOLDS, WAVES, GROUP_SIZE = 100_000, 5, 20
AGGREGATIONS = ("simple", "group", "event", "calendar")


def draw(cohorts: int, seed: int = 0, households: int = HOUSEHOLDS) -> pd.DataFrame:
    """Return the panel; with more cohorts than waves, groups enter between waves too."""
    generator = np.random.default_rng(seed)
    groups = households // GROUP_SIZE
    group = generator.integers(0, groups, households)
    step = max(1, -(-cohorts // (WAVES - 1)))
    waves = 1 + step * np.arange(WAVES)
    entries = 2 + np.arange(cohorts)
    drawn = generator.choice(np.append(0, entries), groups, p=np.append(0.3, np.full(cohorts, 0.7 / cohorts)))
    x, level = generator.normal(size=(households, 2)), generator.normal(size=households)
    household, wave = np.repeat(np.arange(households), WAVES), np.tile(waves, households)
    entry = drawn[group][household]
    gain = (entry > 0) & (wave >= entry)
    y = level[household] + 0.2 * wave + 0.1 * x[household, 0] * wave + gain + generator.normal(size=len(wave))
    columns = {"household": household, "group": group[household], "wave": wave, "entry": entry}
    return pd.DataFrame(columns | {"x1": x[household, 0], "x2": x[household, 1], "y": y})


def ours(frame: pd.DataFrame, aggregations: Sequence[str] = AGGREGATIONS) -> tuple[float, float]:
    """Return our simple average and its standard error, with the other aggregations made beside it."""
    import impact as im

    panel = im.Panel(
        frame, "household", "wave", "entry", covariates=["x1", "x2"], outcomes=["y"], cluster="group"
    )
    effects = im.group_time_effects(panel)
    tables = {by: effects.aggregate(by) for by in aggregations}
    effect = tables["simple"].one(subgroup="all")
    return effect.estimate, effect.std_error


def csdid(frame: pd.DataFrame) -> tuple[float, float]:
    """Return csdid's."""
    from csdid.att_gt import ATTgt

    fit = ATTgt(yname="y", gname="entry", idname="household", tname="wave", xformla="y~x1+x2", data=frame,
                control_group="notyettreated", clustervar="group").fit(est_method="dr", bstrap=False)  # fmt: skip
    for by in ("group", "dynamic", "calendar"):
        fit.aggte(typec=by, bstrap=False, cband=False)
    simple = fit.aggte(typec="simple", bstrap=False, cband=False).atte
    return float(simple["overall_att"]), float(np.squeeze(simple["overall_se"]))


def statspai(frame: pd.DataFrame) -> tuple[float, float]:
    """Return StatsPAI's, with the simple aggregation that it makes itself."""
    import statspai as sp

    result = sp.callaway_santanna(
        frame, y="y", g="entry", t="wave", i="household", x=["x1", "x2"], control_group="notyettreated"
    )
    return float(result.estimate), float(result.se)


def main() -> None:
    """Run one and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", choices=["ours", "csdid", "statspai"])
    parser.add_argument("cohorts", type=int)
    chosen = parser.parse_args()
    frame = draw(chosen.cohorts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(2):
        start = time.process_time()
        estimate, error = globals()[chosen.who](frame)
        seconds.append(time.process_time() - start)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(
        f"{chosen.who}, {chosen.cohorts} cohorts: {min(seconds):.2f} s, {more / len(frame):,.0f} bytes a row; "
        f"simple {estimate:.6f} ({error:.6f})"
    )


if __name__ == "__main__":
    main()
