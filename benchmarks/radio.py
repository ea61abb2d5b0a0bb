"""Time the radio kernels: `python -m benchmarks.radio`. CPU seconds of one thread, compiled before the clock starts.

The opponent of the profile kernel is itmlogic (Longley-Rice in Python), where it can be imported; it is a tool for
this comparison only and no dependency. Both answer 10 km profiles of 100 m over the same ground.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pyproj

from geo.radio.air import Air, log_beta0
from geo.radio.antennas import sector
from geo.radio.area import Cell, predict
from geo.radio.frame import Frame
from geo.radio.median import median_loss_db, steps_for
from geo.radio.p526 import Wave
from geo.radio.reach import OUT, Mast, Plan, cells_of, reach_of

FRAME = Frame(0.0, 60_000.0, 100.0, 600, 600, pyproj.CRS("EPSG:32650"))
WAVE = Wave(2.1, True, 0.0)
ROUNDS = 3


def hills(seed: int = 1) -> np.ndarray:
    """Return random ground of 400 m relief [m]."""
    random = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(600)[:, None], np.fft.rfftfreq(600)[None])
    k[0, 0] = 1.0
    z = np.fft.irfft2(np.fft.rfft2(random.normal(size=(600, 600))) * k**-1.8, s=(600, 600))
    return (z - z.min()) / (z.max() - z.min()) * 400.0


def seconds(work: Callable[[], object]) -> float:
    """Return the least CPU seconds of some rounds."""
    least = math.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def network(sites: int = 100) -> list[Cell]:
    """Return sites of three sectors spread over the frame."""
    random = np.random.default_rng(2)
    spots = random.uniform(2_000.0, 58_000.0, (sites, 2))
    return [
        Cell(f"{i:03}-{k}", x, y, 35.0, 2100.0, 48.0, 120.0 * k, 3.0, sector())
        for i, (x, y) in enumerate(spots)
        for k in range(3)
    ]


def profiles(ground: np.ndarray) -> None:
    """Time one profile after the other, and itmlogic beside it."""
    n, steps = 100, steps_for(100)
    rows = [np.ascontiguousarray(ground[r, 100:201]) for r in range(0, 600, 6)]
    air = Air(45.0, 325.0, log_beta0(31.0, 10.0, 10.0))

    def ours() -> None:
        for h in rows * 100:
            median_loss_db(h, h, n, 0.1, (35.0, 1.5), WAVE, air, steps)

    ours()
    mine = seconds(ours) / (len(rows) * 100) * 1e6
    print(f"profile of 10 km, called from Python: {mine:.2f} us")
    try:
        theirs = seconds(lambda: [longley_rice_db(h) for h in rows]) / len(rows) * 1e6
    except ImportError:
        print("itmlogic is not installed: no comparison")
        return
    print(f"itmlogic, its reference attenuation alone: {theirs:.0f} us; ratio {theirs / mine:.0f}")


def longley_rice_db(h: np.ndarray) -> float:
    """Return itmlogic's reference attenuation of one profile [dB]."""
    from itmlogic.preparatory_subroutines.qlrpfl import qlrpfl
    from itmlogic.preparatory_subroutines.qlrps import qlrps

    prop = {"fmhz": 2100.0, "hg": [35.0, 1.5], "eps": 15, "sgm": 0.005, "klim": 5, "klimx": 0}
    prop |= {"lvar": 5, "mdvar": 12, "mdvarx": 12, "ens0": 325.0, "ipol": 1, "kwx": 0, "gma": 157e-9}
    prop["pfl"] = [len(h) - 1, 100.0, *h.tolist()]
    prop["wn"], prop["gme"], prop["ens"], prop["zgnd"] = qlrps(2100.0, float(h.mean()), 325.0, 1, 15, 0.005)
    return float(qlrpfl(prop)["aref"])


def areas(ground: np.ndarray) -> None:
    """Time one mast by range, then a network."""
    clutter = np.random.default_rng(3).choice([0.0, 8.0, 10.0, 15.0], ground.shape)
    for name, cover in (("bare", None), ("clutter", clutter)):
        cells = cells_of(ground, cover, 100.0)
        reach_of(cells, Mast(300.0, 300.0, 35.0), WAVE, Plan(reach_m=2_000.0))
        for km in (5, 10, 15, 25, 30):
            plan = Plan(reach_m=km * 1000.0)
            pixels = int((reach_of(cells, Mast(300.3, 300.4, 35.0), WAVE, plan).losses < OUT).sum())
            took = seconds(lambda p=plan, c=cells: reach_of(c, Mast(300.3, 300.4, 35.0), WAVE, p))
            print(f"{name:8} {km:3} km {pixels:7} pixels {took / pixels * 1e6:.2f} us a pixel")
    cells = cells_of(ground, clutter, 100.0)
    for km in (10, 15, 30):
        for sites in (50, 100):
            start = time.process_time()
            made = predict(FRAME, cells, network(sites), plan=Plan(reach_m=km * 1000.0))
            print(f"{sites} sites of 3 sectors, {km} km: {time.process_time() - start:.2f} CPU s", end="")
            moved = network(sites)
            moved[:3] = [Cell(**{**c.__dict__, "x": c.x + 500.0}) for c in moved[:3]]
            start = time.process_time()
            again = predict(FRAME, cells, moved, plan=Plan(reach_m=km * 1000.0), kept=made.reaches)
            print(f"; after one moved {time.process_time() - start:.2f} ({again.computed} mast computed)")


if __name__ == "__main__":
    relief = hills()
    profiles(relief)
    areas(relief)
