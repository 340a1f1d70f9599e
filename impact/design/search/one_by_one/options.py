"""Which options of one-by-one matching go together: ties, reuse, order, number of matches, columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impact import checks
from impact.design.distances.calipers import SCORE
from impact.design.search.one_by_one.choosing_order import ORDERS
from impact.errors import OptionError
from impact.language import Text


def check_ties(ties: str | None, tie_tolerance: float, capacity: int | None) -> None:
    """Refuse ties that share the weight where a unit can be used only so often."""
    if ties is not None:
        checks.one_of("ties", ties, ("all", "first"))
    if ties == "all" and capacity is not None:
        raise OptionError(
            Text(
                (
                    'ties="all" shares the weight among all equally near units, which a limit on their use does not '
                    'allow. Pass ties="first", or replace=True without max_reuse.'
                ),
                (
                    'ties = "all" reparte el peso entre todas las unidades igual de cercanas, lo que un límite de uso no '
                    'permite. Escriba ties = "first", o replace = true sin max_reuse.'
                ),
            )
        )
    if tie_tolerance > 0 and capacity is not None:
        raise OptionError(
            Text(
                (
                    "tie_tolerance says which neighbours share the weight, and here none do; got {tie_tolerance!r}. "
                    "Leave it out, or pass replace=True without max_reuse."
                ),
                (
                    "tie_tolerance dice qué vecinos comparten el peso, y aquí ninguno lo hace; se dio {tie_tolerance!r}. "
                    "Quítelo, o escriba replace = true sin max_reuse."
                ),
                tie_tolerance=tie_tolerance,
            )
        )


def check_reuse(max_reuse: int | None, replace: bool) -> None:
    """Refuse a limit on the use of a unit that is used once anyway."""
    if max_reuse is not None and not replace:
        raise OptionError(
            Text(
                (
                    "max_reuse limits matching with replacement; got {max_reuse!r} with replace=False, where it is 1. "
                    "Leave out one of the two."
                ),
                (
                    "max_reuse limita el emparejamiento con reemplazo; se dio {max_reuse!r} con replace = false, donde "
                    "es 1. Quite uno de los dos."
                ),
                max_reuse=max_reuse,
            )
        )


def check_order(order: str | None, seed: int | None, capacity: int | None) -> None:
    """Require an order that is known, where it matters, with a seed where it is random."""
    if order is None:
        _refuse_seed_without_order(seed)
        return
    checks.one_of("order", order, ORDERS)
    if capacity is None:
        raise OptionError(
            Text(
                (
                    "order says who chooses first, which matters only where a unit can be used only so often; got "
                    "{order!r} with replace=True. Leave it out, or pass replace=False or max_reuse."
                ),
                (
                    "order dice quién elige primero, lo que solo importa donde una unidad se usa un número limitado de "
                    "veces; se dio {order!r} con replace = true. Quítelo, o escriba replace = false o max_reuse."
                ),
                order=order,
            )
        )
    if order == "random":
        _require_seed(seed)
    elif seed is not None:
        raise OptionError(
            Text(
                'seed is for order="random"; got {seed!r} with order={order!r}. Leave it out.',
                'seed es para order = "random"; se dio {seed!r} con order = {order!r}. Quítelo.',
                seed=seed,
                order=order,
            )
        )


def _refuse_seed_without_order(seed: int | None) -> None:
    if seed is not None:
        raise OptionError(
            Text(
                'seed is for order="random"; got {seed!r} without it. Add order="random", or leave out seed.',
                'seed es para order = "random"; se dio {seed!r} sin ello. Agregue order = "random", o quite seed.',
                seed=seed,
            )
        )


def _require_seed(seed: int | None) -> None:
    if seed is None:
        raise OptionError(
            Text(
                'order="random" needs a seed, so that the match can be made again. Add seed=0, or any whole number.',
                (
                    'order = "random" necesita una semilla, para que el emparejamiento pueda repetirse. Agregue seed = '
                    "0, o cualquier entero."
                ),
            )
        )
    checks.whole("seed", seed, minimum=0)


def check_variable_ratio(fewest: int | None, most: int | None, ratio: int, capacity: int | None) -> None:
    """Require both bounds of a varying number of matches, around its mean, without replacement."""
    if fewest is None and most is None:
        return
    if fewest is None or most is None:
        given, lacking = (
            ("min_controls", "max_controls") if most is None else ("max_controls", "min_controls")
        )
        raise OptionError(
            Text(
                "{given} needs {lacking} beside it: the number of matches varies between the two. Add {lacking}.",
                "{given} necesita {lacking} a su lado: el número de parejas varía entre los dos. Agregue {lacking}.",
                given=given,
                lacking=lacking,
            )
        )
    checks.whole("min_controls", fewest)
    checks.whole("max_controls", most)
    if capacity != 1:
        raise OptionError(
            Text(
                (
                    "min_controls and max_controls are for matching without replacement. Add replace=False, or leave "
                    "them out."
                ),
                "min_controls y max_controls son para emparejar sin reemplazo. Agregue replace = false, o quítelos.",
            )
        )
    if not fewest < ratio < most:
        raise OptionError(
            Text(
                (
                    "ratio must lie between min_controls and max_controls, as the mean number of matches; got {fewest}, "
                    "{ratio}, {most}."
                ),
                (
                    "ratio debe estar entre min_controls y max_controls, como número medio de parejas; se dieron "
                    "{fewest}, {ratio}, {most}."
                ),
                fewest=fewest,
                ratio=ratio,
                most=most,
            )
        )


def check_agreement(exact: Sequence[str], anti_exact: Sequence[str], prefer: Sequence[str]) -> None:
    """Refuse a column on which matched units must both agree and differ, or which is decided before it is preferred."""
    both = [name for name in exact if name in anti_exact]
    if both:
        raise OptionError(
            Text(
                "Matched units cannot both agree and differ on {both}. Name it in exact or in anti_exact.",
                (
                    "Las unidades emparejadas no pueden coincidir y diferir a la vez en {both}. Nómbrela en exact o en "
                    "anti_exact."
                ),
                both=checks.listed(map(repr, both)),
            )
        )
    idle = [name for name in prefer if name in (*exact, *anti_exact)]
    if idle:
        raise OptionError(
            Text(
                "prefer names {idle}, which exact or anti_exact decides already. Leave it out of one of them.",
                "prefer nombra {idle}, que exact o anti_exact ya decide. Quítela de uno de ellos.",
                idle=checks.listed(map(repr, idle)),
            )
        )


def check_mahalanobis_within(columns: Sequence[str], caliper: float | Mapping[str, float] | None) -> None:
    """Refuse a choice by Mahalanobis distance within a caliper of the score that is not there."""
    own = caliper.get(SCORE) if isinstance(caliper, Mapping) else caliper
    if columns and own is None:
        raise OptionError(
            Text(
                (
                    "mahalanobis_on chooses within the score's caliper, and there is none. Add caliper=0.25, or match by "
                    "im.Mahalanobis() on a sample of these covariates."
                ),
                (
                    "mahalanobis_on elige dentro del caliper del puntaje, y no hay ninguno. Agregue caliper = 0.25, o "
                    "empareje por Mahalanobis en una muestra con estas covariables."
                ),
            )
        )
