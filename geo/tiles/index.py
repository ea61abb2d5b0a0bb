"""Index of a snapshot's tiles: which archives there are, what each holds, and whose it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from geo.errors import SnapshotError

INDEX = "index.json"
#: Version of the tiles; others are cut anew.
VERSION = 1

Shape = Literal["areas", "lines", "points"]


@dataclass(frozen=True)
class Entry:
    """One archive.

    Attributes
    ----------
    archive
        Name of the file, without its suffix.
    kind
        "units" (of a level) or "plant" (of a layer).
    of
        Id of the level or layer.
    owner
        Operator whose plant it is; "" where it is nobody's own.
    shapes
        Layers in its tiles.
    minzoom, fits, maxzoom
        First zoom with tiles; first zoom at which its features are large enough to be told apart; last zoom.
    bounds
        West, south, east, north in degrees.
    count
        Features.
    first
        Position of its first unit in the table of units; 0 for plant.
    """

    archive: str
    kind: Literal["units", "plant"]
    of: str
    owner: str
    shapes: tuple[Shape, ...]
    minzoom: int
    fits: int
    maxzoom: int
    bounds: tuple[float, float, float, float]
    count: int
    first: int = 0

    def file(self, folder: Path) -> Path:
        """Return its file in a folder of tiles."""
        return folder / f"{self.archive}.pmtiles"


@dataclass(frozen=True)
class Index:
    """The archives of one snapshot: units outermost first, then plant in the order of the region."""

    snapshot: str
    archives: tuple[Entry, ...]

    def units(self) -> tuple[Entry, ...]:
        """Return the archives of units, outermost level first."""
        return tuple(e for e in self.archives if e.kind == "units")

    def plant(self) -> tuple[Entry, ...]:
        """Return the archives of plant."""
        return tuple(e for e in self.archives if e.kind == "plant")

    def entry(self, archive: str) -> Entry | None:
        """Return the archive of a name; None where there is none."""
        return next((e for e in self.archives if e.archive == archive), None)

    def level(self, level: str) -> Entry | None:
        """Return the archive of a level's units; None where the level has neither outlines nor points."""
        return next((e for e in self.units() if e.of == level), None)

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east, north of all units; None where there is nothing to show."""
        boxes = [e.bounds for e in self.units()] or [e.bounds for e in self.archives]
        if not boxes:
            return None
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)


def write_index(folder: Path, index: Index) -> None:
    """Write the index into a folder of tiles."""
    tree = {"version": VERSION, **asdict(index)}
    text = json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def read_index(folder: Path) -> Index:
    """Return the index of a folder of tiles.

    Raises
    ------
    SnapshotError
        There is none, or it is of another version.
    """
    try:
        tree = json.loads((folder / INDEX).read_bytes())
        tree["version"] = {VERSION: "read here"}[tree["version"]]
        archives = tuple(
            Entry(**{**e, "shapes": tuple(e["shapes"]), "bounds": tuple(e["bounds"])})
            for e in tree["archives"]
        )
        return Index(tree["snapshot"], archives)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise SnapshotError(
            f"{folder.name}: no tiles of this version. Remove the folder; they are cut anew when they are needed."
        ) from fault
