"""Cut a snapshot's units and plant into vector tiles, one archive per level, and per layer and owner.

The archive is the unit of access: what a reader may not see lies in a file of its own. Tiles carry shapes,
the position in the table and the name; what a unit's colour means comes apart from them, so that another
service or date needs no other tile.

The same snapshot gives the same bytes.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import SnapshotError
from geo.findings import visible
from geo.snapshot import Snapshot
from geo.tiles.index import Entry, Index, Shape, write_index

#: Zooms: of the first and the last tile of all. At 14 a step of a tile's grid is about half a metre;
#: the map draws nearer zooms out of it.
FIRST, LAST = 5, 14
#: Pixels: from this width on features can be told apart, and from this one on they are worth drawing.
TOLD_APART, WORTH_DRAWING = 10.0, 4.0
#: So many zooms after the first at which they can be told apart a feature fills a screen many times over:
#: nearer tiles hold nothing but stretches of the same border, and a country's take most of the time.
ENOUGH = 7
#: Pixels of the whole world at zoom 0.
_WORLD = 256.0

_SAFE = re.compile(r"[a-z0-9_]{1,80}")
_SHAPES: dict[Shape, tuple[int, ...]] = {"areas": (3, 6), "lines": (1, 2, 5), "points": (0, 4)}


@dataclass(frozen=True)
class _Part:
    """What goes into one archive: a table (geometry in lon/lat) and what the index says of it."""

    archive: str
    kind: Literal["units", "plant"]
    of: str
    owner: str
    table: pd.DataFrame
    outermost: bool = False


def cut_tiles(snapshot: Snapshot, folder: Path, *, say: Callable[[str], None] = lambda _: None) -> Index:
    """Cut all tiles of a snapshot into `folder`: whole, or not at all.

    Parameters
    ----------
    say
        Told before each archive which one it is, of how many.

    Raises
    ------
    SnapshotError
        A table cannot be read or is not in order, or the folder cannot be written.
    """
    parts = [*_units(snapshot), *_plant(snapshot)]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".tmp-", dir=folder.parent))
    except OSError as fault:
        raise SnapshotError(
            f"{folder.parent}: tiles cannot be written here ({fault.strerror}). "
            "Make the folder writable, or set XDG_CACHE_HOME to one that is."
        ) from fault
    try:
        entries = []
        for n, part in enumerate(parts):
            say(f"{part.archive} ({n + 1}/{len(parts)})")
            entries.append(_cut(part, aside))
        index = Index(snapshot.name, tuple(entries))
        write_index(aside, index)
        _put(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return index


def _put(aside: Path, folder: Path) -> None:
    """Move what was cut to its place; where another process was faster, its tiles are the same bytes."""
    aside.chmod(0o755)  # made for its owner alone
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=".tmp-", dir=folder.parent))
        folder.replace(old / "old")
        shutil.rmtree(old, ignore_errors=True)
    try:
        aside.replace(folder)
    except OSError:
        if not folder.exists():
            raise


def _units(snapshot: Snapshot) -> Iterator[_Part]:
    """Yield the units of each level; their place is a point where they have no outline.

    Raises
    ------
    SnapshotError
        The units of a level do not stand together.
    """
    table = snapshot.arrow("units", ["level", "name", "lon", "lat", "geometry"])
    levels = np.asarray(table["level"].to_pandas().astype(object))
    shapes = _shapes(table)
    lon, lat = (table[c].to_numpy() for c in ("lon", "lat"))
    lacking = np.flatnonzero(pd.isna(shapes) & ~np.isnan(lon) & ~np.isnan(lat))
    shapes[lacking] = shapely.points(lon[lacking], lat[lacking])
    names = table["name"].to_pandas().astype(object)
    for n, level in enumerate(x["id"] for x in snapshot.manifest["levels"]):
        at = np.flatnonzero(levels == level)
        if len(at) and at[-1] - at[0] + 1 != len(at):
            raise SnapshotError(f"{snapshot.name}: the units of {level} do not stand together. Run it again.")
        rows = pd.DataFrame({"i": at, "name": _texts(names.iloc[at]), "geometry": shapes[at]})
        if rows["geometry"].notna().any():
            yield _Part(f"units_{_safe(level, n)}", "units", level, "", rows, n == 0)


def _plant(snapshot: Snapshot) -> Iterator[_Part]:
    """Yield the plant of each layer and owner."""
    operators = [o["id"] for o in snapshot.manifest["operators"]]
    for n, layer in enumerate(x["id"] for x in snapshot.manifest["layers"]):
        if not snapshot.has(f"plant/{layer}"):
            continue
        table = snapshot.arrow(f"plant/{layer}")
        if not table.num_rows or "geometry" not in table.column_names:
            continue
        words = {
            c: table[c].to_pandas().astype(object).fillna("")
            for c in ("feature_id", "operator", "technology")
        }
        rows = pd.DataFrame(
            {
                "i": np.arange(table.num_rows),
                "id": _texts(words["feature_id"]),
                "operator": words["operator"].to_numpy(),
                "technology": _texts(words["technology"]),
                "off": 1 - table["in_service"].to_numpy(zero_copy_only=False).astype(np.int64),
                "geometry": _shapes(table),
            }
        )
        rows = rows[rows["geometry"].notna()]
        there = list(dict.fromkeys(rows["operator"]))
        for owner in ["", *operators, *sorted(set(there) - {"", *operators})]:
            if owner in there:
                k = "none" if not owner else str([*operators, *there].index(owner))
                yield _Part(
                    f"plant_{_safe(layer, n)}_{k}", "plant", layer, owner, rows[rows["operator"] == owner]
                )


def _shapes(table: Any) -> npt.NDArray[np.object_]:
    """Return the geometries of a table, None where there is none or an empty one."""
    shapes = np.asarray(
        shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)), dtype=object
    ).copy()
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def _texts(words: pd.Series) -> list[str]:
    """Return text from data as it may be shown: no controls, not endless; it stays text in the browser."""
    return ["" if pd.isna(w) else visible(str(w)) for w in words]


def _safe(name: str, n: int) -> str:
    """Return a name that may stand in a path and an address; a number for one that may not."""
    return name if _SAFE.fullmatch(name) else f"-{n}"


def _cut(part: _Part, folder: Path) -> Entry:
    """Cut one archive."""
    import freestiler
    import geopandas as gpd

    table = part.table[part.table["geometry"].notna()]
    shapes = np.asarray(table["geometry"], dtype=object)
    fits = FIRST if part.outermost else zoom_of(shapes, TOLD_APART)
    minzoom, maxzoom = min(fits, zoom_of(shapes, WORTH_DRAWING)), min(fits + ENOUGH, LAST)
    kinds = shapely.get_type_id(shapes)
    layers = {}
    for shape, types in _SHAPES.items():
        rows = table[np.isin(kinds, types)]
        if len(rows):
            layers[shape] = gpd.GeoDataFrame(
                rows.drop(columns="geometry"), geometry=rows["geometry"].to_list(), crs=4326
            )
    west, south, east, north = (round(float(b), 7) for b in shapely.total_bounds(shapes))
    entry = Entry(
        archive=part.archive,
        kind=part.kind,
        of=part.of,
        owner=part.owner,
        shapes=cast("tuple[Shape, ...]", tuple(layers)),
        minzoom=minzoom,
        fits=fits,
        maxzoom=maxzoom,
        bounds=(west, south, east, north),
        count=sum(len(v) for v in layers.values()),
        first=int(part.table["i"].iloc[0]) if part.kind == "units" else 0,
    )
    # No drop rate and no clusters: every feature is in every zoom of its range.
    freestiler.freestile(
        layers, entry.file(folder), min_zoom=minzoom, max_zoom=maxzoom, generate_ids=False, quiet=True
    )
    return entry


def zoom_of(shapes: npt.NDArray[np.object_], pixels: float) -> int:
    """Return the first zoom at which features are that many pixels wide (or, points and lines, apart).

    The width is the median of the areas' widths; where most are no areas, the side of the square that each
    would have if they were spread evenly over their bounds. Within `FIRST` and one before `LAST`.
    """
    west, south, east, north = shapely.bounds(shapes).T
    if np.isin(shapely.get_type_id(shapes), _SHAPES["areas"]).mean() > 0.5:
        degrees = float(np.median(east - west))
    else:
        wide, high = float(east.max() - west.min()), float(north.max() - south.min())
        # Along a line there is no area to share.
        degrees = max(math.sqrt(wide * high / len(shapes)), max(wide, high) / len(shapes))
    zoom = math.log2(pixels * 360.0 / (_WORLD * max(degrees, 1e-9)))
    return int(min(max(math.ceil(zoom), FIRST), LAST - 1))
