"""Where a snapshot's tiles lie: beside the snapshots, or in the user's cache where that cannot be written."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from geo.errors import SnapshotError
from geo.snapshot import Snapshot
from geo.tiles.cut import cut_tiles
from geo.tiles.index import Index, read_index

#: Folder in the folder of snapshots; the dot keeps it out of their list.
FOLDER = ".tiles"

_cutting = threading.Lock()


def tiles_folder(snapshot: Snapshot) -> Path:
    """Return the folder that a snapshot's tiles lie in, or will lie in."""
    beside = snapshot.path.parent / FOLDER / snapshot.name
    if beside.is_dir() or _can_hold(snapshot.path.parent):
        return beside
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "cuntong" / "tiles" / snapshot.name


def tiles_of(snapshot: Snapshot, *, say: Callable[[str], None] = lambda _: None) -> tuple[Path, Index]:
    """Return a snapshot's tiles: the folder and its index; cut now if they are not there yet.

    Raises
    ------
    SnapshotError
        The snapshot cannot be read, or there is no place to write tiles to.
    """
    folder = tiles_folder(snapshot)
    try:
        return folder, read_index(folder)
    except SnapshotError:
        with _cutting:  # several readers ask at once at the first view: one of them cuts
            try:
                return folder, read_index(folder)
            except SnapshotError:
                return folder, cut_tiles(snapshot, folder, say=say)


def _can_hold(folder: Path) -> bool:
    nearest = folder / FOLDER if (folder / FOLDER).exists() else folder
    return os.access(nearest, os.W_OK)
