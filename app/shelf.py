"""Shelf: the snapshots that are served, each opened once for all readers."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from geo.atlas import Atlas
from geo.errors import SnapshotError, UnknownName
from geo.search import Index
from geo.snapshot import Snapshot, list_snapshots
from geo.snapshot.layout import MANIFEST, SUMS

#: Environment variable with the folders that are served, joined as in PATH.
FOLDERS = "CUNTONG_SNAPSHOTS"

#: Where snapshots lie if nothing else is said.
DEFAULT_FOLDER = "snapshots"


class Shelf:
    """Folders of snapshots. What lies there is asked anew each time; what was opened is kept."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Serve folders of snapshots, or single snapshots."""
        self.folders = tuple(folders)
        self._atlases: dict[str, Atlas] = {}
        self._indices: dict[str, Index] = {}
        self._lock = threading.Lock()

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots that can be read, newest first."""
        found: dict[str, Snapshot] = {}
        for folder in self.folders:
            real = folder.resolve()
            single = (real / MANIFEST).exists() and (real / SUMS).exists()
            for snapshot in [Snapshot(real)] if single else list_snapshots(real):
                if readable(snapshot):
                    found.setdefault(snapshot.name, snapshot)
        return sorted(found.values(), key=lambda s: (s.manifest["as_of"], s.name), reverse=True)

    def earlier(self, snapshot: Snapshot) -> list[Snapshot]:
        """Return the other snapshots of the same region, newest first: what it can be compared with."""
        region = snapshot.manifest["region"]
        return [s for s in self.snapshots() if s.manifest["region"] == region and s.name != snapshot.name]

    def snapshot(self, name: str) -> Snapshot:
        """Return a snapshot by its name.

        Raises
        ------
        UnknownName
            None of that name is served.
        """
        kept = self._atlases.get(name)
        if kept is not None:
            return kept.snapshot
        for snapshot in self.snapshots():
            if snapshot.name == name:
                return snapshot
        raise UnknownName(f"'{name}' is no snapshot here.")

    def atlas(self, name: str) -> Atlas:
        """Return a snapshot in memory, the same for all readers."""
        with self._lock:
            if name not in self._atlases:
                self._atlases[name] = Atlas(self.snapshot(name))
            return self._atlases[name]

    def index(self, name: str) -> Index:
        """Return what the units of a snapshot are found by."""
        atlas = self.atlas(name)
        with self._lock:
            if name not in self._indices:
                self._indices[name] = Index(list(atlas.units["name"]), list(atlas.units["code"]))
            return self._indices[name]


def readable(snapshot: Snapshot) -> bool:
    """Return whether a snapshot's manifest is whole and of this version's layout."""
    try:
        return bool(snapshot.manifest)
    except SnapshotError:
        return False


@cache
def shelf() -> Shelf:
    """Return the shelf of this process, of the folders in the environment."""
    folders = os.environ.get(FOLDERS, DEFAULT_FOLDER).split(os.pathsep)
    return Shelf([Path(f) for f in folders if f])
