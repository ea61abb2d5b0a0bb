"""Tiles, values and shapes by HTTP: the archive's bytes, kept by the browser, rights first, no way out of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette

from app import shelf as shelves
from app import tiles, values
from app.access import Reader, Thing
from app.map import classes as c
from app.shelf import FOLDERS
from app.view import View
from geo.atlas import Atlas
from geo.snapshot import Snapshot
from geo.tiles import open_archive
from tests.app.map.asgi import Client
from tests.geo.tiles.published import published, units
from tests.geo.tiles.test_cut import place

#: A tile with villages in it.
Z = 12
X, Y = (int(v) for v in place(119.55, 31.55, Z))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def now(folder: Path) -> Snapshot:
    return published(folder)


@pytest.fixture(scope="module")
def before(folder: Path) -> Snapshot:
    turned = ("uncovered", "partial", "covered", "covered")
    shares = {"county:0@2010": (2.0, 0.0, 6.0)}
    return published(folder, statuses=turned, shares=shares, as_of="2009-12-31")


@pytest.fixture
def client(
    folder: Path, now: Snapshot, before: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.setenv(FOLDERS, str(folder))
    shelves.shelf.cache_clear()
    yield Client(Starlette(routes=[*tiles.ROUTES, *values.ROUTES]))
    shelves.shelf.cache_clear()


def url(snapshot: Snapshot, archive: str = "units_village", z: int = Z, x: int = X, y: int = Y) -> str:
    return f"/tiles/{snapshot.name}/{archive}/{z}/{x}/{y}.pbf"


def test_a_tile_is_the_archives_own_bytes(client: Client, now: Snapshot) -> None:
    answer = client.get(url(now))
    own = open_archive(now.path.parent / ".tiles" / now.name / "units_village.pmtiles").tile(Z, X, Y)
    assert own is not None
    assert answer.raw == own
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/x-protobuf"
    plain = client.get(url(now), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.raw == gzip.decompress(own)


def test_a_tile_that_the_browser_has_is_not_sent_again(client: Client, now: Snapshot) -> None:
    first = client.get(url(now))
    assert "immutable" in first.headers["cache-control"]
    again = client.get(url(now), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(url(now, x=X + 1))
    assert other.headers["etag"] != first.headers["etag"]


def test_an_owners_tiles_are_asked_for_again_each_time(client: Client, now: Snapshot) -> None:
    x, y = (int(v) for v in place(119.55, 31.515, Z))
    answer = client.get(url(now, "plant_cables_0", x=x, y=y))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in answer.headers["vary"]


def test_where_nothing_is_there_is_an_empty_answer(client: Client, now: Snapshot) -> None:
    for x, y, z in ((0, 0, Z), (X, Y, 2), (X, Y, 20), (10**9, Y, Z)):
        assert client.get(url(now, x=x, y=y, z=z)).status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/none/units_village/12/1/1.pbf",
        "/tiles/{snap}/none/12/1/1.pbf",
        "/tiles/{snap}/units_village/12/1/-1.pbf",
        "/tiles/{snap}/units_village/12/1/x.pbf",
        "/tiles/{snap}/..%2f..%2fmanifest/12/1/1.pbf",
        "/tiles/{snap}%2f../units_village/12/1/1.pbf",
        "/tiles/..%2f{snap}/units_village/12/1/1.pbf",
        "/tiles/{snap}/index.json/12/1/1.pbf",
        "/tiles/{snap}/units_village%00/12/1/1.pbf",
        "/tiles/latest/units_village/12/1/1.pbf",
        "/tiles/none/sources.json",
        "/shapes/{snap}/..%2funits.json?i=1",
        "/shapes/none/units_village.json?i=1",
        "/values/none/village/fibre/*/units/all.bin?of=village",
        "/values/{snap}/none/fibre/*/units/all.bin?of=village",
        "/values/{snap}/village/none/*/units/all.bin?of=village",
        "/values/{snap}/village/fibre/none/units/all.bin?of=village",
        "/values/{snap}/village/fibre/*/none/all.bin?of=village",
        "/values/{snap}/village/fibre/*/units/none.bin?of=village",
        "/values/{snap}/village/fibre/*/units/all.bin?of=none",
        "/values/{snap}/village/fibre/*/units/all.bin",
        "/values/{snap}/village/fibre/*/units/all.bin?of=village&since=none",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, now: Snapshot, path: str) -> None:
    assert client.get(path.replace("{snap}", now.name)).status_code == 404


def test_rights_are_asked_before_anything_is_told(
    client: Client, now: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = client.get(url(now, "plant_cables_1")).headers["etag"]
    asked: list[Thing] = []

    def only_one(reader: Reader | None, thing: Thing) -> bool:
        asked.append(thing)
        return reader is not None and thing.owner in (None, "one")

    monkeypatch.setattr(tiles, "may", only_one)
    monkeypatch.setattr(values, "may", only_one)
    assert client.get(url(now, "plant_cables_0")).status_code in (200, 204)
    hidden = client.get(url(now, "plant_cables_1"), headers={"if-none-match": etag})
    assert (hidden.status_code, hidden.content) == (404, b"")
    assert client.get(f"/shapes/{now.name}/plant_cables_1.json?i=0").status_code == 404
    tree = client.get(f"/tiles/{now.name}/sources.json").json()
    assert [s["id"] for s in tree["sources"] if s["kind"] == "plant"] == [
        "plant_cables_none",
        "plant_cables_0",
    ]
    assert client.get(f"/values/{now.name}/village/fibre/two/units/all.bin?of=village").status_code == 404
    assert {(t.kind, t.owner) for t in asked} >= {("tiles", "two"), ("values", "two"), ("tiles", None)}


def test_nobody_is_told_to_sign_in(client: Client, now: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tiles, values):
        monkeypatch.setattr(module, "reader_of", lambda _: None)
    paths = [url(now), f"/tiles/{now.name}/sources.json", f"/shapes/{now.name}/units_village.json?i=1"]
    for path in [*paths, f"/values/{now.name}/village/fibre/*/units/all.bin?of=village"]:
        assert client.get(path).status_code == 401


def test_a_shape_is_the_units_own_and_no_other_archives(client: Client, now: Snapshot) -> None:
    table = units()
    got = client.get(f"/shapes/{now.name}/units_village.json?i=2,3,0,30,-1,99999").json()
    assert len(got["features"]) == 2
    ring = got["features"][0]["geometry"]["coordinates"][0]
    assert sorted({tuple(p) for p in ring}) == sorted(
        {tuple(np.round(p, 6)) for p in table.geometry[2].exterior.coords}
    )
    assert got["features"][0]["properties"] == {}
    assert len(client.get(f"/shapes/{now.name}/plant_cables_0.json?i=0,1,2,3,4").json()["features"]) == 2
    assert client.get(f"/shapes/{now.name}/units_village.json?i=a").status_code == 400


def vector(client: Client, snapshot: Snapshot, level: str, of: str = "village", **query: str) -> list[int]:
    more = "".join(f"&{k}={v}" for k, v in query.items() if k != "klass")
    path = f"/values/{snapshot.name}/{level}/fibre/*/units/{query.get('klass', 'all')}.bin?of={of}{more}"
    answer = client.get(path)
    assert answer.status_code == 200, path
    return list(answer.content)


def test_the_values_of_a_level_are_its_statuses_in_the_order_of_positions(
    client: Client, now: Snapshot
) -> None:
    assert vector(client, now, "village") == [1, 2, 3, 4] * 3
    assert vector(client, now, "hamlet", "hamlet") == [1, 2, 3, 4] * 6


def test_another_class_has_nothing_to_show(client: Client, now: Snapshot) -> None:
    assert vector(client, now, "village", klass="town") == [0, 2, 0, 4] * 3


def test_above_the_values_are_shares(client: Client, now: Snapshot) -> None:
    """3 of 6; and 1 of the 2 that are known, with 4 of 6 unknown."""
    assert vector(client, now, "county") == [13, c.UNKNOWN]


def test_a_comparison_says_what_changed(client: Client, now: Snapshot, before: Snapshot) -> None:
    expected = [c.GAINED, c.STILL_WITHOUT, c.LOST, c.EITHER_UNKNOWN]
    assert vector(client, now, "village", since=before.name) == expected * 3
    assert vector(client, now, "county", since=before.name) == [c.ROSE_FAR, c.EITHER_UNKNOWN]


def test_values_agree_with_the_snapshots_own_facts(now: Snapshot) -> None:
    atlas = Atlas(now)
    facts = now.frame("facts").set_index("unit_id")["status"]
    for level in ("village", "hamlet"):
        codes = values.values(
            atlas, level, View(service="fibre", operator="*", basis="units", klass="all", level=level)
        )
        for i, code in zip(atlas.at_level(level), codes, strict=True):
            assert list(c.STATUS).index(int(code)) == ["covered", "partial", "uncovered", "unknown"].index(
                facts[atlas.units.at[i, "unit_id"]]
            )


def test_the_maps_sources_are_in_the_readers_language(client: Client, now: Snapshot) -> None:
    trees = [client.get(f"/tiles/{now.name}/sources.json?lang={lang}").json() for lang in ("en", "zh")]
    assert [t["looks"]["3"]["word"] for t in trees] == ["not covered", "未覆盖"]
    assert all("审图号" in t["text"]["note"] or "内部资料" in t["text"]["note"] for t in trees)
    assert [s["id"] for s in trees[0]["sources"]][:3] == ["units_county", "units_village", "units_hamlet"]
    assert json.dumps(trees[0]).count("://") == 0


def test_a_reviewed_maps_number_stands_on_it(now: Snapshot) -> None:
    from app.map.sources import note

    atlas = Atlas(now)
    atlas.manifest["map_review_number"] = "苏S（2026）001号"
    assert "苏S（2026）001号" in note(atlas, "zh")
