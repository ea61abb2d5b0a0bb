"""Press: sets one paper in a process of its own, so that a server does not keep the memory that it takes.

`python -m geo.report.press` reads a job as JSON on standard input and writes the PDF to standard output.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from geo.errors import CuntongError, LimitError
from geo.report.fonts import Font

#: Longest time that one paper may take, in seconds.
LONGEST = 180

#: Kept figures in an archive's form (PDF/A-3, so that it carries its figures) that a screen reader reads (PDF/UA).
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]

_TEMPLATE = Path(__file__).with_name("scorecard.typ")


def pressed(content: dict[str, Any], font: Font, made: dt.date) -> bytes:
    """Return the PDF of a content, dated with the snapshot's day.

    Raises
    ------
    LimitError
        It took too long.
    CuntongError
        The template or the typesetter failed.
    """
    job = {
        "data": json.dumps({**content, "font": font.family}, ensure_ascii=False),
        "fonts": str(font.folder),
        "made": made.isoformat(),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "geo.report.press"],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=LONGEST,
            cwd=Path(__file__).parents[2],
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise LimitError(
            f"{content['title']}: not set in {LONGEST} s. Take the workbook (xlsx) instead."
        ) from slow
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise CuntongError(
            f"{content['title']}: the typesetter failed: {done.stderr.decode(errors='replace')[-2000:]}"
        )
    return done.stdout


def _press(job: dict[str, str]) -> bytes:
    import typst

    day = dt.date.fromisoformat(job["made"])
    return typst.compile(
        str(_TEMPLATE),
        sys_inputs={"data": job["data"]},
        font_paths=[job["fonts"]],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=[*STANDARDS],
        timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(_press(json.load(sys.stdin.buffer)))
