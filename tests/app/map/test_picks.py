"""A click is looked up before it is believed; evidence that may not be seen is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.map.picks import Ref, bounds, feature, picked, refs, seen
from geo.atlas import Atlas
from geo.tiles import Entry, tiles_of
from tests.geo.tiles.published import SIDE, SOUTH, WEST, published


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return Atlas(published(tmp_path_factory.mktemp("snapshots")))


@pytest.fixture(scope="module")
def archives(atlas: Atlas) -> list[Entry]:
    return list(tiles_of(atlas.snapshot)[1].archives)


def test_a_click_on_a_unit_or_a_line_is_its_id(atlas: Atlas, archives: list[Entry]) -> None:
    assert picked(atlas, archives, {"source": "units_village", "i": 2}) == "village:0@2010"
    assert picked(atlas, archives, {"source": "plant_cables_1", "i": 2}) == "cables:1"


@pytest.mark.parametrize(
    "click",
    [
        {},
        {"source": "units_village", "i": 0},
        {"source": "units_village", "i": -1},
        {"source": "units_village", "i": 10**9},
        {"source": "units_village", "i": "2"},
        {"source": "units_village", "i": 2.0},
        {"source": "units_village"},
        {"source": "plant_cables_0", "i": 2},
        {"source": "../units", "i": 2},
        {"source": ["units_village"], "i": 2},
    ],
)
def test_a_click_that_was_made_up_picks_nothing(
    atlas: Atlas, archives: list[Entry], click: dict[str, Any]
) -> None:
    assert picked(atlas, archives, click) == ""


def test_ids_are_found_on_the_map_again(atlas: Atlas, archives: list[Entry]) -> None:
    ids = ["village:0@2010", "cables:0", "cables:2p", "cables:none", "none:0", "none", "hamlet:00@2010"]
    assert refs(atlas, archives, ids) == [
        Ref("units_village", 2), Ref("plant_cables_0", 0), Ref("plant_cables_none", 5), Ref("units_hamlet", 14),
    ]  # fmt: skip


def test_what_the_reader_may_not_see_is_not_among_the_evidence(atlas: Atlas, archives: list[Entry]) -> None:
    mine = [e for e in archives if e.owner != "two"]
    assert refs(atlas, mine, ["cables:0", "cables:1"]) == [Ref("plant_cables_0", 0)]
    assert seen(atlas, mine, ["cables:1", "cables:0", "", "village:0@2010"]) == ["cables:0", "village:0@2010"]


def test_a_feature_has_its_bounds_and_its_row(atlas: Atlas, archives: list[Entry]) -> None:
    box = bounds(atlas, Ref("plant_cables_0", 0), archives)
    assert box is not None
    assert np.allclose(box, (WEST, SOUTH + SIDE / 2, WEST + 4 * SIDE, SOUTH + SIDE / 2))
    found = feature(atlas, "cables:0")
    assert found is not None
    assert found[1]["operator"] == "one"
    assert feature(atlas, "units:0") is None


def test_the_place_of_tiles_is_beside_the_snapshots(atlas: Atlas) -> None:
    assert (Path(atlas.snapshot.path).parent / ".tiles" / atlas.snapshot.name / "index.json").exists()
