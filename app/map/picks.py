"""Picks: what was clicked on the map or chosen in a table, between the map's archives and the view's ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.view import knows
from geo.atlas import Atlas
from geo.tiles import Entry

#: Features of evidence that are drawn at once.
MOST_EVIDENCE = 60


@dataclass(frozen=True)
class Ref:
    """A feature as the map knows it: an archive, and the position in its table."""

    source: str
    i: int

    def said(self) -> dict[str, Any]:
        """Return it as the map's script reads it."""
        return {"source": self.source, "i": self.i}


def picked(atlas: Atlas, archives: Sequence[Entry], click: Mapping[str, Any]) -> str:
    """Return the unit's or feature's id of a click; "" where nothing was hit or it is none of these archives.

    A click comes from the browser: nothing in it is believed before it is looked up.
    """
    entry = next((e for e in archives if e.archive == click.get("source")), None)
    i = click.get("i")
    if entry is None or not isinstance(i, int):
        return ""
    if entry.kind == "units":
        there = 0 <= i < len(atlas.units) and atlas.units.at[i, "level"] == entry.of
        return str(atlas.units.at[i, "unit_id"]) if there else ""
    rows = plant(atlas, entry.of)
    there = 0 <= i < len(rows) and rows.at[i, "operator"] == entry.owner
    return str(rows.at[i, "feature_id"]) if there else ""


def refs(atlas: Atlas, archives: Sequence[Entry], ids: Iterable[str]) -> list[Ref]:
    """Return units and features as the map knows them; those that the reader may not see are left out."""
    units = {e.of: e.archive for e in archives if e.kind == "units"}
    owned = {(e.of, e.owner): e.archive for e in archives if e.kind == "plant"}
    out = []
    for name in ids:
        if knows(atlas, name):
            i = atlas.position(name)
            source = units.get(str(atlas.units.at[i, "level"]))
        else:
            found = feature(atlas, name)
            if found is None:
                continue
            i, row = found
            source = owned.get((layer_of(name), str(row["operator"])))
        if source is not None:
            out.append(Ref(source, i))
    return out


def seen(atlas: Atlas, archives: Sequence[Entry], ids: Iterable[str]) -> list[str]:
    """Return those of some units and features that the reader may see."""
    return [name for name in ids if refs(atlas, archives, [name])]


def layer_of(feature_id: str) -> str:
    """Return the layer of a feature's id."""
    return feature_id.split(":", 1)[0]


def plant(atlas: Atlas, layer: str) -> pd.DataFrame:
    """Return a layer's plant by position, without geometry."""
    table = atlas.snapshot.arrow(f"plant/{layer}")
    rows: pd.DataFrame = table.drop_columns(["geometry"]).to_pandas()
    for column in ("feature_id", "operator", "technology", "status"):
        rows[column] = rows[column].astype(object).where(rows[column].notna(), "")
    return rows.reset_index(drop=True)


def feature(atlas: Atlas, feature_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return a feature's position and row; None where there is none."""
    import pyarrow.compute as pc

    layer = layer_of(feature_id)
    if layer not in {x["id"] for x in atlas.manifest["layers"]} or not atlas.snapshot.has(f"plant/{layer}"):
        return None
    table = atlas.snapshot.arrow(f"plant/{layer}")
    i = pc.index(table["feature_id"].cast("string"), feature_id).as_py()
    if i < 0:
        return None
    row = table.drop_columns(["geometry"]).slice(i, 1).to_pylist()[0]
    return i, {
        k: "" if v is None and k in ("operator", "technology", "status") else v for k, v in row.items()
    }


def bounds(atlas: Atlas, ref: Ref, archives: Sequence[Entry]) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a feature on the map."""
    entry = next(e for e in archives if e.archive == ref.source)
    if entry.kind == "units":
        return atlas.bounds(ref.i)
    import shapely

    wkb = atlas.snapshot.arrow(f"plant/{entry.of}")["geometry"][ref.i].as_py()
    west, south, east, north = (float(b) for b in shapely.from_wkb(wkb).bounds)
    return west, south, east, north
