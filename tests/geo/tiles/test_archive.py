"""An archive answers what lies in it and nothing else, from many threads, and says when it is none."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from geo.errors import SnapshotError
from geo.tiles import open_archive


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that is large enough to have leaf directories."""
    import freestiler

    rng = np.random.default_rng(1)
    points = shapely.points(rng.uniform(100, 130, 20_000), rng.uniform(20, 45, 20_000))
    frame = gpd.GeoDataFrame({"i": np.arange(20_000)}, geometry=points, crs=4326)
    path = tmp_path_factory.mktemp("many") / "many.pmtiles"
    freestiler.freestile(frame, path, min_zoom=8, max_zoom=11, generate_ids=False, quiet=True)
    return path


def test_every_tile_is_the_one_that_the_formats_own_reader_gives(many: Path) -> None:
    archive = open_archive(many)
    assert archive.zooms == (8, 11)
    with many.open("rb") as file:
        source = MmapSource(file)
        assert Reader(source).header()["leaf_directory_length"] > 0, "the test is meant to reach the leaves"
        there = list(all_tiles(source))
    assert len(there) > 10_000
    for (z, x, y), tile in there[::7]:
        assert archive.tile(z, x, y) == tile
    assert gzip.decompress(there[0][1])


@pytest.mark.parametrize(
    ("z", "x", "y"),
    [(7, 0, 0), (12, 0, 0), (8, 0, 0), (8, -1, 3), (8, 256, 3), (8, 3, 256), (10**6, 1, 1), (9, 2**70, 0)],
)
def test_outside_there_is_nothing(many: Path, z: int, x: int, y: int) -> None:
    assert open_archive(many).tile(z, x, y) is None


def test_many_threads_read_the_same(many: Path) -> None:
    archive = open_archive(many)
    asked = [(11, 1600 + n % 97, 800 + n % 89) for n in range(500)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda a: archive.tile(*a), asked))
    assert got == [archive.tile(*a) for a in asked]


def test_an_archive_is_opened_once_until_its_file_changes(many: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pmtiles"
    copy.write_bytes(many.read_bytes())
    first = open_archive(copy)
    assert open_archive(copy) is first
    import os

    os.utime(copy, ns=(1, 1))
    assert open_archive(copy) is not first


@pytest.mark.parametrize("content", [b"", b"PMTiles", b"\0" * 500, b"<html>" * 100])
def test_a_file_that_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pmtiles").write_bytes(content)
    with pytest.raises(SnapshotError, match=r"x\.pmtiles: no archive of tiles"):
        open_archive(tmp_path / "x.pmtiles")
    with pytest.raises(SnapshotError, match=r"y\.pmtiles: no archive of tiles"):
        open_archive(tmp_path / "y.pmtiles")
