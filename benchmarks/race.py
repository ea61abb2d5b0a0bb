"""Two ways to one answer, timed in turn in one process: ratios, never seconds without the opponent's."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.world import Floats

Answer = Callable[[], Floats]


@dataclass(frozen=True)
class Stage:
    """One stage: our way, the plain way, how far the answers may differ, and the ratio to reach.

    `within` is a part of the largest answer; `bar` 0 means that there is none.
    """

    name: str
    ours: Answer
    plain: Answer
    within: float
    bar: float


@dataclass(frozen=True)
class Result:
    """CPU seconds (medians), ratios of the pairs, the largest difference as a part of the largest answer."""

    name: str
    ours_s: float
    plain_s: float
    ratio: float
    least: float
    most: float
    difference: float
    bar: float
    equal: bool

    @property
    def verdict(self) -> str:
        """Pass, miss, wrong, or no bar."""
        if not self.equal:
            return "WRONG"
        if not self.bar:
            return "-"
        return "pass" if self.ratio >= self.bar else "MISS"


def race(stage: Stage, rounds: int) -> Result:
    """Compare the answers first (which also warms up), then time in turn."""
    ours, plain = stage.ours(), stage.plain()
    scale = float(np.abs(plain).max())
    difference = float(np.abs(ours - plain).max() / scale)
    pairs = [(_seconds(stage.ours), _seconds(stage.plain)) for _ in range(rounds)]
    ratios = [theirs / mine for mine, theirs in pairs]
    return Result(
        name=stage.name,
        ours_s=statistics.median(mine for mine, _ in pairs),
        plain_s=statistics.median(theirs for _, theirs in pairs),
        ratio=statistics.median(ratios),
        least=min(ratios),
        most=max(ratios),
        difference=difference,
        bar=stage.bar,
        equal=difference <= stage.within,
    )


def _seconds(answer: Answer) -> float:
    """CPU seconds of one call, without the garbage collector's."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        answer()
        return time.process_time() - start
    finally:
        gc.enable()
