"""What a walk through the app needs: the command as a process, files taken away, names for those who cannot see."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.app.browser import Visit

#: Roles that must have a name: what can be worked, and what is seen as one thing.
NAMED = {
    "application", "button", "checkbox", "combobox", "Iframe", "image", "img", "link", "listbox", "radio",
    "searchbox", "slider", "spinbutton", "switch", "textbox",
}  # fmt: skip


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


def complaints(visit: Visit) -> list[str]:
    """What the console complains of, but for where Streamlit first looks for its server."""
    return [c for c in visit.complaints if "/_stcore/" not in c]
