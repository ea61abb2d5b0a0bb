"""Uploads: what a reader may send, how it is kept, and how a bundle is unpacked into a private folder.

A bundle is one zip with a region file and the files that it names; everything else is one data file. Nothing
of an upload is believed: not its name, not the paths in it. The archive is judged by its directory before
anything is unpacked (`geo.read.archive`), and a region file can name only what lies beside it in the bundle or
in the server's folder of data (`geo.sources.locate`).
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from geo.errors import UsageError
from geo.findings import visible
from geo.read import FORMATS
from geo.read.archive import opened_archive, unpack
from geo.read.limits import ARCHIVE_MEMBERS, UNPACK_RATIO, UNPACKED_BYTES
from geo.read.table import refuse
from geo.sources import data_folder

#: Bytes of an upload; what is larger is read by the command. Unpacked: `geo.read.limits`.
UPLOAD_BYTES = 50 * 2**20

#: What an archive may hold, as the page says it.
UNPACKED = {"bytes": UNPACKED_BYTES, "ratio": UNPACK_RATIO, "members": ARCHIVE_MEMBERS}

#: Environment variable: "1" lets others than this machine upload, "0" lets nobody.
SETTING = "CUNTONG_UPLOADS"

#: Suffixes of what may be sent.
SUFFIXES = (*FORMATS, ".toml")

#: Name of the region file in a bundle, where there are several of its kind.
REGION = "region.toml"

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]", "::1"))
_NAME_BYTES = 120
_STRANGE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class Unfit(UsageError):
    """An upload that is not taken; `key` names its sentence in `app/texts/data.*.toml`."""

    def __init__(self, key: str, **values: str | int) -> None:
        self.key, self.values = key, values
        super().__init__(f"{key}: {values}")


@dataclass(frozen=True)
class Bundle:
    """What was sent: a region file among its sources, or one data file."""

    path: Path
    is_region: bool


def allowed(address: str | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether a reader may upload.

    There are no accounts yet, so only who sits at the machine may, unless the setting says otherwise: the
    server listens on loopback, and the request comes from there.

    Parameters
    ----------
    address
        Where the reader's connection comes from; None for this machine.
    """
    from app.server import HOSTS  # and with it Streamlit, which the child of a job does without

    said = environment.get(SETTING, "").strip()
    if said in ("0", "1"):
        return said == "1"
    names = environment.get(HOSTS, "localhost").split(",")
    return set(names) <= _LOOPBACK and _is_here(address)


def _is_here(address: str | None) -> bool:
    try:
        return address is None or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def safe_name(name: str) -> str:
    """Return the bare name of a file as it may be kept: no path, no control, no leading dot, not too long."""
    bare = re.split(r"[/\\]", name.encode(errors="replace").decode())[-1]
    bare = _STRANGE.sub("_", bare).lstrip(". ") or "file"
    stem, dot, suffix = bare.rpartition(".")
    if not dot:
        stem, suffix = bare, ""
    room = _NAME_BYTES - len(suffix.encode()[:12]) - 1
    short = stem.encode()[:room].decode(errors="ignore") or "file"
    return f"{short}.{suffix[:12]}" if suffix else short


def keep(folder: Path, name: str, content: bytes | memoryview) -> Path:
    """Write an upload into a folder and return its path.

    Raises
    ------
    Unfit
        It is empty, too large, or of no kind that is read.
    """
    path = folder / safe_name(name)
    if path.suffix.lower() not in SUFFIXES:
        raise Unfit("unfit_suffix", name=visible(name), known=", ".join(SUFFIXES))
    if len(content) == 0:
        raise Unfit("unfit_empty", name=visible(name))
    if len(content) > UPLOAD_BYTES:
        raise Unfit("unfit_size", name=visible(name), megabytes=UPLOAD_BYTES // 2**20)
    path.write_bytes(content)
    return path


def opened(upload: Path, into: Path) -> Bundle:
    """Return what an upload is; a bundle is unpacked into the folder `into`, which must be empty.

    Raises
    ------
    Refused
        The archive is unsound, unsafe or above a limit.
    Unfit
        It holds several region files and none is called region.toml.
    """
    suffix = upload.suffix.lower()
    if suffix == ".toml":
        return Bundle(upload, is_region=True)
    if suffix != ".zip":
        return Bundle(upload, is_region=False)
    with opened_archive(upload) as (archive, members):
        region = _region(list(members))
        if region is None:
            return Bundle(upload, is_region=False)
        for name, info in members.items():
            to = into.joinpath(*PurePosixPath(name).parts)
            try:
                to.parent.mkdir(parents=True, exist_ok=True)
            except OSError:  # a member that is a file here and a folder there, or a name too long
                raise refuse(upload.name, "zip.path", member=name) from None
            unpack(archive, info, to, upload.name, name)
    return Bundle(into.joinpath(*PurePosixPath(region).parts), is_region=True)


def _region(names: list[str]) -> str | None:
    """Return the region file among the members: the only one that lies outermost, or the one of that name."""
    there = [n for n in names if n.lower().endswith(".toml")]
    if not there:
        return None
    depth = min(len(PurePosixPath(n).parts) for n in there)
    outer = [n for n in there if len(PurePosixPath(n).parts) == depth]
    named = [n for n in outer if PurePosixPath(n).name.lower() == REGION]
    fits = outer if len(outer) == 1 else named
    if len(fits) != 1:
        raise Unfit("unfit_regions", names=", ".join(visible(n) for n in there[:12]))
    return fits[0]


def shipped_data() -> Path | None:
    """Return the folder where sources lie that a bundle need not bring: the server's own, else the demo's."""
    beside = Path(__file__).parent.parent / "data"
    return data_folder(None) or (beside if beside.is_dir() else None)


def sentence(problem: Unfit) -> dict[str, Any]:
    """Return what was wrong with an upload, as it goes into a state file."""
    return {"key": problem.key, "values": dict(problem.values)}


def uploads_folder() -> Path:
    """Return the folder of snapshots made from uploads where the served one cannot be written."""
    from geo.faults import log_folder

    return log_folder() / "uploads"
