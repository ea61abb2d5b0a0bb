"""Small snapshots for tests, and what a reader sees of a folder of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.snapshot.layout import MANIFEST, SUMS, TEMPORARY, sha256
from geo.snapshot.open import list_snapshots
from geo.snapshot.verify import verify

DAY = "2010-12-31"


def about(version: int = 0, **more: Any) -> dict[str, Any]:
    """What a small manifest says."""
    return {"region": "r", "as_of": DAY, "name": {"en": "R", "zh": "R"}, "version": version, **more}


def tables(version: int = 0, rows: int = 50) -> dict[str, pa.Table]:
    """Three tables that all hold the version in every row."""
    column = pa.array([version] * rows)
    noise = pa.array([(i * 2_654_435_761 + version) % 2**32 for i in range(rows)])
    return {
        "units": pa.table({"version": column, "noise": noise}),
        "facts": pa.table({"version": column, "text": pa.array([f"{version}-{i}" for i in range(rows)])}),
        "plant/nodes": pa.table({"version": column}),
    }


def state(out: Path) -> dict[str, Any]:
    """What a reader may see of `out`: names, what verify says of each, `latest`, and what was left behind."""
    latest = out / "latest"
    return {
        "listed": [s.name for s in list_snapshots(out)],
        "problems": [p for s in list_snapshots(out) for p in verify(s.path)],
        "link": str(latest.readlink()) if latest.is_symlink() else None,
        "latest": verify(latest) if latest.exists() else None,
        "left": sorted(p.name for p in out.iterdir() if p.name.startswith(TEMPORARY)) if out.is_dir() else [],
        "strange": sorted(
            p.name
            for p in (out.iterdir() if out.is_dir() else ())
            if p.name != "latest" and not p.name.startswith((DAY, TEMPORARY))
        ),
    }


def mixed(folder: Path) -> bool:
    """Whether a snapshot's tables are not those of its manifest, by hash."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    return (
        any(sha256(folder / n) != e["sha256"] for n, e in manifest["tables"].items())
        or not (folder / SUMS).exists()
    )
