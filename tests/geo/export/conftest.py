"""One small region with hostile names for all tests of exports."""

from __future__ import annotations

import pytest

from geo.atlas import Atlas
from geo.export.origin import Origin, origin_of
from geo.export.tables import Choice, ExportTable, export_table
from tests.geo.hostile import hostile


@pytest.fixture(scope="session")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def origin(atlas: Atlas) -> Origin:
    return origin_of(atlas.snapshot, "zh")


@pytest.fixture(scope="session")
def villages(atlas: Atlas) -> ExportTable:
    return export_table(atlas, Choice("units", 0, "fibre"), "zh")
