"""Route of the tiles, and of single shapes: rights are asked per archive, at each request."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.access import Reader, Thing, may, reader_of
from app.map.sources import configuration
from app.shelf import shelf
from geo.atlas import Atlas
from geo.errors import SnapshotError, UnknownName
from geo.snapshot import Snapshot
from geo.tiles import Entry, Index, open_archive, tiles_of
from geo.tiles.index import VERSION

#: Everybody's tiles may be kept by the browser: the snapshot's hash is in the address. An owner's may not
#: stay for the next person at the same machine without being asked for again.
KEEP = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"

#: Shapes in one answer, and vertices of one shape: above this its outline is drawn in fewer.
MOST_SHAPES, MOST_VERTICES = 300, 1500


@lru_cache(maxsize=32)
def _tiles(path: Path) -> tuple[Path, Index]:
    return tiles_of(Snapshot(path))


def tiles_in(snapshot: Snapshot) -> tuple[Path, Index]:
    """Return a snapshot's tiles, cut at the first call.

    Raises
    ------
    SnapshotError
        They cannot be cut.
    """
    return _tiles(snapshot.path)


def thing_of(snapshot: str, entry: Entry) -> Thing:
    """Return an archive as access asks for it."""
    return Thing(snapshot, "tiles", entry.archive, entry.owner or None)


def archives_for(reader: Reader | None, snapshot: Snapshot) -> list[Entry]:
    """Return the archives of a snapshot that a reader may see."""
    _, index = tiles_in(snapshot)
    return [e for e in index.archives if may(reader, thing_of(snapshot.name, e))]


def tile(request: Request) -> Response:
    """Answer a tile: the archive's own bytes, nothing where it is empty, 404 where it may not be read."""
    asked = request.path_params
    found = _archive(request)
    if isinstance(found, Response):
        return found
    folder, entry = found
    z, x, y = asked["z"], asked["x"], asked["y"]
    etag = f'"{asked["snapshot"]}-{entry.archive}-{z}-{x}-{y}-{VERSION}"'
    headers = _headers(entry, etag)
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    try:
        body = open_archive(entry.file(folder)).tile(z, x, y)
    except SnapshotError:
        _tiles.cache_clear()  # somebody removed them: cut anew at the next view
        return Response(status_code=404)
    if body is None:
        return Response(status_code=204, headers=headers)
    return packed(request, body, "application/x-protobuf", headers)


def shapes(request: Request) -> Response:
    """Answer single shapes of an archive as GeoJSON, without any attribute: what the map draws on top."""
    found = _archive(request)
    if isinstance(found, Response):
        return found
    _, entry = found
    try:
        wanted = [int(i) for i in request.query_params.get("i", "").split(",")][:MOST_SHAPES]
    except ValueError:
        return Response(status_code=400)
    atlas = shelf().atlas(request.path_params["snapshot"])
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(s))}
        for s in _shapes(atlas, entry, wanted)
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()
    return packed(request, gzip.compress(body, mtime=0), "application/geo+json", _headers(entry, None))


def packed(request: Request, body: bytes, kind: str, headers: dict[str, str]) -> Response:
    """Return gzip bytes as they are, unpacked for a browser that does not take them."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = {**headers, "Content-Encoding": "gzip"}
    else:
        body = gzip.decompress(body)
    return Response(body, media_type=kind, headers=headers)


def kept(owner: str | None) -> dict[str, str]:
    """Return how long a browser keeps an answer.

    What is everybody's is kept without a question: no `Vary: Cookie`, for which chromium asks again each time.
    """
    if owner:
        return {"Cache-Control": ASK_AGAIN, "Vary": "Cookie, Accept-Encoding"}
    return {"Cache-Control": KEEP, "Vary": "Accept-Encoding"}


def _headers(entry: Entry, etag: str | None) -> dict[str, str]:
    return {**kept(entry.owner), **({"ETag": etag} if etag else {})}


def _archive(request: Request) -> tuple[Path, Entry] | Response:
    """Return the archive that is asked for, or the answer that it may not be read."""
    reader = reader_of(request.cookies)
    if reader is None:
        return Response(status_code=401)
    name = request.path_params["snapshot"]
    try:
        snapshot = shelf().snapshot(name)
        folder, index = tiles_in(snapshot)
    except (UnknownName, SnapshotError):
        return Response(status_code=404)
    # Names are looked up in the index, never put into a path.
    entry = index.entry(request.path_params["archive"])
    if entry is None or not may(reader, thing_of(name, entry)):
        return Response(status_code=404)
    return folder, entry


def _shapes(atlas: Atlas, entry: Entry, wanted: list[int]) -> list[shapely.Geometry]:
    """Return shapes of an archive by position: those of another level or owner are not among them."""
    if entry.kind == "units":
        levels = atlas.units["level"].to_numpy()
        mine = [i for i in wanted if 0 <= i < len(levels) and levels[i] == entry.of]
        found = atlas.geometry(mine)
        lon, lat = (atlas.units[c].to_numpy()[mine] for c in ("lon", "lat"))
        found = np.array(
            [g or shapely.Point(x, y) for g, x, y in zip(found, lon, lat, strict=True)], dtype=object
        )
    else:
        import pyarrow as pa

        table = atlas.snapshot.arrow(f"plant/{entry.of}")
        owners = table["operator"].to_pandas().fillna("").to_numpy()
        mine = [i for i in wanted if 0 <= i < len(owners) and owners[i] == entry.owner]
        wkb = table["geometry"].take(pa.array(mine, pa.int64()))
        found = np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), dtype=object)
    return [_thinned(s) for s in found if s is not None and not s.is_empty]


def _thinned(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape in degrees with six digits (0.1 m), with fewer vertices where it has very many."""
    step = 0.0002
    whole = shape
    while shapely.get_num_coordinates(shape) > MOST_VERTICES and step < 1:
        shape = shapely.simplify(whole, step, preserve_topology=False)
        step *= 2
    return shapely.transform(shape, lambda xy: np.round(xy, 6))


def sources(request: Request) -> Response:
    """Answer what a map is made of: the archives that this reader may see, with their names and colours."""
    reader = reader_of(request.cookies)
    if reader is None:
        return Response(status_code=401)
    name = request.path_params["snapshot"]
    if not may(reader, Thing(name, "snapshot", name)):
        return Response(status_code=404)
    try:
        atlas = shelf().atlas(name)
        archives = archives_for(reader, atlas.snapshot)
    except (UnknownName, SnapshotError):
        return Response(status_code=404)
    language = "zh" if request.query_params.get("lang") == "zh" else "en"
    text = _told(atlas, archives, language)
    # The address that the page gave names these very bytes: what another reader may see has another address.
    same = request.query_params.get("v") == _digest(text)
    body = gzip.compress(text.encode(), mtime=0)
    headers = kept(None) if same else {"Cache-Control": ASK_AGAIN, "Vary": "Cookie, Accept-Encoding"}
    return packed(request, body, "application/json", headers)


def address(atlas: Atlas, archives: Sequence[Entry], language: str) -> str:
    """Return the address of what a map is made of; another one when anything of it changes."""
    digest = _digest(_told(atlas, archives, language))
    return f"/tiles/{atlas.snapshot.name}/sources.json?lang={language}&v={digest}"


def _told(atlas: Atlas, archives: Sequence[Entry], language: str) -> str:
    tree = configuration(atlas, archives, language=language)
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


ROUTES: list[BaseRoute] = [
    Route("/tiles/{snapshot}/sources.json", sources),
    Route("/tiles/{snapshot}/{archive}/{z:int}/{x:int}/{y:int}.pbf", tile),
    Route("/shapes/{snapshot}/{archive}.json", shapes),
]
