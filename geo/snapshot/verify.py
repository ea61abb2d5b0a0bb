"""Verify: find any byte of a snapshot that changed since it was published."""

from __future__ import annotations

import json
from pathlib import Path

from geo.errors import SnapshotError
from geo.snapshot.layout import MANIFEST, SUMS, folder_name, sha256


def verify(path: Path) -> list[str]:
    """Return what differs from the day of publication, one sentence each; empty when every byte is the same.

    The folder's name holds the manifest's hash, SHA256SUMS (readable by `sha256sum --check`) holds every
    file's, the manifest every table's: a change of one shows against another.

    Raises
    ------
    SnapshotError
        There is no SHA256SUMS, or a file cannot be read: this is no snapshot.
    """
    path = path.resolve()
    if not (path / SUMS).is_file():
        raise SnapshotError(f"{path.name}: no snapshot: {SUMS} is missing.")
    try:
        return _differences(path)
    except OSError as fault:
        raise SnapshotError(f"{path.name}: cannot be read: {fault.strerror}.") from fault


def _differences(path: Path) -> list[str]:
    problems: list[str] = []
    raw = (path / SUMS).read_bytes()
    sums = _parsed(raw, problems)
    files = _files(path, sums)
    problems += [f"{name}: is missing." for name in sorted(set(sums) - files)]
    problems += [f"{name}: does not belong to the snapshot." for name in sorted(files - set(sums))]
    links = {name for name in files if (path / name).is_symlink()}
    problems += [f"{name}: is a link, not the file that was published." for name in sorted(links & set(sums))]
    seen = {name: sha256(path / name) for name in sorted(files & set(sums) - links)}
    problems += [
        f"{name}: was changed (its SHA-256 is not the published one)."
        for name in seen
        if seen[name] != sums[name]
    ]
    if raw != _canonical(sums):
        problems.append(f"{SUMS}: was changed.")
    return problems + _against_the_manifest(path, seen)


def _files(path: Path, sums: dict[str, str]) -> set[str]:
    """Return all that lies in the folder besides the sums: files, links, and folders that hold no table."""
    folders = {parent.as_posix() for name in sums for parent in Path(name).parents}
    there = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_symlink() or not p.is_dir()}
    bare = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_dir() and not p.is_symlink()}
    return (there - {SUMS}) | (bare - folders)


def _against_the_manifest(path: Path, seen: dict[str, str]) -> list[str]:
    """Return where the folder's name, or the hash of a table, is not what the manifest says."""
    if MANIFEST not in seen:
        return []
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        name = folder_name(manifest["as_of"], seen[MANIFEST])
        tables = {table: entry["sha256"] for table, entry in manifest["tables"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        return [f"{MANIFEST}: was changed (it is no manifest)."]
    problems = [
        f"{table}: was changed (the manifest states another SHA-256)."
        for table in sorted(seen)
        if table != MANIFEST and seen[table] != tables.get(table)
    ]
    if path.name != name:
        problems.append(f"{path.name}: the folder's name is not {name}, the date and hash of its {MANIFEST}.")
    return problems


def _parsed(raw: bytes, problems: list[str]) -> dict[str, str]:
    """Return file -> hash of the sums file; lines that are none are a problem."""
    sums: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", errors="replace").splitlines(), 1):
        digest, _, name = line.partition("  ")
        if len(digest) == 64 and name:
            sums[name] = digest
        else:
            problems.append(f"{SUMS}, line {number}: was changed.")
    return sums


def _canonical(sums: dict[str, str]) -> bytes:
    """Return the bytes that the writer wrote for these sums: the manifest first, then by name."""
    names = [n for n in sums if n == MANIFEST] + sorted(n for n in sums if n != MANIFEST)
    return ("\n".join(f"{sums[n]}  {n}" for n in names) + "\n").encode()
