"""Open a snapshot: the manifest at once, each table when it is asked for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import SnapshotError
from geo.snapshot.layout import LATEST, LAYOUT, MANIFEST, SUMS, TEMPORARY

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Snapshot:
    """One published snapshot; tables are read on demand and never changed."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Return the manifest.

        Raises
        ------
        SnapshotError
            There is none, it is not the one that was published, or it is of another layout.
        """
        try:
            raw = (self.path / MANIFEST).read_bytes()
            manifest: dict[str, Any] = json.loads(raw)
        except (OSError, ValueError) as fault:
            raise SnapshotError(
                f"{self.path.name}: no snapshot: {MANIFEST} is missing or cannot be read. "
                "Name a folder that `cuntong run` printed, or 'latest' beside it."
            ) from fault
        if not isinstance(manifest, dict) or manifest.get("layout") != LAYOUT:
            layout = manifest.get("layout") if isinstance(manifest, dict) else None
            raise SnapshotError(
                f"{self.path.name}: written in layout {layout}; this version reads {LAYOUT}. Run it again."
            )
        if hashlib.sha256(raw).hexdigest() not in self._sums():
            raise SnapshotError(
                f"{self.path.name}: {MANIFEST} is not the one that was published. "
                "Run `cuntong verify` to see what was changed."
            )
        return manifest

    def _sums(self) -> str:
        try:
            return (self.path / SUMS).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    @property
    def name(self) -> str:
        """Return the snapshot's name: its date and hash."""
        return self.path.name

    @property
    def damage(self) -> str | None:
        """Return what is wrong with the manifest and what to do, None where it can be read."""
        try:
            sound = isinstance(self.manifest["name"]["en"], str) and isinstance(self.manifest["tables"], dict)
            told = "" if sound else "lacks the region's name or its tables"
        except SnapshotError as fault:
            if not isinstance(fault.__cause__, OSError | ValueError):
                return str(fault)
            told = "cannot be read"
        except (LookupError, TypeError):
            told = "lacks the region's name or its tables"
        remedy = "Run `cuntong verify` on it, move it away, and run its region again."
        return f"{self.name}: {MANIFEST} {told}. {remedy}" if told else None

    def has(self, table: str) -> bool:
        """Return whether the snapshot holds a table."""
        return f"{table}.parquet" in self.manifest["tables"]

    def arrow(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return a table in Arrow.

        Raises
        ------
        SnapshotError
            The table is not in the manifest, or its file cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.has(table):
            there = ", ".join(sorted(n.removesuffix(".parquet") for n in self.manifest["tables"]))
            raise SnapshotError(f"{self.name}: holds no table '{table}'; there is {there}.")
        try:
            return pq.read_table(self.path / f"{table}.parquet", columns=columns, partitioning=None)
        except (OSError, pa.ArrowException) as fault:
            raise SnapshotError(
                f"{self.name}, {table}.parquet: cannot be read. Run `cuntong verify` to see what was changed."
            ) from fault

    def frame(self, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a table in pandas, words as categories."""
        frame: pd.DataFrame = self.arrow(table, columns).to_pandas()
        return frame


def open_snapshot(path: Path) -> Snapshot:
    """Return the snapshot at `path`: its folder, or a folder of snapshots, of which the latest is taken.

    Raises
    ------
    SnapshotError
        There is none.
    """
    if not (path / MANIFEST).exists() and (path / LATEST / MANIFEST).exists():
        path = path / LATEST
    if not (path / MANIFEST).exists():
        raise SnapshotError(
            f"{path.name}: no snapshot here. "
            "Make one with `cuntong run REGION.toml`, then name the folder that it prints."
        )
    snapshot = Snapshot(path.resolve())
    _ = snapshot.manifest
    return snapshot


def list_snapshots(out: Path) -> list[Snapshot]:
    """Return the whole snapshots of a folder, by date and name; temporary and half ones are not in it."""
    if not out.is_dir():
        return []
    folders = (
        p for p in out.iterdir() if p.is_dir() and not p.is_symlink() and not p.name.startswith(TEMPORARY)
    )
    return [Snapshot(p) for p in sorted(folders) if (p / MANIFEST).exists() and (p / SUMS).exists()]
