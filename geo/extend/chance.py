"""Random numbers of our own: the same on every machine and with every version of the libraries.

References
----------
Marsaglia (2003), Xorshift RNGs; Vigna (2016), An experimental exploration of Marsaglia's xorshift generators,
scrambled (xorshift64*).

"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.kernel import kernel

#: One number, the state; drawing changes it.
Chance = NDArray[np.uint64]
Whole = TypeVar("Whole", NDArray[np.int32], NDArray[np.int64])


def seeded(seed: int) -> Chance:
    """Return a generator; equal seeds give equal numbers."""
    return np.array([(2 * seed + 1) * 0x9E3779B97F4A7C15 % 2**64], np.uint64)


@kernel
def drawn(chance: Chance, below: int) -> int:
    """Draw a whole number from 0 to below - 1."""
    x = chance[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    chance[0] = x
    return int(np.int64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33))) % below


@kernel
def shuffled(chance: Chance, values: Whole) -> Whole:
    """Return the values in a random order."""
    out = values.copy()
    for i in range(len(out) - 1, 0, -1):
        j = drawn(chance, i + 1)
        out[i], out[j] = out[j], out[i]
    return out
