"""What stands in a folder counts: registries that no list has to name."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any


def placed_in(package: str, name: str) -> Iterator[Any]:
    """Yield what the modules of a folder define under a name, ordered by the number ``PLACE`` of each, then by the module's name.

    Parameters
    ----------
    package : str
        Such as ``"impact.report.formats"``; folders within it are not entered.
    name : str
        Such as ``"STATISTIC"``; a module without it is passed over.

    Examples
    --------
    >>> [statistic.name for statistic in placed_in("impact.design.balance.measured", "STATISTIC")]
    ['smd', 'variance_ratio', 'ecdf_mean', 'ecdf_max']
    """
    modules = [
        import_module(f"{package}.{found.name}")
        for found in pkgutil.iter_modules(import_module(package).__path__)
    ]
    for module in sorted(
        (module for module in modules if hasattr(module, name)),
        key=lambda module: (module.PLACE, module.__name__),
    ):
        yield getattr(module, name)
