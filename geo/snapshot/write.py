"""Publish: write a snapshot aside, sync it, and let it appear in one step.

    out/.tmp-<pid>-<random>/   tables, manifest.json, SHA256SUMS: each written and fsynced
    out/<as_of>-<hash>/        the same folder after one rename
    out/latest                 a link, replaced in one step

A crash at any point leaves the old state and at most a temporary folder, which the next writer sweeps.
Writers hold a lock on their temporary folder as long as they live, and on `out` while they begin and end: so
that only what nobody writes any more is swept, whatever process has its number now.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import SnapshotError
from geo.snapshot.layout import LATEST, LAYOUT, MANIFEST, SUMS, TEMPORARY, folder_name, sha256
from geo.snapshot.verify import verify

if TYPE_CHECKING:
    import pyarrow as pa

#: What a file system without locks answers: writers then do without, and nothing is swept.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


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
        The folder cannot be written (no space, no permission), or holds this snapshot changed by somebody;
        nothing is left behind.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        aside, held = _begin(out)
    except OSError as fault:
        raise SnapshotError(f"{out.name}: a snapshot cannot be written here: {_reason(fault)}.") from fault
    try:
        return _into_place(out, aside, _write(aside, tables, about))
    except SnapshotError:
        raise
    except OSError as fault:
        raise SnapshotError(
            f"{out.name}: the snapshot could not be written: {_reason(fault)}. Nothing was changed."
        ) from fault
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(held)


def _reason(fault: OSError) -> str:
    return fault.strerror or str(fault) or type(fault).__name__


def _begin(out: Path) -> tuple[Path, int]:
    """Sweep, make a folder aside, and return it with the handle that holds its lock."""
    with _alone(out):
        sweep(out)
        aside = out / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
        aside.mkdir()
        try:
            held = os.open(aside, os.O_RDONLY)
            _lock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            aside.rmdir()
            raise
    return aside, held


def _write(aside: Path, tables: Mapping[str, pa.Table], about: Mapping[str, Any]) -> str:
    """Write all files into the folder aside; return the snapshot's name."""
    import pyarrow.parquet as pq

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
    """Rename the finished folder into place and point `latest` to it: both, or neither.

    Raises
    ------
    SnapshotError
        The same snapshot is there already, and somebody changed it.
    """
    final, link = out / name, out / LATEST
    with _alone(out):
        known = final.exists()
        if known and (changed := verify(final)):
            raise SnapshotError(
                f"{name}: is published already and was changed since: {changed[0]} "
                "Move it away, then run again."
            )
        earlier = link.readlink() if link.is_symlink() else None
        try:
            if not known:
                aside.rename(final)
                sync(out)
            _point(out, Path(name))
        except BaseException:
            with contextlib.suppress(OSError):
                _point_back(out, earlier)
            if not known:
                with contextlib.suppress(OSError):
                    final.rename(aside)
            raise
    return final


def _point(out: Path, target: Path) -> None:
    """Let `latest` point to `target`, in one step."""
    link = out / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        link.symlink_to(target)
        link.replace(out / LATEST)
    finally:
        link.unlink(missing_ok=True)
    sync(out)


def _point_back(out: Path, earlier: Path | None) -> None:
    """Let `latest` point to where it did, or to nothing."""
    link = out / LATEST
    if earlier is None:
        link.unlink(missing_ok=True)
    elif not link.is_symlink() or link.readlink() != earlier:
        _point(out, earlier)


def sync(path: Path) -> None:
    """Have the file or folder on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(out: Path) -> None:
    """Remove what dead writers left behind; to be called alone in `out`, when links are nobody's."""
    for left in out.glob(f"{TEMPORARY}*"):
        if left.is_symlink() or not left.is_dir():
            left.unlink(missing_ok=True)
            continue
        handle = os.open(left, os.O_RDONLY)
        try:
            if _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Be the only writer that begins or ends in `out`; a dead one's lock is gone with it."""
    handle = os.open(out, os.O_RDONLY)
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> bool:
    """Lock an open folder and return whether it is locked: another has it, or there are no locks here."""
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        return False
    except OSError as fault:
        if fault.errno not in NO_LOCKS:
            raise
        return False
    return True
