"""Verify: find any byte of a snapshot that changed since it was published."""

from __future__ import annotations

from pathlib import Path

from geo.errors import SnapshotError
from geo.snapshot.layout import MANIFEST, SUMS, sha256


def verify(path: Path) -> list[str]:
    """Return what differs from the day of publication, one sentence each; empty when every byte is the same.

    The folder's name holds the manifest's hash, SHA256SUMS (readable by `sha256sum --check`) holds every
    file's, the manifest every table's: a change of one shows against another.

    Raises
    ------
    SnapshotError
        There is no SHA256SUMS: this is no snapshot.
    """
    path = path.resolve()
    if not (path / SUMS).is_file():
        raise SnapshotError(f"{path.name}: no snapshot: {SUMS} is missing.")
    problems: list[str] = []
    raw = (path / SUMS).read_bytes()
    sums = _parsed(raw, problems)
    files = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()} - {SUMS}
    problems += [f"{name}: is missing." for name in sorted(set(sums) - files)]
    problems += [f"{name}: does not belong to the snapshot." for name in sorted(files - set(sums))]
    seen = {name: sha256(path / name) for name in sorted(files & set(sums))}
    problems += [
        f"{name}: was changed (its SHA-256 is not the published one)."
        for name in seen
        if seen[name] != sums[name]
    ]
    if MANIFEST in seen and not path.name.endswith(seen[MANIFEST][:12]):
        problems.append(f"{path.name}: the folder's name does not carry the hash of its {MANIFEST}.")
    if raw != _canonical(sums):
        problems.append(f"{SUMS}: was changed.")
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
