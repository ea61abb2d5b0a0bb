"""Where things lie in a snapshot folder, and how files are hashed."""

from __future__ import annotations

import hashlib
from pathlib import Path

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
LATEST = "latest"
TEMPORARY = ".tmp-"
#: Version of the layout; a reader refuses one that it does not know.
LAYOUT = 1


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_name(as_of: str, manifest_sha256: str) -> str:
    """Return a snapshot's folder name: its date and the first digits of its manifest's hash."""
    return f"{as_of}-{manifest_sha256[:12]}"
