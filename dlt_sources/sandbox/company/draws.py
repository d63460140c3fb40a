"""Reproducible chance: every part of the company draws from its own stream, so parts do not disturb each other."""

from __future__ import annotations

import zlib

import numpy as np


class Draws:
    """Random streams of one seed, by name."""

    def __init__(self, seed: int):
        self.seed = seed

    def stream(self, name: str) -> np.random.Generator:
        """The generator of one part; the same seed and name always give the same numbers."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, zlib.crc32(name.encode())])))


def scattered(numbers: np.ndarray, salt: int = 0) -> np.ndarray:
    """A well-mixed 63-bit number for each input (splitmix64): chance without a seed, for keys and times of day."""
    with np.errstate(over="ignore"):
        mixed = np.asarray(numbers).astype(np.uint64) + np.uint64((salt + 1) * 0x9E3779B97F4A7C15 % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(1)).astype(np.int64)
