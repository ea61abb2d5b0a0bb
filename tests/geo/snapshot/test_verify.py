"""Verify finds every change of a published snapshot: bytes, files more or less, and names."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.errors import SnapshotError
from geo.snapshot import publish, verify
from geo.snapshot.layout import MANIFEST, SUMS, sha256
from tests.geo.snapshot.made import about, tables

FLIPS = 400


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return publish(tmp_path / "out", tables(), about())


def test_every_byte_that_is_flipped_is_found(snapshot: Path) -> None:
    dice = random.Random(7)
    files = sorted(p for p in snapshot.rglob("*") if p.is_file())
    assert len(files) == 5
    for turn in range(FLIPS):
        file = files[turn % len(files)]
        whole = file.read_bytes()
        at = dice.randrange(len(whole))
        harmed = bytearray(whole)
        harmed[at] ^= 1 << dice.randrange(8)
        file.write_bytes(bytes(harmed))
        assert verify(snapshot), f"{file.name}, byte {at}: {whole[at]:#x} -> {harmed[at]:#x}"
        file.write_bytes(whole)
    assert verify(snapshot) == []


@pytest.mark.parametrize("name", ["units.parquet", "plant/nodes.parquet", MANIFEST])
@pytest.mark.parametrize("cut", [0, 1, 10])
def test_a_file_that_was_cut_is_found(snapshot: Path, name: str, cut: int) -> None:
    whole = (snapshot / name).read_bytes()
    (snapshot / name).write_bytes(whole[:cut])
    assert any(p.startswith(name) for p in verify(snapshot))


@pytest.mark.parametrize("name", ["units.parquet", "facts.parquet", "plant/nodes.parquet", MANIFEST])
def test_a_file_that_was_removed_is_named(snapshot: Path, name: str) -> None:
    (snapshot / name).unlink()
    assert f"{name}: is missing." in verify(snapshot)


HARMS: list[tuple[str, Callable[[Path], Any], str]] = [
    ("a file", lambda p: (p / "more.parquet").write_bytes(b""), "more.parquet: does not belong"),
    ("a hidden file", lambda p: (p / ".x").write_bytes(b""), ".x: does not belong"),
    ("a file in a folder", lambda p: (p / "plant" / "x").write_bytes(b""), "plant/x: does not belong"),
    ("an empty folder", lambda p: (p / "empty").mkdir(), "empty: does not belong"),
    ("a link", lambda p: (p / "x").symlink_to("units.parquet"), "x: does not belong"),
    ("a dead link", lambda p: (p / "x").symlink_to("nowhere"), "x: does not belong"),
    ("a link to a folder", lambda p: (p / "x").symlink_to(".."), "x: does not belong"),
]


@pytest.mark.parametrize(("harm", "said"), [h[1:] for h in HARMS], ids=[h[0] for h in HARMS])
def test_what_was_added_is_named(snapshot: Path, harm: Callable[[Path], Any], said: str) -> None:
    harm(snapshot)
    assert any(p.startswith(said) for p in verify(snapshot)), verify(snapshot)


def test_a_renamed_file_is_missing_under_one_name_and_strange_under_the_other(snapshot: Path) -> None:
    (snapshot / "units.parquet").rename(snapshot / "unit.parquet")
    assert verify(snapshot)[:2] == [
        "units.parquet: is missing.",
        "unit.parquet: does not belong to the snapshot.",
    ]


def test_two_files_that_changed_places_are_found(snapshot: Path) -> None:
    (snapshot / "units.parquet").rename(snapshot / "x")
    (snapshot / "facts.parquet").rename(snapshot / "units.parquet")
    (snapshot / "x").rename(snapshot / "facts.parquet")
    assert sum("was changed" in p for p in verify(snapshot)) >= 2


def test_a_file_that_became_a_link_to_its_own_content_is_found(snapshot: Path, tmp_path: Path) -> None:
    shutil.move(snapshot / "units.parquet", tmp_path / "elsewhere")
    (snapshot / "units.parquet").symlink_to(tmp_path / "elsewhere")
    assert verify(snapshot) == ["units.parquet: is a link, not the file that was published."]


@pytest.mark.parametrize("name", ["2011-12-31-{hash}", "2010-12-31-0123456789ab", "mine"])
def test_a_renamed_folder_is_found(snapshot: Path, name: str) -> None:
    moved = snapshot.rename(snapshot.parent / name.format(hash=snapshot.name[-12:]))
    assert any("the folder's name is not" in p for p in verify(moved))


def test_a_table_changed_together_with_its_sum_is_found_by_the_manifest(snapshot: Path) -> None:
    old = sha256(snapshot / "facts.parquet")
    (snapshot / "facts.parquet").write_bytes((snapshot / "units.parquet").read_bytes())
    sums = (snapshot / SUMS).read_text().replace(old, sha256(snapshot / "facts.parquet"))
    (snapshot / SUMS).write_text(sums)
    assert verify(snapshot) == ["facts.parquet: was changed (the manifest states another SHA-256)."]


def test_a_manifest_changed_together_with_its_sum_is_found_by_the_folders_name(snapshot: Path) -> None:
    old = sha256(snapshot / MANIFEST)
    text = (snapshot / MANIFEST).read_text()
    (snapshot / MANIFEST).write_text(text.replace('"version": 0', '"version": 1'))
    (snapshot / SUMS).write_text((snapshot / SUMS).read_text().replace(old, sha256(snapshot / MANIFEST)))
    assert [p for p in verify(snapshot) if "the folder's name is not" in p]


@pytest.mark.parametrize("text", ["", "\n", "x", "0  a\n", "é\n"])
def test_sums_that_are_no_sums_are_a_difference_not_a_crash(snapshot: Path, text: str) -> None:
    (snapshot / SUMS).write_text(text)
    assert verify(snapshot)


def test_a_folder_without_sums_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="SHA256SUMS is missing"):
        verify(tmp_path)
