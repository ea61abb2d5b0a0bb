"""Areas: the plain path behind each pixel, circles and sectors, order, monotony, what is unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.radio.air import Air, log_beta0
from geo.radio.antennas import loss_db, sector
from geo.radio.area import class_counts, predict
from geo.radio.classes import UMTS, UNKNOWN, classified
from geo.radio.ducting import Coast
from geo.radio.freespace import free_space_db
from geo.radio.levels import HIDDEN, KNOWN, NO_LEVEL, NO_SERVER
from geo.radio.p526 import Wave
from geo.radio.p1812 import Link, path_loss
from geo.radio.reach import OUT, VOID, Mast, Plan, cells_of, reach_of, terminal_clutter_db
from tests.geo.radio.worlds import cell, frame, hills, three_sectors

FRAME = frame()
PLAN = Plan(reach_m=5000.0)
WAVE = Wave(2.1, True, 0.0)
FLAT = np.zeros(FRAME.shape)


def bilinear(z, y, x):
    r, c = min(int(y), z.shape[0] - 2), min(int(x), z.shape[1] - 2)
    fy, fx = y - r, x - c
    return (z[r, c] * (1 - fx) + z[r, c + 1] * fx) * (1 - fy) + (
        z[r + 1, c] * (1 - fx) + z[r + 1, c + 1] * fx
    ) * fy


def plain_loss(z, clutter, mast, to, plan=PLAN):
    """One pixel by the plain method: its profile sampled point by point."""
    d = math.hypot(to[0] - mast.row, to[1] - mast.column) * 100.0
    n = max(math.ceil(d / plan.step_m), 5)
    at = [
        (mast.row + (to[0] - mast.row) * i / n, mast.column + (to[1] - mast.column) * i / n)
        for i in range(n + 1)
    ]
    h = np.array([bilinear(z, y, x) for y, x in at])
    toward = np.sign([to[0] - mast.row, to[1] - mast.column]) * 1e-9
    top = np.array([clutter[int(y + 0.5 + toward[0]), int(x + 0.5 + toward[1])] for y, x in at], float)
    km = d / 1000
    return path_loss(
        np.linspace(0, km, n + 1),
        h,
        top,
        link=Link(mast.agl_m, plan.rx_agl_m, 50.0),
        wave=WAVE,
        air=Air(plan.dn, plan.n0, log_beta0(plan.latitude, km, km)),
        coast=Coast(500.0, 500.0, km),
    ).loss


@given(st.integers(0, 2**32 - 1), st.floats(20, 100), st.floats(20, 100))
@settings(max_examples=15, deadline=None)
def test_each_pixel_is_the_plain_method_on_its_profile(seed, column, row):
    random = np.random.default_rng(seed)
    z, clutter = hills(seed), random.choice([0.0, 8.0, 15.0], FRAME.shape)
    mast = Mast(column, row, 25.0)
    reach = reach_of(cells_of(z, clutter, 100.0), mast, WAVE, PLAN)
    for _ in range(20):
        r, c = (int(v) for v in random.integers(0, reach.losses.shape))
        to = (reach.top + r, reach.left + c)
        d = math.hypot(to[0] - row, to[1] - column) * 100
        if d > PLAN.reach_m:
            assert reach.losses[r, c] == OUT
        elif d >= 250:
            assert reach.losses[r, c] / 100 == pytest.approx(plain_loss(z, clutter, mast, to), abs=0.00501)


def test_nearer_than_the_method_holds_there_is_free_space_and_the_receiver_s_clutter():
    clutter = np.full(FRAME.shape, 8.0)
    bare = reach_of(cells_of(FLAT, None, 100.0), Mast(60, 60, 30.0), WAVE, PLAN)
    built = reach_of(cells_of(FLAT, clutter, 100.0), Mast(60, 60, 30.0), WAVE, PLAN)
    at = (60 - bare.top, 62 - bare.left)
    free = free_space_db(2.1, 0.2, 28.5)
    assert bare.losses[at] / 100 == pytest.approx(free, abs=0.006)
    assert built.losses[at] / 100 == pytest.approx(free + terminal_clutter_db(2.1, 8.0, 1.5), abs=0.006)
    assert 15 < terminal_clutter_db(2.1, 8.0, 1.5) < 25
    assert terminal_clutter_db(2.1, 1.0, 1.5) == 0.0


def test_an_omni_on_flat_ground_gives_a_circle():
    level = predict(FRAME, cells_of(FLAT, None, 100.0), [cell()], plan=PLAN).service.level
    y, x = np.indices(FRAME.shape) - 60
    d = np.hypot(y, x)
    for reach in (5, 20, 35.0, 50):
        ring = level[np.abs(d - reach) < 1e-9]
        assert np.ptp(ring) <= 1
    assert (level[d > 50] == NO_LEVEL).all()
    assert (level[d <= 50] > NO_LEVEL).all()


def test_a_sector_on_flat_ground_has_its_pattern_s_shape():
    ground = cells_of(FLAT, None, 100.0)
    every = predict(FRAME, ground, [cell()], plan=PLAN).service.level
    one = predict(FRAME, ground, [cell(antenna=sector(65.0, 180.0), azimuth=90.0)], plan=PLAN).service.level
    for row, column in [(60, 100), (20, 60), (60, 30), (80, 90), (33, 71)]:
        bearing = math.degrees(math.atan2(column - 60, 60 - row))
        lost = loss_db(sector(65.0, 180.0), bearing, 90.0, 0.2, 0.0)
        assert (every[row, column] - one[row, column]) / 100 == pytest.approx(lost, abs=0.02)


def network(seed: int = 0, **change):
    spots = np.random.default_rng(seed).integers(5, 115, (6, 2))
    return [c for i, (x, y) in enumerate(spots) for c in three_sectors(f"S{i}", int(x), int(y), **change)]


def test_the_order_of_the_cells_and_the_threads_change_no_byte():
    ground = cells_of(hills(3), None, 100.0)
    one = predict(FRAME, ground, network(), plan=PLAN)
    other = predict(FRAME, ground, network()[::-1], plan=PLAN, jobs=3)
    assert one.cell_ids == other.cell_ids
    for name in ("level", "server", "seen"):
        assert getattr(one.service, name).tobytes() == getattr(other.service, name).tobytes()


def test_the_best_server_is_the_maximum_over_the_cells():
    ground = cells_of(hills(4), None, 100.0)
    cells = network()
    together = predict(FRAME, ground, cells, plan=PLAN)
    alone = np.stack([predict(FRAME, ground, [c], plan=PLAN).service.level for c in cells])
    assert np.array_equal(together.service.level, alone.max(axis=0))
    served = together.service.server != NO_SERVER
    order = sorted(range(len(cells)), key=lambda i: cells[i].cell_id)
    assert np.array_equal(together.service.server[served], alone[order].argmax(axis=0)[served])


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20))
@settings(max_examples=10, deadline=None)
def test_a_site_more_or_a_watt_more_never_lowers_a_level(seed, more):
    ground = cells_of(hills(seed % 7), None, 100.0)
    cells = network(seed)
    whole = predict(FRAME, ground, cells, plan=PLAN).service.level
    assert (whole >= predict(FRAME, ground, cells[:-3], plan=PLAN).service.level).all()
    stronger = predict(FRAME, ground, network(seed, eirp_dbm=45.0 + more), plan=PLAN).service.level
    assert (stronger >= whole).all()


def test_no_level_is_above_free_space():
    ground = hills(5, relief=400.0)
    level = predict(FRAME, cells_of(ground, None, 100.0), [cell()], plan=PLAN).service.level
    for row in range(12, 110, 7):
        for column in range(12, 110, 7):
            d = math.hypot(row - 60, column - 60) / 10
            if 0.3 < d <= 5:
                free = free_space_db(2.1, d, ground[60, 60] + 30 - ground[row, column] - 1.5)
                assert level[row, column] / 100 <= 45.0 - free + 0.011


def test_a_mirrored_ground_gives_a_mirrored_map():
    z = hills(6)
    clutter = np.random.default_rng(6).choice([0.0, 8.0, 20.0], FRAME.shape)
    one = predict(FRAME, cells_of(z, clutter, 100.0), [cell("A", 40, 70)], plan=PLAN).service.level
    other = predict(FRAME, cells_of(z[:, ::-1], clutter[:, ::-1], 100.0), [cell("A", 80, 70)], plan=PLAN)
    assert np.abs(one - other.service.level[:, ::-1]).max() <= 1


def test_a_second_run_computes_only_the_mast_that_moved():
    ground = cells_of(hills(7), None, 100.0)
    cells = network()
    first = predict(FRAME, ground, cells, plan=PLAN)
    moved = [c for c in cells if not c.cell_id.startswith("S0")] + three_sectors("S0", 33, 44)
    again = predict(FRAME, ground, moved, plan=PLAN, kept=first.reaches)
    assert (first.computed, again.computed) == (6, 1)
    fresh = predict(FRAME, ground, moved, plan=PLAN, keep=False)
    assert fresh.reaches == {}
    assert again.service.level.tobytes() == fresh.service.level.tobytes()


def test_unknown_ground_hides_what_lies_behind_it():
    z = FLAT.copy()
    z[:, 80] = np.nan
    service = predict(FRAME, cells_of(z, None, 100.0), [cell()], plan=PLAN).service
    assert service.seen[60, 79] == KNOWN
    assert service.seen[60, 80] == HIDDEN
    assert service.seen[60, 95] == HIDDEN
    assert service.seen[60, 0] == 0
    assert service.level[60, 95] == NO_LEVEL
    reach = reach_of(cells_of(z, None, 100.0), Mast(60, 60, 30.0), WAVE, PLAN)
    assert (reach.losses[:, 80 - reach.left] >= OUT).all()
    assert reach.losses[60 - reach.top, 80 - reach.left] == VOID


def test_a_mast_at_the_corner_of_the_frame_reaches_into_it():
    for at in [(0, 0), (120, 120), (0, 120)]:
        service = predict(FRAME, cells_of(hills(8), None, 100.0), [cell("A", *at)], plan=PLAN).service
        assert (service.seen == KNOWN).sum() == pytest.approx(math.pi * 50**2 / 4, rel=0.05)


def test_progress_counts_every_mast():
    told = []
    predict(
        FRAME, cells_of(FLAT, None, 100.0), network(), plan=PLAN, progress=lambda i, n: told.append((i, n))
    )
    assert told == [(i, 6) for i in range(1, 7)]


def test_classes_are_the_first_threshold_that_is_reached():
    service = predict(FRAME, cells_of(hills(9), None, 100.0), network(), plan=PLAN).service
    classes = classified(service)
    level = service.level / 100.0
    known = service.seen == KNOWN
    assert (classes[~known] == UNKNOWN).all()
    assert (classes[known & (level >= -85)] == 1).all()
    assert (classes[known & (level < -85) & (level >= -95)] == 2).all()
    assert (classes[known & (level < -95) & (level >= -100)] == 3).all()
    assert (classes[known & (level < -100)] == 0).all()
    assert class_counts(classes, 255).sum() == classes.size
    assert (classified(service, complete=True)[service.seen == 0] == 0).all()
    stricter = classified(service, UMTS, margin_db=10.3)
    assert ((stricter == 1) <= (classes == 1)).all()
