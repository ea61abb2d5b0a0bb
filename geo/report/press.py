"""Press: sets papers in a process of its own, so that a server does not keep the memory that it takes.

`python -m geo.report.press` reads a job as JSON on standard input and writes the PDFs to standard output.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Literal

from geo.errors import CuntongError, LimitError
from geo.report.fonts import Font

#: Longest time that one paper may take, in seconds.
LONGEST = 180

#: An archive's form (PDF/A-3, so that it carries its figures) that a screen reader reads (PDF/UA).
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]

_TEMPLATE = Path(__file__).with_name("scorecard.typ")


def pressed(contents: Sequence[dict[str, Any]], font: Font, made: dt.date) -> list[bytes]:
    """Return the PDF of each content, dated with the snapshot's day; all are set by one child process.

    Raises
    ------
    LimitError
        It took too long.
    CuntongError
        The template or the typesetter failed.
    """
    job = {
        "data": [json.dumps({**c, "font": font.family}, ensure_ascii=False) for c in contents],
        "fonts": str(font.folder),
        "made": made.isoformat(),
    }
    told = contents[0]["title"] if contents else ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "geo.report.press"],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=LONGEST * max(len(contents), 1),
            cwd=Path(__file__).parents[2],
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise LimitError(f"{told}: not set in {LONGEST} s. Take the workbook (xlsx) instead.") from slow
    papers = _parted(done.stdout)
    if done.returncode or len(papers) != len(contents):
        fault = done.stderr.decode(errors="replace")[-2000:]
        raise CuntongError(f"{told}: the typesetter failed: {fault}")
    return papers


def record(font: Font) -> str:
    """Return what the bytes of a paper depend on besides the snapshot: typesetter, template, font files."""
    template = hashlib.sha256(_TEMPLATE.read_bytes()).hexdigest()
    files = ", ".join(f"{name} sha256:{digest[:16]}" for name, digest in font.files)
    return f"typst {version('typst')}, {_TEMPLATE.name} sha256:{template[:16]}, {files}"


def _parted(raw: bytes) -> list[bytes]:
    """Return the papers of the child: each is led by its length in eight bytes."""
    papers, at = [], 0
    while at + 8 <= len(raw):
        (size,) = struct.unpack_from(">Q", raw, at)
        papers.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return papers


def _press(job: dict[str, Any], out: IO[bytes]) -> None:
    import typst

    day = dt.date.fromisoformat(job["made"])
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    for data in job["data"]:
        pdf = typst.compile(
            str(_TEMPLATE),
            sys_inputs={"data": data},
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[*STANDARDS],
            timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
        )
        out.write(struct.pack(">Q", len(pdf)) + pdf)


if __name__ == "__main__":
    _press(json.load(sys.stdin.buffer), sys.stdout.buffer)
