"""Where the reference data lie that the project may not ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def reference_folder() -> Path:
    """Return the folder of the reference data: $CUNTONG_REFERENCE, else ../shared/data beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("CUNTONG_REFERENCE", beside))


def reference(*parts: str) -> Path:
    """Return a file or folder of the reference data, or skip the test that asked for it."""
    path = reference_folder().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"reference data {'/'.join(parts)} not here: set CUNTONG_REFERENCE to its folder")
    return path
