"""Faults of the program: the traceback goes to a log, the user gets one line."""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import traceback
from pathlib import Path


def log_folder() -> Path:
    """Return where the log of faults lies: $XDG_STATE_HOME, ~/.local/state, else the temporary folder."""
    state = os.environ.get("XDG_STATE_HOME")
    for base in (Path(state) if state else Path.home() / ".local" / "state", Path(tempfile.gettempdir())):
        try:
            (base / "cuntong").mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        return base / "cuntong"
    return Path(tempfile.gettempdir())


def fault(problem: BaseException) -> str:
    """Write the traceback to the log; return the one line that the user sees."""
    log = log_folder() / "faults.log"
    with log.open("a", encoding="utf-8") as file:
        file.write(
            f"{dt.datetime.now(tz=dt.UTC).isoformat()} {sys.argv[1:]}\n{''.join(traceback.format_exception(problem))}\n"
        )
    return (
        f"cuntong: a fault of the program ({type(problem).__name__}). Nothing was published. The log: {log}"
    )
