"""Publish: write a snapshot aside, sync it, and let it appear in one step.

    out/.tmp-<pid>-<random>/   tables, manifest.json, SHA256SUMS: each written and fsynced
    out/<as_of>-<hash>/        the same folder after one rename
    out/latest                 a link, replaced in one step

A crash at any point leaves the old state and at most a temporary folder, which the next writer sweeps.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import SnapshotError
from geo.snapshot.layout import LATEST, LAYOUT, MANIFEST, SUMS, TEMPORARY, folder_name, sha256

if TYPE_CHECKING:
    import pyarrow as pa


def publish(out: Path, tables: Mapping[str, pa.Table], about: Mapping[str, Any]) -> Path:
    """Write a snapshot of `tables` into the folder `out` and return its folder.

    Parameters
    ----------
    out
        Folder of snapshots; made if absent.
    tables
        File stem -> Arrow table ("plant/fibre" goes into a folder); written as Parquet.
    about
        What the manifest says besides: region, as_of (ISO date), inputs, settings, warnings, licences.

    Raises
    ------
    SnapshotError
        The folder cannot be written (no space, no permission); nothing is left behind.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        sweep(out)
        aside = out / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
        aside.mkdir()
    except OSError as fault:
        raise SnapshotError(f"{out.name}: a snapshot cannot be written here: {fault.strerror}.") from fault
    try:
        return _into_place(out, aside, _write(aside, tables, about))
    except OSError as fault:
        shutil.rmtree(aside, ignore_errors=True)
        raise SnapshotError(
            f"{out.name}: the snapshot could not be written: {fault.strerror}. Nothing was changed."
        ) from fault
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _write(aside: Path, tables: Mapping[str, pa.Table], about: Mapping[str, Any]) -> str:
    """Write all files into the folder aside; return the snapshot's name."""
    import pyarrow.parquet as pq  # noqa: PLC0415  start-up

    entries = {}
    for stem in sorted(tables):
        path = aside / f"{stem}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(tables[stem], path, compression="zstd", write_statistics=True)
        sync(path)
        entries[f"{stem}.parquet"] = {"sha256": sha256(path), "rows": tables[stem].num_rows}
    manifest = aside / MANIFEST
    text = json.dumps(
        {"layout": LAYOUT, **about, "tables": entries}, ensure_ascii=False, indent=1, sort_keys=True
    )
    manifest.write_text(text + "\n", encoding="utf-8")
    sync(manifest)
    digest = sha256(manifest)
    lines = [f"{digest}  {MANIFEST}", *(f"{e['sha256']}  {name}" for name, e in entries.items())]
    (aside / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    sync(aside / SUMS)
    for folder in {aside, *(p for p in aside.iterdir() if p.is_dir())}:
        sync(folder)
    return folder_name(str(about["as_of"]), digest)


def _into_place(out: Path, aside: Path, name: str) -> Path:
    """Rename the finished folder into place; the same snapshot may be there already."""
    final = out / name
    if final.exists():
        shutil.rmtree(aside)
    else:
        try:
            aside.rename(final)
        except OSError:
            if not final.exists():
                raise
            shutil.rmtree(aside)  # another writer published the same bytes meanwhile
    sync(out)
    link = out / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
    link.symlink_to(name)
    link.replace(out / LATEST)
    sync(out)
    return final


def sync(path: Path) -> None:
    """Have the file or folder on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(out: Path) -> None:
    """Remove what writers that no longer run have left behind."""
    for left in out.glob(f"{TEMPORARY}*"):
        pid = left.name.removeprefix(TEMPORARY).split("-")[0]
        if pid.isdigit() and not _runs(int(pid)):
            if left.is_symlink():
                left.unlink(missing_ok=True)
            else:
                shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    """Return whether a process of this id runs (also one of another user)."""
    with contextlib.suppress(ProcessLookupError):
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        return True
    return False
