"""From declared choices to specifications: the product, less what cannot be, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from impact import checks
from impact.design.proposal import Strategy
from impact.errors import ImpactError, OptionError
from impact.language import Text
from impact.robustness.universe.choices import Choices
from impact.survey.sample import Sample

DESIGN = ("family", "distance", "ratio", "caliper", "covariates", "support", "weights")
"""Choices that a match depends on; the others are made after it."""
ANALYSIS = ("adjustment", "form", "winsorised")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of every choice, by name; ``number`` is its place in the product."""

    number: int
    names: dict[str, str]

    def of(self, which: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of some choices."""
        return tuple(self.names[choice] for choice in which)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One match, and the options that are estimated on it.

    Attributes
    ----------
    strategy : Strategy
    covariates : tuple of str
    names : dict of str to str
        The design's choices.
    options : tuple of Option
    """

    strategy: Strategy
    covariates: tuple[str, ...]
    names: dict[str, str]
    options: tuple[Option, ...]


def blocks_of(choices: Choices, sample: Sample) -> tuple[list[Block], list[tuple[Option, str]]]:
    """Return the matches that are to be made, and the options that cannot be, each with its reason.

    Parameters
    ----------
    choices : Choices
    sample : Sample
    """
    _check_covariates(choices, sample)
    designs: dict[tuple[str, ...], list[Option]] = {}
    mappings = [getattr(choices, name) for name in choices.names]
    for number, values in enumerate(product(*mappings)):
        option = Option(number, dict(zip(choices.names, values, strict=True)))
        designs.setdefault(option.of(DESIGN), []).append(option)
    blocks, infeasible = [], []
    for options in designs.values():
        names = {choice: options[0].names[choice] for choice in DESIGN}
        try:
            strategy = _strategy(choices, names, sample)
        except ImpactError as error:
            infeasible += [(option, str(error)) for option in options]
            continue
        kept = choices.covariates[names["covariates"]]
        covariates = sample.covariates if kept is None else tuple(kept)
        blocks.append(Block(strategy, covariates, names, tuple(options)))
    return blocks, infeasible


def _strategy(choices: Choices, names: dict[str, str], sample: Sample) -> Strategy:
    family = choices.family[names["family"]]
    for choice in ("distance", "ratio", "caliper"):
        first = next(iter(getattr(choices, choice)))
        if choice not in family.reads and names[choice] != first:
            raise OptionError(
                Text(
                    "{value} reads no {choice}: the same as with {choice} {first}.",
                    "{value} no lee {choice}: es lo mismo que con {choice} {first}.",
                    value=names["family"],
                    choice=choice,
                    first=first,
                )
            )
    if not choices.weights[names["weights"]] and sample.sampling_weight is None:
        raise OptionError(
            Text(
                "the sample has no sampling weights to leave out.",
                "la muestra no tiene pesos muestrales que quitar.",
            )
        )
    caliper = choices.caliper[names["caliper"]]
    return family.strategy(choices.distance[names["distance"]], choices.ratio[names["ratio"]], caliper)


def _check_covariates(choices: Choices, sample: Sample) -> None:
    for name, wanted in choices.covariates.items():
        if wanted is not None:
            checks.columns_present(f"covariates[{name!r}]", wanted, sample.covariates)
            if not wanted:
                raise OptionError(
                    Text(
                        "covariates[{name!r}] must name at least one covariate.",
                        "covariates[{name!r}] debe nombrar al menos una covariable.",
                        name=name,
                    )
                )
