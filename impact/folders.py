"""What stands in a folder counts: registries that no list has to name."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any


def placed_in(package: str, name: str) -> Iterator[Any]:
    """Yield what the modules of a folder define under a name, ordered by the number ``PLACE`` of each, then by the module's name.

    Parameters
    ----------
    package : str
        Such as ``"impact.report.formats"``; folders within it count too.
    name : str
        Such as ``"STATISTIC"``; a module without it is passed over.

    Examples
    --------
    >>> [statistic.name for statistic in placed_in("impact.design.balance.measured", "STATISTIC")]
    ['smd', 'variance_ratio', 'ecdf_mean', 'ecdf_max']
    """
    for module in sorted(
        (module for module in modules_in(package) if hasattr(module, name)),
        key=lambda module: (module.PLACE, module.__name__.rpartition(".")[2]),
    ):
        yield getattr(module, name)


def modules_in(package: str) -> Iterator[ModuleType]:
    """Yield the modules of a folder and of the folders within it, without the folders' own.

    Parameters
    ----------
    package : str
        Such as ``"impact.evaluation.analyses"``.
    """
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if not found.ispkg:
            yield import_module(found.name)
