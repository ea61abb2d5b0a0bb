"""Laws of order and place: nothing that carries no meaning changes a byte, or a share by more than 1e-6."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.cover.decide import cover
from geo.facts import facts_table
from geo.rollup import roll_up
from tests.laws.random_worlds import law, worlds
from tests.worlds import World, answered, facts_in, facts_of

SHARES = ["share_area", "share_population", "share_households", "unknown_share"]


def bytes_of(world: World, jobs: int = 1) -> tuple[bytes, bytes]:
    """The facts and the roll-up as the bytes of their files."""
    at = world.ground()
    blocks = cover(at, jobs=jobs)
    facts = facts_table(blocks, at.hierarchy.table["unit_id"].to_numpy(dtype=object))
    rollup = pa.Table.from_pandas(roll_up(blocks, at.hierarchy), preserve_index=False)
    return file_of(facts), file_of(rollup)


def file_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


@law
@given(worlds(), st.integers(0, 1000))
def test_the_order_of_rows_layers_and_operators_changes_no_byte(world: World, seed: int) -> None:
    dice = np.random.default_rng(seed)
    other = world.but(
        of=shuffled(world.of, seed),
        below=shuffled(world.below, seed + 1),
        plant={k: shuffled(v, seed + i) for i, (k, v) in enumerate(world.plant.items())},
        layers=tuple(world.layers[i] for i in dice.permutation(len(world.layers))),
        operators=tuple(dice.permutation(world.operators)),
    )
    assert bytes_of(world) == bytes_of(other)


@law
@given(worlds())
def test_one_and_two_jobs_give_the_same_bytes(world: World) -> None:
    assert bytes_of(world, 1) == bytes_of(world, 2)


@law
@given(worlds())
def test_asked_county_by_county_the_facts_are_the_same_bit_for_bit(world: World) -> None:
    at = world.ground()
    tree = at.hierarchy
    county = tree.ancestor(np.arange(len(tree.table)), "county")
    parts = [cover(at, units=np.flatnonzero(county == c)) for c in tree.at("county")]
    whole = plain(facts_of(cover(at), at))
    for block_facts in (plain(facts_of(p, at)) for p in parts):
        same = whole.loc[block_facts.index]
        pd.testing.assert_frame_equal(
            same.drop(columns="evidence"), block_facts.drop(columns="evidence"), rtol=0, atol=0
        )
        assert [list(e) for e in same["evidence"]] == [list(e) for e in block_facts["evidence"]]
    assert sum(len(facts_of(p, at)) for p in parts) == len(whole)


def plain(facts: pd.DataFrame) -> pd.DataFrame:
    """Facts with words as words: which words a table holds elsewhere is no part of a fact."""
    words = [c for c in facts if isinstance(facts[c].dtype, pd.CategoricalDtype)]
    return facts.astype(dict.fromkeys(words, object))


def moved(world: World, east: float) -> World:
    def shift(frame: pd.DataFrame) -> pd.DataFrame:
        if "geometry" not in frame:
            return frame
        return frame.assign(
            geometry=shapely.transform(frame.geometry.to_numpy(), lambda c: c + [east, 0.0])
        ).set_crs("OGC:CRS84", allow_override=True)

    return world.but(
        of=shift(world.of), below=shift(world.below), plant={k: shift(v) for k, v in world.plant.items()}
    )


def assert_same_to(a: pd.DataFrame, b: pd.DataFrame, *, metres: float) -> None:
    """Shares are the same to 1e-6, distances to some metres or a millionth of themselves."""
    assert list(a.index) == list(b.index)
    for column in SHARES:
        np.testing.assert_allclose(a[column], b[column], rtol=0, atol=1e-6, err_msg=column)
    np.testing.assert_allclose(a["nearest_m"], b["nearest_m"], rtol=1e-6, atol=metres)


@law
@given(worlds(), st.sampled_from([-119.5, -59.5, 0.5, 3.0, 12.25, 57.0]))
def test_the_same_world_at_another_longitude_has_the_same_shares(world: World, east: float) -> None:
    """Zones, the equator of longitude and the planes' centres carry no meaning; latitude does."""
    assert_same_to(facts_in(world), facts_in(moved(world, east)), metres=1e-3)


@law
@given(worlds(), st.sampled_from(["EPSG:4549", "EPSG:4548", "EPSG:32651", "EPSG:32650", "EPSG:2414"]))
def test_another_metric_plane_gives_the_same_shares(world: World, crs: str) -> None:
    """3-degree and 6-degree zones, the right one and its neighbours: distances are ellipsoidal all the same.

    Where the middle of an outline lies, or its nearest point, is found in the plane: centimetres off where the
    plane's scale changes quickly.
    """
    assert_same_to(facts_in(world), facts_in(world.but(metric_crs=crs)), metres=0.3)


@law
@given(worlds(), st.data())
def test_plant_that_reaches_nothing_changes_nothing_but_the_nearest(world: World, data: Any) -> None:
    """Far plant of a known operator: no share, no status, no roll-up moves."""
    far = world.plant["nodes"].tail(1).assign(id="far")
    before, rollup = answered(world)
    after, again = answered(
        world.but(plant={**world.plant, "nodes": pd.concat([world.plant["nodes"], far], ignore_index=True)})
    )
    pd.testing.assert_frame_equal(before[["status", *SHARES]], after[["status", *SHARES]])
    pd.testing.assert_frame_equal(rollup, again)
