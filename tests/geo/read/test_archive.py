"""Zip archives: refused by their directory, unpacked aside, gone afterwards."""

from __future__ import annotations

import stat
import struct
import zipfile

import pytest

from geo.read.archive import data_sets, open_member, unpacked
from geo.read.shapefile import read_shapefile
from geo.read.table import Refused
from tests.geo.read.units import folder_hash, units


@pytest.fixture
def pack(tmp_path):
    def write(**members):
        path = tmp_path / "data.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in members.items():
                packed.writestr(name, data)
        return path

    return write


def test_the_only_data_set_is_unpacked_aside_and_gone_afterwards(pack, tmp_path):
    path = pack(
        **{
            "区划/units.csv": "code\n01\n",
            "区划/readme.txt": "x",
            "__MACOSX/._units.csv": "y",
            "Thumbs.db": "z",
        }
    )
    before = folder_hash(tmp_path)
    with open_member(path) as member:
        assert member.read_text() == "code\n01\n"
        assert tmp_path not in member.parents
        folder = member.parent
    assert not folder.exists()
    assert folder_hash(tmp_path) == before


def test_a_shapefile_comes_with_all_of_its_parts(tmp_path):
    units().to_file(tmp_path / "units.shp")
    path = tmp_path / "units.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for part in sorted(tmp_path.glob("units.*")):
            if part != path:
                packed.write(part, f"数据/{part.name}")
    with open_member(path) as member:
        assert len(read_shapefile(member).frame) == 6


@pytest.mark.parametrize(
    "name", ["../a.csv", "a/../../b.csv", "/a.csv", "..\\a.csv", "C:/a.csv", "c:a.csv", "a\\b.csv"]
)
def test_a_path_that_leads_out_is_refused(pack, name):
    with pytest.raises(Refused, match="path that leads out"), open_member(pack(**{"ok.csv": "x", name: "y"})):
        pass


def test_links_passwords_and_archives_within_are_refused(pack, tmp_path):
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(link, "/etc/hosts")
    with pytest.raises(Refused, match="symbolic link"), open_member(path):
        pass
    with (
        pytest.raises(Refused, match=r"b\.zip lies inside"),
        open_member(pack(**{"a.csv": "x", "b.zip": "y"})),
    ):
        pass
    data = bytearray(pack(**{"a.csv": "x"}).read_bytes())
    for signature, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Refused, match="encrypted with a password"), open_member(path):
        pass


def test_bombs_are_refused_by_the_directory(pack):
    with pytest.raises(Refused, match="zip bomb"), open_member(pack(**{"a.csv": b" " * 20_000_000})):
        pass
    many = {f"{i}.txt": "x" for i in range(1001)}
    with pytest.raises(Refused, match="too many members: 1001"), open_member(pack(**many)):
        pass


@pytest.mark.parametrize("declared", [10, 20_000])
def test_a_declared_size_that_lies_is_found_while_unpacking(pack, declared):
    path = pack(**{"a.csv": bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, declared)
    path.write_bytes(bytes(data))
    with pytest.raises(Refused, match=r"declared size|truncated or corrupt"), open_member(path):
        pass


def test_members_that_lie_on_one_another_are_refused(pack):
    path = pack(**{"a.csv": "x" * 100, "b.csv": "y" * 100})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    path.write_bytes(bytes(data))
    with pytest.raises(Refused, match="overlap"), open_member(path):
        pass


def test_several_data_sets_have_to_be_named(pack):
    path = pack(**{"old/a.csv": "1", "b.csv": "2", "c.txt": "3"})
    assert data_sets(path) == ["old/a.csv", "b.csv"]
    with pytest.raises(Refused, match="several datasets in one zip"), open_member(path):
        pass
    for asked in ("old/a.csv", "a.csv", "a"):
        with open_member(path, member=asked) as member:
            assert member.read_text() == "1"
    with (
        pytest.raises(Refused, match=r"no member d; the data sets are: old/a\.csv, b\.csv"),
        open_member(path, member="d"),
    ):
        pass


def test_one_name_twice_is_refused(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("a.csv", "2")
    with pytest.raises(Refused, match=r"duplicate member: a\.csv stands 2 times"), open_member(path):
        pass


def test_every_cut_is_refused(pack):
    path = pack(**{"a.csv": "x" * 500, "b.txt": "y"})
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(Refused), open_member(path):
            pass


def test_a_member_named_in_gbk_is_shown_in_chinese(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("AAAA.csv", "1")
    path.write_bytes(path.read_bytes().replace(b"AAAA", "行政".encode("gbk")))
    assert data_sets(path) == ["行政.csv"]


def test_all_members_are_unpacked_by_their_bare_names(pack):
    with unpacked(pack(**{"x/nodes.csv": "1", "x/spans.csv": "2"})) as folder:
        assert sorted(p.name for p in folder.iterdir()) == ["nodes.csv", "spans.csv"]
    with pytest.raises(Refused, match="duplicate member"), unpacked(pack(**{"x/a.csv": "1", "y/a.csv": "2"})):
        pass
