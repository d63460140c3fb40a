"""Columns of equal length under names: the form in which all events of the company are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Frame:
    """Named numpy arrays of one length; columns are attributes."""

    def __init__(self, **columns: np.ndarray):
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")
        self.columns = columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            return self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    def take(self, rows: np.ndarray) -> Frame:
        """The rows named by position or by a boolean mask."""
        return Frame(**{name: column[rows] for name, column in self.columns.items()})

    def extended(self, **columns: np.ndarray) -> Frame:
        """The same rows with more (or replaced) columns."""
        return Frame(**{**self.columns, **columns})

    @staticmethod
    def stacked(frames: Sequence[Frame]) -> Frame:
        """All rows of frames that have the same columns."""
        return Frame(**{name: np.concatenate([frame.columns[name] for frame in frames]) for name in frames[0].columns})


def expanded(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For parents with so many children each: the parent of every child, and the child's position within it."""
    parent = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return parent, np.arange(len(parent)) - np.repeat(starts, counts)


def rows_of(parent: np.ndarray, parents: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The children of some of `count` parents: their rows, and for each the position of its parent among those given.

    Children come parent by parent in the order given, siblings in their own order.
    """
    place = np.full(count, -1)
    place[parents] = np.arange(len(parents))
    rows = np.flatnonzero(place[parent] >= 0)
    rows = rows[np.argsort(place[parent[rows]], kind="stable")]
    return rows, place[parent[rows]]


def sum_by(group: np.ndarray, amounts: np.ndarray, groups: int) -> np.ndarray:
    """Exact integer sums of amounts per group 0..groups-1."""
    totals = np.zeros(groups, dtype=np.int64)
    np.add.at(totals, group, amounts)
    return totals
