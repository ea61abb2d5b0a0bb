"""Areas: all masts of one network over one ground, the best level of each pixel and who gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from geo.radio.antennas import Antenna
from geo.radio.frame import Frame
from geo.radio.levels import Sector, Service, nothing, serve
from geo.radio.p526 import Wave
from geo.radio.reach import Cells, Mast, Plan, Reach, reach_of

#: What one mast's losses depend on, over one ground: the mast, frequency and polarisation, the plan.
Key = tuple[Mast, Wave, Plan]


@dataclass(frozen=True)
class Cell:
    """One cell as it is predicted.

    Attributes
    ----------
    cell_id
        Unique; cells of the same level serve in the order of their ids.
    x, y
        Where it stands [m in the frame's CRS], on the frame.
    agl_m
        Antenna above ground [m].
    f_mhz
        Frequency [MHz].
    eirp_dbm
        Power of what is measured (pilot, RSRP …) in the main direction, over isotropic [dBm].
    azimuth, tilt
        Main direction, clockwise from north and below the horizon [deg].
    antenna
        Its pattern.
    reach_m
        Range [m]; None: the plan's.
    """

    cell_id: str
    x: float
    y: float
    agl_m: float
    f_mhz: float
    eirp_dbm: float
    azimuth: float
    tilt: float
    antenna: Antenna
    reach_m: float | None = None


@dataclass(frozen=True)
class Prediction:
    """What a network's cells give.

    Attributes
    ----------
    frame, plan
        The pixels, and how losses were computed.
    service
        Level, server and what is known of each pixel; `service.server` counts in `cell_ids`.
    cell_ids
        In order.
    reaches
        The masts' losses, for the next run over the same ground; empty where they were not kept.
    computed
        Masts whose losses were computed in this run.
    """

    frame: Frame
    plan: Plan
    service: Service
    cell_ids: tuple[str, ...]
    reaches: Mapping[Key, Reach]
    computed: int


def predict(
    frame: Frame,
    ground: Cells,
    cells: Sequence[Cell],
    *,
    plan: Plan,
    kept: Mapping[Key, Reach] | None = None,
    keep: bool = True,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Prediction:
    """Return the best level and server of each pixel.

    One profile serves all cells of a mast at one frequency. The result does not depend on the order of the cells,
    nor on `jobs`.

    Parameters
    ----------
    frame, ground
        The pixels, and ground and clutter on them.
    cells
        The cells of one network; each stands on the frame.
    plan
        Range, step, receiver, air.
    kept
        Losses of an earlier run over the same ground: masts that are as they were are not computed again.
    keep
        Whether the result holds the losses.
    jobs
        Masts computed side by side.
    progress
        Called with (masts done, masts in all).
    """
    ordered = sorted(cells, key=lambda c: c.cell_id)
    number = {c.cell_id: i for i, c in enumerate(ordered)}
    keyed = sorted(((_key(frame, c, plan), c) for c in ordered), key=lambda p: (*p[0], p[1].cell_id))
    masts = [(key, [c for _, c in group]) for key, group in groupby(keyed, key=lambda p: p[0])]
    service, reaches, computed = nothing(frame.shape), dict[Key, Reach](), 0
    known = kept or {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for start in range(0, len(masts), jobs * 4):  # a few at a time: losses that are not kept are let go
            part = masts[start : start + jobs * 4]
            found = pool.map(lambda m: known.get(m[0]) or reach_of(ground, *m[0]), part)
            for done, ((key, mine), reach) in enumerate(zip(part, found, strict=True), start + 1):
                serve(service, ground, key[0], plan, reach, [_sector(c, number[c.cell_id]) for c in mine])
                computed += key not in known
                if keep:
                    reaches[key] = reach
                if progress is not None:
                    progress(done, len(masts))
    return Prediction(frame, plan, service, tuple(c.cell_id for c in ordered), reaches, computed)


def _key(frame: Frame, cell: Cell, plan: Plan) -> Key:
    """Return what a cell's losses depend on."""
    column, row = frame.place(np.array(cell.x), np.array(cell.y))
    own = plan if cell.reach_m is None else plan._replace(reach_m=cell.reach_m)
    return Mast(float(column), float(row), cell.agl_m), Wave(cell.f_mhz / 1000.0, True, 0.0), own


def _sector(cell: Cell, number: int) -> Sector:
    """Return a cell as the kernels take it."""
    return Sector(number, cell.eirp_dbm, cell.azimuth, cell.tilt, cell.antenna)


def class_counts(classes: NDArray[np.uint8], most: int) -> NDArray[np.int64]:
    """Return how many pixels each class has, 0 to `most`."""
    return np.bincount(classes.ravel(), minlength=most + 1)
