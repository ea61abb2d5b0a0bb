"""What holds for every test, and the demo that many of them look at: made once, read by all."""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.reference import reference, reference_folder

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

#: The demo at two days: its own, and half a year before.
DAYS = (dt.date(2010, 6, 30), dt.date(2010, 12, 31))

DATA = Path(__file__).resolve().parents[1] / "data"


def made_once(
    factory: pytest.TempPathFactory, request: pytest.FixtureRequest, name: str, make: Callable[[Path], None]
) -> Path:
    """Return a folder of snapshots that whichever worker of the run comes first makes, and all read."""
    base = factory.getbasetemp()
    base = base.parent if hasattr(request.config, "workerinput") else base
    folder = base / f"{name}-snapshots"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "latest").exists():
            make(folder)
    return folder


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return a folder with the demo's snapshots of both days; `latest` is its own day. Read only."""

    def make(folder: Path) -> None:
        from geo.run import run

        for day in DAYS:
            run(DATA / "changzhou.toml", folder, as_of=day, jobs=2)

    return made_once(tmp_path_factory, request, "demo", make)


@pytest.fixture(scope="session")
def rwanda_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return a folder with the snapshot of Rwanda; skip where its data are not here. Read only."""
    reference("rwanda", "rwanda_5levels.gpkg.zip")

    def make(folder: Path) -> None:
        from geo.run import run

        run(DATA / "rwanda.toml", folder, data=reference_folder())

    return made_once(tmp_path_factory, request, "rwanda", make)
