"""Limits of what a reader opens: stated here, tested, and named in the message when hit."""

from __future__ import annotations

#: Bytes of one file as delivered.
FILE_BYTES = 512 * 2**20
#: Bytes of an archive's members together, once unpacked; and times its packed size.
UNPACKED_BYTES = 500 * 2**20
UNPACK_RATIO = 100
ARCHIVE_MEMBERS = 1_000
#: Rows of one table, vertices of one layer, cells of one raster.
ROWS = 2_000_000
VERTICES = 10_000_000
RASTER_CELLS = 10**9
#: Characters of one text field; depth of nested JSON or geometry collections.
FIELD_CHARACTERS = 100_000
NESTING = 64
