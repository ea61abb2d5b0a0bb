"""What holds for every test, and the demo that many of them look at: made once, read by all."""

from __future__ import annotations

import datetime as dt
import fcntl
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

#: The demo at two days: its own, and half a year before.
DAYS = (dt.date(2010, 6, 30), dt.date(2010, 12, 31))

DEMO = Path(__file__).resolve().parents[1] / "data" / "changzhou.toml"


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return a folder with the demo's snapshots of both days; `latest` is its own day. Read only.

    Made once, whichever worker of the run comes first.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if hasattr(request.config, "workerinput") else base
    folder = base / "demo-snapshots"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "latest").exists():
            from geo.run import run

            for day in DAYS:
                run(DEMO, folder, as_of=day, jobs=2)
    return folder
