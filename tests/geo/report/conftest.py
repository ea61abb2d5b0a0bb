"""One small region with hostile names, and the demo of two days, for all tests of reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.atlas import Atlas
from geo.snapshot import list_snapshots
from tests.geo.hostile import hostile


@pytest.fixture(scope="session")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def days(demo_folder: Path) -> tuple[Atlas, Atlas]:
    """The demo half a year before, and on its own day."""
    earlier, own = list_snapshots(demo_folder)
    return Atlas(earlier), Atlas(own)


@pytest.fixture(scope="session")
def demo(days: tuple[Atlas, Atlas]) -> Atlas:
    return days[1]
