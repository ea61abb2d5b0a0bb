"""Access: the one place where it is asked who reads, and what may be read.

Every page, tile, vector and download asks `may`; none decides by itself. Until accounts exist everybody who
reaches the server is the same reader and may read all of it, so the server listens on loopback by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """Who reads: a role, and the operator whose data the reader may see besides the public ones."""

    role: str = "office"
    operator: str | None = None


@dataclass(frozen=True)
class Thing:
    """What is asked for: a table, an archive of tiles, a vector of values; and who owns it (None: all)."""

    snapshot: str
    kind: str
    name: str
    owner: str | None = None


def reader_of(cookies: Mapping[str, str]) -> Reader | None:
    """Return who sends a request, by its cookies; None where nobody is signed in."""
    del cookies  # accounts come later; this is where they will be asked
    return Reader()


def may(reader: Reader | None, thing: Thing) -> bool:
    """Return whether a reader may read a thing. What may not be read is answered as if it were not there."""
    del thing
    return reader is not None
