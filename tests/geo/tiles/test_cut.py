"""Tiles hold every unit at every zoom of their range, each owner's plant in a file of its own, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import SnapshotError
from geo.snapshot import Snapshot
from geo.tiles import Archive, Entry, cut_tiles, open_archive, tiles_folder, tiles_of
from geo.tiles.cut import FIRST, LAST, zoom_of
from geo.tiles.index import INDEX, read_index
from tests.geo.tiles.mvt import Feature, layers
from tests.geo.tiles.published import SIDE, SOUTH, WEST, published, units

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "'; DROP TABLE--",
    "</script><script>",
    "\u202eevil",
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("snapshots"))


def tiles(entry: Entry, archive: Archive, zoom: int) -> Iterator[tuple[int, int, bytes]]:
    """The tiles of a zoom within the bounds of an archive."""
    west, south, east, north = entry.bounds
    left, top = place(west, north, zoom)
    right, bottom = place(east, south, zoom)
    for x in range(math.floor(left), math.floor(right) + 1):
        for y in range(math.floor(top), math.floor(bottom) + 1):
            if (tile := archive.tile(zoom, x, y)) is not None:
                yield x, y, tile


def place(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    n = 2.0**zoom
    return (lon + 180) / 360 * n, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n


def features(folder: Path, entry: Entry, zoom: int) -> list[Feature]:
    archive = open_archive(entry.file(folder))
    return [f for _, _, t in tiles(entry, archive, zoom) for fs in layers(t).values() for f in fs]


def test_every_feature_is_in_every_zoom_of_its_archive(snapshot: Snapshot) -> None:
    folder, index = tiles_of(snapshot)
    for entry in index.archives:
        for zoom in range(entry.minzoom, entry.maxzoom + 1):
            there = {f.properties["i"] for f in features(folder, entry, zoom)}
            assert len(there) == entry.count, (entry.archive, zoom)


def test_positions_and_names_are_those_of_the_units(snapshot: Snapshot) -> None:
    folder, index = tiles_of(snapshot)
    table = units()
    for entry in index.units():
        for f in features(folder, entry, entry.maxzoom):
            assert set(f.properties) == {"i", "name"}
            assert table.loc[f.properties["i"], "name"] == f.properties["name"]
            assert table.loc[f.properties["i"], "level"] == entry.of


def test_a_unit_without_a_place_is_not_drawn_and_moves_no_position(snapshot: Snapshot) -> None:
    _, index = tiles_of(snapshot)
    hamlets = index.level("hamlet")
    assert hamlets is not None
    assert (hamlets.count, hamlets.first, hamlets.shapes) == (23, 14, ("points",))


def test_points_lie_where_the_table_says_to_a_metre(snapshot: Snapshot) -> None:
    folder, index = tiles_of(snapshot)
    entry = index.level("hamlet")
    assert entry is not None
    table, archive = units(), open_archive(entry.file(folder))
    for x, y, tile in tiles(entry, archive, entry.maxzoom):
        for f in layers(tile)["points"]:
            wanted = table.geometry.loc[f.properties["i"]]
            right, down = place(wanted.x, wanted.y, entry.maxzoom)
            ((px, py),) = f.points
            metres = 40_075_017 * math.cos(math.radians(SOUTH)) / 2**entry.maxzoom
            assert math.hypot(x + px / 4096 - right, y + py / 4096 - down) * metres < 1.0


def test_each_owner_has_an_archive_that_holds_no_other(snapshot: Snapshot) -> None:
    folder, index = tiles_of(snapshot)
    assert [(e.archive, e.owner) for e in index.plant()] == [
        ("plant_cables_none", ""),
        ("plant_cables_0", "one"),
        ("plant_cables_1", "two"),
    ]
    for entry in index.plant():
        found = features(folder, entry, entry.maxzoom)
        assert {f.properties["operator"] for f in found} == {entry.owner}
        assert entry.shapes == ("lines", "points")


def test_plant_out_of_service_says_so(snapshot: Snapshot) -> None:
    folder, index = tiles_of(snapshot)
    off = {
        f.properties["i"]
        for e in index.plant()
        for f in features(folder, e, e.maxzoom)
        if f.properties["off"]
    }
    assert off == {0}


def test_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot, tmp_path: Path) -> None:
    cut_tiles(snapshot, tmp_path / "a")
    cut_tiles(snapshot, tmp_path / "b")
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert INDEX in names
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a", "b"], "nothing is left aside"
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_hostile_names_are_text_in_the_tile_and_in_no_path(tmp_path: Path) -> None:
    names = {f"village:{n}@2010": text for n, text in enumerate(HOSTILE)}
    owner = "../../evil"
    folder, index = tiles_of(published(tmp_path, names=names, owners=(owner,), layer="Ü %2e"))
    entry = index.level("village")
    assert entry is not None
    shown = {f.properties["name"] for f in features(folder, entry, entry.maxzoom)}
    assert set(HOSTILE[:-1]) | {"\\u202eevil"} <= shown
    assert [e.archive for e in index.plant()] == ["plant_-0_2"]
    assert index.plant()[0].owner == owner
    assert sorted(p.name for p in folder.iterdir()) == [
        "index.json", "plant_-0_2.pmtiles", "units_county.pmtiles", "units_hamlet.pmtiles", "units_village.pmtiles",
    ]  # fmt: skip


def test_tiles_are_cut_once_and_again_where_they_are_broken(tmp_path: Path) -> None:
    snapshot = published(tmp_path)
    told: list[str] = []
    folder, index = tiles_of(snapshot, say=told.append)
    assert told[0] == "units_county (1/6)"
    assert told[-1] == "plant_cables_1 (6/6)"
    assert folder == tmp_path / ".tiles" / snapshot.name == tiles_folder(snapshot)
    told.clear()
    assert tiles_of(snapshot, say=told.append)[1] == index
    assert told == []
    (folder / INDEX).write_text('{"version": 0}')
    with pytest.raises(SnapshotError, match="no tiles of this version"):
        read_index(folder)
    assert tiles_of(snapshot)[1] == index


def test_where_the_snapshots_cannot_be_written_tiles_go_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = published(tmp_path / "snapshots")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Root may write everywhere, so the answer to the question is changed, not the folder.
    monkeypatch.setattr("geo.tiles.place.os.access", lambda path, _: "snapshots" not in Path(path).parts)
    assert tiles_of(snapshot)[0] == tmp_path / "cache" / "cuntong" / "tiles" / snapshot.name
    assert not (tmp_path / "snapshots" / ".tiles").exists()


def test_a_fault_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = published(tmp_path / "snapshots")

    def fails(text: str) -> None:
        if "3/6" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_tiles(snapshot, tmp_path / "tiles" / "a", say=fails)
    assert list((tmp_path / "tiles").iterdir()) == []


def test_a_zoom_is_the_first_at_which_a_village_is_wide_enough() -> None:
    """A village of 0.03 degrees is 10.9 pixels wide at zoom 9 and 5.5 at zoom 8."""
    boxes = np.array(units().query("level == 'village'").geometry, dtype=object)
    assert zoom_of(boxes, 10.0) == 9
    assert zoom_of(boxes, 4.0) == 8


def test_features_along_a_line_share_its_length() -> None:
    """Eleven points over 1.3 degrees: 0.118 each, 10.8 pixels at zoom 7."""
    assert zoom_of(np.asarray(shapely.points(WEST + 0.13 * np.arange(11), np.full(11, SOUTH))), 10.0) == 7


@given(st.integers(1, 400), st.floats(1e-6, 60), st.floats(1, 100))
def test_a_zoom_is_within_its_range_and_wider_asks_for_no_less(n: int, size: float, pixels: float) -> None:
    rng = np.random.default_rng(n)
    points = shapely.points(WEST + size * rng.random(n), SOUTH + size / 2 * rng.random(n))
    zooms = [zoom_of(np.asarray(points), p) for p in (pixels, pixels * 2)]
    assert FIRST <= zooms[0] <= zooms[1] <= min(zooms[0] + 1, LAST - 1)
    assert zoom_of(np.asarray([shapely.box(0, 0, SIDE, SIDE)]), 10) == 9
