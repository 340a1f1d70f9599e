"""Sums by group of many cells are joined as they come: the same sums, and few of them held at once."""

from __future__ import annotations

import numpy as np
import pytest

from impact.registry.sums import group_grams
from impact.registry.sums.group_grams import GroupGrams, group_sums


def parts_of_a_registry(number, groups, of_a_part):
    """Yield sums of some groups each, with two terms, one outcome and one parameter of the weights."""
    draws = np.random.default_rng(8)
    for _ in range(number):
        found = np.sort(draws.choice(groups, of_a_part, replace=False))
        shapes = {
            "focal": (2, 3),
            "compared": (1, 3),
            "grams": (1, 3, 3),
            "spare": (1, 0),
            "weight": (2,),
            "scores": (2, 1),
        }
        by_group = {name: draws.normal(size=(of_a_part, *shape)) for name, shape in shapes.items()}
        moved, turned = draws.normal(size=(1, 1, 3)), draws.normal(size=(1, 2, 1, 3))
        yield GroupGrams(groups=found, **by_group, moved=moved, turned=turned)


@pytest.mark.parametrize("few", [0, 50, 10**6], ids=["at once", "now and then", "at the end"])
def test_they_are_the_sums_of_all_parts(monkeypatch, few):
    monkeypatch.setattr(group_grams, "_FEW", few)
    parts = list(parts_of_a_registry(40, 30, 12))
    found = group_sums(iter(parts))
    assert found.groups.tolist() == sorted(set(np.concatenate([part.groups for part in parts]).tolist()))
    for name in ("focal", "compared", "grams", "spare", "weight", "scores"):
        for group, summed in zip(found.groups, getattr(found, name), strict=True):
            expected = sum(getattr(part, name)[part.groups == group].sum(0) for part in parts)
            np.testing.assert_allclose(summed, expected, rtol=1e-12, atol=1e-12)
    for name in ("moved", "turned"):
        expected = sum(getattr(part, name) for part in parts)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-12, atol=1e-12)


def test_few_are_held_at_once(monkeypatch):
    """A hundred cells that share their groups: never more than four times the sums of all groups, and those of one cell."""
    monkeypatch.setattr(group_grams, "_FEW", 0)
    joined, held = group_grams._joined, []
    monkeypatch.setattr(
        group_grams,
        "_joined",
        lambda parts: held.append(sum(len(part.groups) for part in parts)) or joined(parts),
    )
    group_sums(parts_of_a_registry(100, 500, 400))
    assert max(held) <= 3 * 500 + 400
