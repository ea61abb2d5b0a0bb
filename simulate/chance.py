"""Chance with a seed: one stream per purpose, and numbers that add up to their total."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the random stream of a purpose: the same whatever else was drawn before."""
    return np.random.default_rng([seed, *(zlib.crc32(str(part).encode()) for part in purpose)])


def apportion(total: int, weights: Floats) -> Integers:
    """Return whole numbers in proportion to `weights` that add up to `total` (largest remainder)."""
    if total == 0 or weights.sum() == 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = weights * (total / weights.sum())
    whole = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(weights)), whole - exact))
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole)


def noise(points: Floats, *, scale_m: float, rng: np.random.Generator, octaves: int = 3) -> Floats:
    """Return smooth lattice noise in [-1, 1] at plane points (n, 2).

    Parameters
    ----------
    scale_m
        Size of the largest feature [m]; each further octave halves size and height.
    """
    value, height, total = np.zeros(len(points)), 1.0, 0.0
    for octave in range(octaves):
        lattice = rng.uniform(-1.0, 1.0, (64, 64))
        value += height * _lattice_value(points / (scale_m / 2**octave), lattice)
        total += height
        height /= 2
    return value / total


def _lattice_value(at: Floats, lattice: Floats) -> Floats:
    """Return the smoothstep interpolation of a lattice that repeats itself."""
    cell = np.floor(at).astype(np.int64)
    part = at - cell
    part = part * part * (3 - 2 * part)
    n = len(lattice)
    x0, y0, x1, y1 = cell[:, 0] % n, cell[:, 1] % n, (cell[:, 0] + 1) % n, (cell[:, 1] + 1) % n
    low = lattice[y0, x0] * (1 - part[:, 0]) + lattice[y0, x1] * part[:, 0]
    high = lattice[y1, x0] * (1 - part[:, 0]) + lattice[y1, x1] * part[:, 0]
    return np.asarray(low * (1 - part[:, 1]) + high * part[:, 1])
