"""Scripts of others are the files that were published, with their licences."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import app

VENDOR = Path(app.__file__).parent / "assets" / "vendor"


def test_every_file_is_the_one_that_the_notice_names() -> None:
    notice = (VENDOR / "NOTICE").read_text(encoding="utf-8")
    named = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", notice, re.M))
    there = {
        p.relative_to(VENDOR).as_posix(): p for p in VENDOR.rglob("*") if p.is_file() and p.name != "NOTICE"
    }
    assert {hashlib.sha256(p.read_bytes()).hexdigest(): name for name, p in there.items()} == named
    for package in ("leaflet", "protomaps-leaflet"):
        assert f"{package}/LICENSE" in there


def test_no_script_or_style_of_ours_names_another_host() -> None:
    for name in ("ct.js", "ct.css"):
        text = (VENDOR.parent / name).read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^'\" )]+", text)) <= {"http://www.w3.org/2000/svg"}
