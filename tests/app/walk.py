"""What a walk through the app needs: the command as a process, files taken away, names for those who cannot see."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Locator, Page

from tests.app.browser import Visit

#: Roles that must have a name: what can be worked, and what is seen as one thing.
NAMED = {
    "application", "button", "checkbox", "combobox", "Iframe", "image", "img", "link", "listbox", "radio",
    "searchbox", "slider", "spinbutton", "switch", "textbox",
}  # fmt: skip


VERDICTS = {
    "en": {"met": "✓ met", "missed": "✗ not met", "open": "? cannot be told"},
    "zh": {"met": "✓ 达标", "missed": "✗ 未达标", "open": "? 无法判定"},
}
_LACKING = {"en": r"([\d,.]+) to connect", "zh": r"尚缺 ([\d,.]+)"}


def command(*words: str | Path, allowed: tuple[int, ...] = (0,)) -> str:
    """What `cuntong` prints, run as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "geo", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode in allowed, done.stderr
    return done.stdout


def told(*words: str | Path, allowed: tuple[int, ...] = (0,)) -> list[dict[str, Any]]:
    """What `cuntong … --json` prints."""
    rows: list[dict[str, Any]] = json.loads(command(*words, allowed=allowed))
    return rows


def taken(page: Page, link: Locator, folder: Path) -> Path:
    """The file that a link gives."""
    with page.expect_download() as download:
        link.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def tabbed(page: Page, there: str, *, most: int = 80) -> None:
    """Press Tab until the focus stands where `there`, a test in JavaScript of the element `e`, says."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const e = document.activeElement; return !!({there}); }})()"):
            return
    raise AssertionError(f"Tab does not lead to {there}")


def nameless(page: Page) -> list[str]:
    """What the browser's own tree of accessibility holds without a name; and tables without one."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in NAMED and not node.get("name", {}).get("value", "").strip():
            element = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
            found.append(f"{role}: {element['nodeName']} {element.get('attributes')}")
    session.detach()
    bare = "all => all.filter(e => !e.querySelector('[role=region][aria-label]')).length"
    tables = page.locator('[data-testid="stDataFrame"]').evaluate_all(bare)
    return found + ["table"] * tables


def cells(table: Locator) -> list[list[str]]:
    """The cells of a table that stand in the browser, its heading first."""
    table.locator("[data-testid=glide-cell-0-0]").wait_for(state="attached")
    rows: list[list[str]] = table.locator("table[role=grid] tr").evaluate_all(
        "rows => rows.map(r => [...r.children].map(c => c.textContent))"
    )
    return rows


def numbers(text: str) -> list[float]:
    """The numbers in a text, without the marks between thousands."""
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def card_agrees(text: str, row: dict[str, Any], language: str) -> None:
    """A card of the overview shows the figures of the command's row."""
    first, shares, parts = [line for line in text.splitlines()[1:] if line.strip()][:3]
    assert numbers(first) == [round(row["numerator"]), round(row["denominator"])]
    due = {round(100 * row["share_low"], 1), round(100 * row["share_high"], 1)}
    assert numbers(shares) == pytest.approx(sorted(due), abs=0.051)
    covered, partial, without, unknown = numbers(parts)[:4]
    assert (covered, unknown) == (row["numerator"], row["unknown"])
    assert covered + partial + without + unknown == row["denominator"]
    assert VERDICTS[language][row["verdict"]] in text
    lacking = re.search(_LACKING[language], text)
    assert (numbers(lacking[1])[0] if lacking else 0) == row["shortfall"]


def pixel(frame: Frame, lon: float, lat: float) -> list[float]:
    """Where a place stands on the map that is open."""
    at = f"ct.map.latLngToContainerPoint([{lat}, {lon}])"
    found: list[float] = frame.evaluate(f"(() => {{ const p = {at}; return [p.x, p.y]; }})()")
    return found


def why_agrees(page: Page, snapshot: Path, unit: str, service: str) -> None:
    """The panel beside the map says what `cuntong why` says of any operator."""
    rows = told("why", snapshot, unit, service, "--json", "--lang", "en")
    because = next(r["because"] for r in rows if r["operator"] == "*")
    shown = " ".join(page.locator('[data-testid="stText"]').all_inner_texts())
    assert because
    for sentence in because:
        assert sentence in shown


def complaints(visit: Visit) -> list[str]:
    """What the console complains of, but for where Streamlit first looks for its server."""
    return [c for c in visit.complaints if "/_stcore/" not in c]
