"""Atlas: a snapshot kept in memory, read-only, for quick look-ups by many readers at once.

Units are numbered by their row in the table `units` (position, 0 first); everything here is by position.
Nothing is computed that the snapshot does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import UnknownName
from geo.snapshot import Snapshot
from geo.terms import Status

if TYPE_CHECKING:
    import pyarrow as pa

#: Code of each status in the arrays of `Atlas.status`; 0 where there is no fact.
CODES: dict[Status, int] = {s: n for n, s in enumerate(Status, start=1)}

#: Columns of the units that stay in memory as a table; outlines are kept as they lie in the file.
_UNITS = (
    "unit_id", "level", "code", "edition", "name", "parent_id", "settlement_class",
    "population", "households", "area_m2", "lon", "lat",
)  # fmt: skip

#: Columns that key a row of the roll-up besides its unit, and those that it counts.
_SHARE_KEY = ("service", "operator", "level", "basis", "class")
_COUNTS = ("numerator", "unknown", "denominator", "share", "share_low", "share_high")

#: The operator that stands for any.
ANY = "*"


class KeptSnapshot(Snapshot):
    """A snapshot whose tables are read once and kept."""

    @cached_property
    def _kept(self) -> dict[tuple[str, tuple[str, ...]], pa.Table]:
        return {}

    def arrow(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return a table in Arrow, the same one each time."""
        whole = self._kept.get((table, ()))
        if whole is not None:
            return whole.select(columns) if columns else whole
        key = (table, tuple(columns or ()))
        if key not in self._kept:
            self._kept[key] = super().arrow(table, columns)
        return self._kept[key]


class Atlas:
    """One snapshot in memory.

    Attributes
    ----------
    snapshot
        The snapshot, its tables kept.
    units
        Units by position, without geometry.
    parent
        Position of the unit above, int32; -1 where there is none.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        """Read a snapshot.

        Raises
        ------
        SnapshotError
            It cannot be read.
        """
        self.snapshot = KeptSnapshot(snapshot.path)
        units = self.snapshot.arrow("units")
        self.units: pd.DataFrame = units.select(list(_UNITS)).to_pandas()
        for column in ("unit_id", "level", "code", "name", "parent_id", "settlement_class"):
            self.units[column] = self.units[column].astype(object)
        self._at = {u: i for i, u in enumerate(self.units["unit_id"])}
        self.parent = np.array([self._at.get(p, -1) for p in self.units["parent_id"]], dtype=np.int32)
        self._order = np.argsort(self.parent, kind="stable").astype(np.int32)
        self._start = np.searchsorted(self.parent[self._order], np.arange(len(self.parent) + 1))
        self._depth = {x["id"]: n for n, x in enumerate(self.levels)}

    @property
    def manifest(self) -> dict[str, Any]:
        """Return the snapshot's manifest."""
        return self.snapshot.manifest

    @property
    def levels(self) -> list[dict[str, Any]]:
        """Return the levels, outermost first."""
        levels: list[dict[str, Any]] = self.manifest["levels"]
        return levels

    @property
    def services(self) -> list[dict[str, Any]]:
        """Return the services of the region."""
        services: list[dict[str, Any]] = self.manifest["services"]
        return services

    def position(self, unit_id: str) -> int:
        """Return a unit's position.

        Raises
        ------
        UnknownName
            No such unit.
        """
        try:
            return self._at[unit_id]
        except KeyError:
            raise UnknownName(f"'{unit_id}' is no unit of {self.snapshot.name}.") from None

    def unit(self, i: int) -> dict[str, Any]:
        """Return a unit's row."""
        return {str(k): v for k, v in self.units.iloc[i].items()}

    def children(self, i: int) -> np.ndarray:
        """Return the positions of the units right below, int32."""
        return self._order[self._start[i] : self._start[i + 1]]

    def ancestors(self, i: int) -> list[int]:
        """Return the positions of the units above, outermost first."""
        line = []
        while (i := int(self.parent[i])) >= 0:
            line.append(i)
        return line[::-1]

    def at_level(self, level: str) -> np.ndarray:
        """Return the positions of a level's units."""
        return np.flatnonzero(self.units["level"].to_numpy() == level).astype(np.int32)

    def below(self, i: int, level: str) -> np.ndarray:
        """Return the positions of a level's units inside a unit; the unit itself at its own level."""
        found = np.array([i], dtype=np.int32)
        for _ in range(self._depth[level] - self._depth[self.units.at[i, "level"]]):
            found = np.concatenate([self.children(int(u)) for u in found] or [found[:0]])
        here: np.ndarray = np.sort(found[self.units["level"].to_numpy()[found] == level])
        return here

    def level_below(self, level: str) -> str | None:
        """Return the next level inward; None at the innermost."""
        inner = self._depth[level] + 1
        return str(self.levels[inner]["id"]) if inner < len(self.levels) else None

    def geometry(self, positions: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return outlines or points in lon/lat, None where there is none."""
        import pyarrow as pa
        import shapely

        wkb = self.snapshot.arrow("units")["geometry"].take(pa.array(np.asarray(positions, dtype=np.int64)))
        return np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), dtype=object)

    @cached_property
    def _bounds(self) -> np.ndarray:
        import shapely

        return np.asarray(shapely.bounds(self.geometry(np.arange(len(self.units)))))

    def bounds(self, i: int) -> tuple[float, float, float, float] | None:
        """Return west, south, east, north of a unit in degrees (of the units below where it has no outline)."""
        box = self._bounds[[i]]
        if np.isnan(box).any():
            box = self._bounds[self.children(i)]
            box = box[~np.isnan(box).any(axis=1)]
        if not len(box):
            return None
        west, south = box[:, :2].min(axis=0).tolist()
        east, north = box[:, 2:].max(axis=0).tolist()
        return west, south, east, north

    @cached_property
    def _facts(self) -> dict[tuple[str, ...], np.ndarray]:
        """Return service, operator -> row of the facts table by position of the unit; -1 where none."""
        facts = self.snapshot.arrow("facts")
        return self._rows_by_unit(facts, ("service", "operator"))

    @cached_property
    def _shares(self) -> dict[tuple[str, ...], np.ndarray]:
        """Return service, operator, level, basis, class -> row of the roll-up by position of the unit."""
        return self._rows_by_unit(self.snapshot.arrow("rollup"), _SHARE_KEY)

    def _rows_by_unit(self, table: pa.Table, key: tuple[str, ...]) -> dict[tuple[str, ...], np.ndarray]:
        codes, ids = _coded(table["unit_id"])
        unit = np.array([self._at[u] for u in ids], dtype=np.int32)[codes]
        out = {}
        for words, rows in _groups(table, key).items():
            out[words] = np.full(len(self.units), -1, dtype=np.int32)
            out[words][unit[rows]] = rows
        return out

    def operators_of(self, service: str) -> list[str]:
        """Return the operators that have facts of a service, "any" apart."""
        return [o for s, o in self._facts if s == service and o != ANY]

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {}

    def _column(self, table: str, name: str) -> np.ndarray:
        """Return a column of a table, numbers as they are, words as codes of `Status`."""
        key = f"{table}/{name}"
        if key not in self._columns:
            column = self.snapshot.arrow(table)[name]
            if name == "status":
                codes, words = _coded(column)
                self._columns[key] = np.array([CODES[Status.of(w)] for w in words], dtype=np.uint8)[codes]
            else:
                self._columns[key] = column.to_numpy()
        return self._columns[key]

    def status(self, service: str, operator: str = ANY) -> np.ndarray:
        """Return the code of the status (`CODES`) by position, uint8; 0 where there is no fact."""
        rows = self._facts.get((service, operator))
        if rows is None:
            return np.zeros(len(self.units), dtype=np.uint8)
        return np.where(rows < 0, 0, self._column("facts", "status")[rows]).astype(np.uint8)

    def fact_column(self, service: str, operator: str, column: str) -> np.ndarray:
        """Return a column of numbers of the facts by position; NaN where there is no fact."""
        rows = self._facts.get((service, operator))
        if rows is None:
            return np.full(len(self.units), np.nan)
        return np.where(rows < 0, np.nan, self._column("facts", column)[rows])

    def nearest_ids(self, positions: np.ndarray, service: str, operator: str) -> list[str]:
        """Return the ids of the nearest plant of some units; "" where there is none."""
        import pyarrow as pa

        rows = self._facts[service, operator][positions]
        taken = self.snapshot.arrow("facts")["nearest_id"].take(pa.array(np.maximum(rows, 0)))
        words = taken.cast(pa.string()).to_pylist()
        return [w or "" if r >= 0 else "" for w, r in zip(words, rows, strict=True)]

    def fact(self, i: int, service: str, operator: str = ANY) -> dict[str, Any] | None:
        """Return a unit's fact; None where the service has no rule at its level."""
        facts = self._facts_at([(service, operator)], i)
        return facts[0] if facts else None

    def facts(self, i: int) -> list[dict[str, Any]]:
        """Return all facts of a unit, in the order of the table."""
        return self._facts_at(list(self._facts), i)

    def _facts_at(self, keys: Sequence[tuple[str, ...]], i: int) -> list[dict[str, Any]]:
        import pyarrow as pa

        rows = [int(self._facts[k][i]) for k in keys if k in self._facts and self._facts[k][i] >= 0]
        taken: list[dict[str, Any]] = (
            self.snapshot.arrow("facts").take(pa.array(rows, pa.int64())).to_pylist()
        )
        return taken

    def share(
        self, service: str, operator: str, *, level: str, basis: str, klass: str = "all"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the least, known and greatest share of the units of `level` by position of the unit above.

        NaN where there is nothing to count, or (in the middle) nothing known.
        """
        rows = self._shares.get((service, operator, level, basis, klass))
        none = np.full(len(self.units), np.nan)
        if rows is None:
            return none, none, none
        low, known, high = (
            np.where(rows < 0, np.nan, self._column("rollup", c)[rows])
            for c in ("share_low", "share", "share_high")
        )
        return low, known, high

    def counts(
        self,
        positions: np.ndarray,
        service: str,
        operator: str,
        *,
        level: str,
        basis: str,
        klass: str = "all",
    ) -> pd.DataFrame:
        """Return numerator, unknown, denominator and shares of units; index is the position, absent ones left out."""
        rows = self._shares.get((service, operator, level, basis, klass))
        chosen = rows[positions] if rows is not None else np.full(len(positions), -1)
        there = chosen >= 0
        columns = {c: self._column("rollup", c)[chosen[there]] for c in _COUNTS}
        return pd.DataFrame(columns, index=pd.Index(np.asarray(positions)[there], name="position"))

    @cached_property
    def _card_rows(self) -> pd.DataFrame:
        card: pd.DataFrame = self.snapshot.arrow("scorecard").to_pandas()
        return card

    @cached_property
    def _card_places(self) -> dict[str, np.ndarray]:
        ids = self._card_rows["unit_id"].astype(object)
        return {str(u): np.asarray(rows) for u, rows in ids.groupby(ids, sort=False).indices.items()}

    def cards(self, i: int) -> pd.DataFrame:
        """Return a unit's scorecard; no rows where no target is judged there."""
        rows = self._card_places.get(str(self.units.at[i, "unit_id"]), np.array([], dtype=int))
        return self._card_rows.iloc[rows]


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return a column of words as codes, and the words."""
    import pyarrow as pa

    words = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = words.combine_chunks()
    return whole.indices.to_numpy(zero_copy_only=False), whole.dictionary.to_pylist()


def _groups(table: pa.Table, key: tuple[str, ...]) -> dict[tuple[str, ...], np.ndarray]:
    """Return the rows of each combination of words that occurs, in the order of first rows."""
    coded = [_coded(table[column]) for column in key]
    joined = np.ravel_multi_index([c for c, _ in coded], [max(len(w), 1) for _, w in coded])
    order = np.argsort(joined, kind="stable")
    found, first = np.unique(joined[order], return_index=True)
    parts = np.split(order, first[1:]) if len(found) else []
    return {
        tuple(w[c[rows[0]]] for c, w in coded): rows for rows in sorted(parts, key=lambda rows: int(rows[0]))
    }
