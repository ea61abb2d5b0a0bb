"""Route of the values: one byte per unit of a level, what the map looks up to colour it (`app.map.classes`)."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.access import Thing, may, reader_of
from app.map.classes import Codes, change_codes, share_change_codes, share_codes
from app.shelf import shelf
from app.tiles import kept, packed
from app.view import View, counted_levels, ids
from geo.atlas import ANY, Atlas
from geo.errors import SnapshotError, UnknownName
from geo.terms import Basis, SettlementClass

#: Version of what the bytes mean; it is in the address, because answers are kept.
VERSION = 1


def address(snapshot: str, view: View, level: str, since: str = "") -> str:
    """Return the address of the values of a level for what a view counts."""
    path = f"/values/{snapshot}/{level}/{view.service}/{view.operator}/{view.basis}/{view.klass}.bin"
    return f"{path}?of={view.level}&v={VERSION}" + (f"&since={since}" if since else "")


def values(atlas: Atlas, level: str, asked: View, before: Atlas | None = None) -> Codes:
    """Return the class of each unit of a level, in the order of positions.

    At a level whose units have facts it is their status; above, the share of the units of `asked.level` that
    are covered. With `before`, it is what changed since then; units are the same if their ids are.
    """
    here = atlas.at_level(level)
    if level in counted_levels(atlas, asked.service):
        now = _status(atlas, here, asked)
        if before is None:
            return now
        there, at = _same(atlas, here, before)
        then = np.zeros(len(before.units), dtype=np.uint8)
        then[:] = before.status(asked.service, asked.operator)
        return change_codes(now, np.where(there, then[at], 0).astype(np.uint8))
    low, share, high = (column[here] for column in _share(atlas, asked))
    codes = share_codes(low, share, high)
    if before is None:
        return codes
    there, at = _same(atlas, here, before)
    earlier = np.where(there, _share(before, asked)[1][at], np.nan)
    return share_change_codes(share, earlier, codes != 0)


def _status(atlas: Atlas, here: npt.NDArray[np.int32], asked: View) -> Codes:
    status: Codes = atlas.status(asked.service, asked.operator)[here]
    if asked.klass != SettlementClass.ALL:
        status = np.where(atlas.units["settlement_class"].to_numpy()[here] == asked.klass, status, 0)
    return status.astype(np.uint8)


def _share(atlas: Atlas, asked: View) -> Sequence[npt.NDArray[np.float64]]:
    return atlas.share(asked.service, asked.operator, level=asked.level, basis=asked.basis, klass=asked.klass)


def _same(
    atlas: Atlas, here: npt.NDArray[np.int32], before: Atlas
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which units were there before, and their positions then (0 where they were not)."""
    known = {u: i for i, u in enumerate(before.units["unit_id"])}
    at = np.array([known.get(u, -1) for u in atlas.units["unit_id"].to_numpy()[here]], dtype=np.int64)
    return at >= 0, np.maximum(at, 0)


def vector(request: Request) -> Response:
    """Answer the values of a level; 404 for anything that is not there or may not be read."""
    asked = request.path_params
    reader = reader_of(request.cookies)
    if reader is None:
        return Response(status_code=401)
    view = View(
        service=asked["service"],
        operator=asked["operator"],
        basis=asked["basis"],
        klass=asked["klass"],
        level=request.query_params.get("of", ""),
    )
    owner = None if view.operator == ANY else view.operator
    since = request.query_params.get("since", "")
    names = [asked["snapshot"], *([since] if since else [])]
    if not all(may(reader, Thing(name, "values", view.service, owner)) for name in names):
        return Response(status_code=404)
    try:
        atlases = [shelf().atlas(name) for name in names]
        body = values(atlases[0], asked["level"], _checked(atlases[0], asked["level"], view), *atlases[1:])
    except (UnknownName, SnapshotError):
        return Response(status_code=404)
    packed_body = gzip.compress(body.tobytes(), mtime=0)
    return packed(request, packed_body, "application/octet-stream", kept(owner))


def _checked(atlas: Atlas, level: str, view: View) -> View:
    """Return the view if the snapshot has all of it.

    Raises
    ------
    UnknownName
        It has not.
    """
    known = (
        level in ids(atlas.levels)
        and view.service in ids(atlas.services)
        and view.level in ids(atlas.levels)
        and view.operator in (ANY, *atlas.operators_of(view.service))
        and view.basis in tuple(Basis)
        and view.klass in tuple(SettlementClass)
    )
    if not known:
        raise UnknownName("no such values")
    return view


ROUTES: list[BaseRoute] = [
    Route("/values/{snapshot}/{level}/{service}/{operator}/{basis}/{klass}.bin", vector),
]
