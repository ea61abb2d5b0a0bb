"""Vector tiles of a snapshot: cut once, kept beside the snapshots, read by the app."""

from geo.tiles.archive import Archive, open_archive
from geo.tiles.cut import cut_tiles
from geo.tiles.index import Entry, Index, read_index
from geo.tiles.place import tiles_folder, tiles_of

__all__ = [
    "Archive",
    "Entry",
    "Index",
    "cut_tiles",
    "open_archive",
    "read_index",
    "tiles_folder",
    "tiles_of",
]
