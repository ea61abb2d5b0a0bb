"""Uploads: hostile names and archives are refused in words, nothing lands outside the private folder."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads import SETTING, UPLOAD_BYTES, Unfit, allowed, keep, opened, safe_name
from geo.errors import SourceError
from geo.read import archive, limits
from geo.read.table import Refused

HERE = {"CUNTONG_HOSTS": "127.0.0.1,localhost,[::1]"}


def zipped(path: Path, members: dict[str, bytes | str], **info: int) -> Path:
    """A zip with these members; `mode` makes them all of a Unix mode."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = info.get("mode", stat.S_IFREG | 0o644) << 16
            out.writestr(entry, content)
    return path


def everything(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "into").mkdir(parents=True)
    return tmp_path / "deep" / "into"


def test_a_bundle_is_unpacked_with_its_folders_and_its_region_is_found(tmp_path: Path, into: Path) -> None:
    upload = zipped(tmp_path / "b.zip", {"mine/region.toml": "a", "mine/net/x.csv": "b", "__MACOSX/._x": "c"})
    bundle = opened(upload, into)
    assert bundle.is_region
    assert bundle.path == into / "mine" / "region.toml"
    assert (into / "mine" / "net" / "x.csv").read_text() == "b"
    assert not (into / "__MACOSX").exists()


def test_a_region_of_another_name_is_found_where_it_is_the_only_one(tmp_path: Path, into: Path) -> None:
    assert opened(zipped(tmp_path / "b.zip", {"isle.toml": "", "x.csv": "b"}), into).path.name == "isle.toml"


def test_of_several_the_one_called_region_is_taken_and_else_none(tmp_path: Path, into: Path) -> None:
    both = zipped(tmp_path / "b.zip", {"isle.toml": "", "region.toml": "", "in/region.toml": ""})
    assert opened(both, into).path == into / "region.toml"
    neither = zipped(tmp_path / "c.zip", {"isle.toml": "", "other.toml": ""})
    with pytest.raises(Unfit, match="unfit_regions"):
        opened(neither, into / "c")


def test_a_zip_without_a_region_is_one_data_file_and_stays_packed(tmp_path: Path, into: Path) -> None:
    bundle = opened(zipped(tmp_path / "b.zip", {"x.csv": "b"}), into)
    assert (bundle.is_region, bundle.path) == (False, tmp_path / "b.zip")
    assert everything(into) == set()


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "a/../../evil.csv", "/evil.csv", "..\\evil.csv", "C:/evil.csv", "C:evil.csv", "a\\b.csv"],
)
def test_a_member_that_leads_out_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, into: Path
) -> None:
    upload = zipped(tmp_path / "b.zip", {"region.toml": "a", name: "canary"})
    before = everything(tmp_path)
    with pytest.raises(Refused, match="leads out"):
        opened(upload, into)
    assert everything(tmp_path) == before


def test_a_link_in_a_bundle_is_refused(tmp_path: Path, into: Path) -> None:
    upload = zipped(tmp_path / "b.zip", {"region.toml": "/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    with pytest.raises(Refused, match="link"):
        opened(upload, into)
    assert everything(into) == set()


def test_a_bomb_is_refused_by_its_directory(tmp_path: Path, into: Path) -> None:
    upload = zipped(tmp_path / "b.zip", {"region.toml": "a", "x.csv": b"0" * 5_000_000})
    with pytest.raises(Refused, match=r"\b100\b"):
        opened(upload, into)
    assert everything(into) == set()


def test_too_much_unpacked_is_refused(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 3 * 2**20)
    upload = zipped(tmp_path / "b.zip", {"region.toml": "a", **{f"{i}.csv": b"0" * 2**20 for i in range(4)}})
    with pytest.raises(Refused, match=r"\b3\b"):
        opened(upload, into)


def test_too_many_members_and_a_zip_in_the_zip_are_refused(tmp_path: Path, into: Path) -> None:
    many = {f"{i}.csv": "" for i in range(limits.ARCHIVE_MEMBERS + 1)}
    with pytest.raises(Refused, match=r"1,?000"):
        opened(zipped(tmp_path / "b.zip", {"region.toml": "a", **many}), into)
    with pytest.raises(Refused, match=r"x\.zip"):
        opened(zipped(tmp_path / "c.zip", {"region.toml": "a", "x.zip": "b"}), into)


def test_a_member_that_is_a_file_here_and_a_folder_there_is_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(Refused, match="a/b"):
        opened(zipped(tmp_path / "b.zip", {"region.toml": "", "a": "1", "a/b.csv": "2"}), into)


def test_a_name_longer_than_the_system_takes_is_refused_in_words(tmp_path: Path, into: Path) -> None:
    with pytest.raises(SourceError, match="xxx"):
        opened(zipped(tmp_path / "b.zip", {"region.toml": "", "x" * 400 + "/y.csv": "2"}), into)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 17, b"no zip at all" * 50])
def test_what_is_no_zip_is_refused_in_words(content: bytes, tmp_path: Path, into: Path) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(SourceError):
        opened(tmp_path / "b.zip", into)


@given(st.text(max_size=300))
def test_a_safe_name_is_one_bare_name_that_the_system_takes(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not safe.startswith(".")
    assert not set(safe) & set('/\\:*?"<>|\0\n\r\u202e')
    assert len(safe.encode(errors="surrogatepass")) <= 200
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/cron.csv", "cron.csv"),
        ("C:\\x\\村.geojson", "村.geojson"),
        (".hidden.csv", "hidden.csv"),
        ("a\u202evsc.csv", "a_vsc.csv"),
        ("", "file"),
    ],
)
def test_names_are_kept_bare(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


def test_an_upload_is_held_to_kind_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep(tmp_path, "../村.csv", b"a,b\n") == tmp_path / "村.csv"
    with pytest.raises(Unfit, match="unfit_suffix"):
        keep(tmp_path, "run.exe", b"MZ")
    with pytest.raises(Unfit, match="unfit_empty"):
        keep(tmp_path, "a.csv", b"")
    monkeypatch.setattr("app.uploads.UPLOAD_BYTES", 10)
    with pytest.raises(Unfit, match="unfit_size"):
        keep(tmp_path, "b.csv", b"a" * 11)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["村.csv"]
    assert UPLOAD_BYTES == 50 * 2**20


def test_only_who_sits_at_the_machine_may_upload_unless_it_is_set() -> None:
    assert allowed(None, HERE)
    assert allowed("127.0.0.1", HERE)
    assert allowed("::1", HERE)
    assert not allowed("10.0.0.8", HERE)
    assert not allowed("nonsense", HERE)
    assert not allowed(None, {"CUNTONG_HOSTS": "*"})
    assert not allowed(None, {"CUNTONG_HOSTS": "localhost,example.org"})
    assert allowed("10.0.0.8", {"CUNTONG_HOSTS": "*", SETTING: "1"})
    assert not allowed(None, {**HERE, SETTING: "0"})
