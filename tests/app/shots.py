"""Pictures of every page for a person to look at: both languages, light and dark, wide and phone-narrow.

Run as `python -m tests.app.shots FOLDER [SNAPSHOTS]...`; without snapshots the demo is made in a temporary folder.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

from geo.run import run
from tests.app.browser import browser, server, visit
from tests.conftest import DATA, DAYS

#: Path, query and name of each picture's page.
PAGES = (
    ("", {}, "overview"),
    ("", {"unit": "township:320412104@2023"}, "overview-township"),
    ("map", {}, "map"),
    ("map", {"at": "13/31.53/120.07", "service": "broadband"}, "map-near"),
    ("gaps", {"service": "broadband"}, "gaps"),
    ("data", {}, "data"),
)
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
WIDTHS = {"wide": 1280, "narrow": 390}


def shoot(into: Path, folders: list[Path]) -> list[Path]:
    """Write the pictures; return their paths."""
    into.mkdir(parents=True, exist_ok=True)
    made = []
    with server(*folders, log=into / "server.log") as url, browser() as started:
        for (path, query, name), (lang, locale), (size, width), dark in itertools.product(
            PAGES, LANGUAGES.items(), WIDTHS.items(), (False, True)
        ):
            with visit(started, url, language=locale, width=width, dark=dark) as reader:
                page = reader.open(path, **query)
                page.wait_for_timeout(2500)
                picture = into / f"{name}-{lang}-{size}-{'dark' if dark else 'light'}.png"
                page.screenshot(path=picture, full_page=True)
                made.append(picture)
    return made


def main() -> None:
    into, *folders = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        if not folders:
            for day in DAYS:
                run(DATA / "changzhou.toml", Path(scratch), as_of=day, jobs=2)
            folders = [Path(scratch)]
        for picture in shoot(into, folders):
            sys.stdout.write(f"{picture}\n")


if __name__ == "__main__":
    main()
