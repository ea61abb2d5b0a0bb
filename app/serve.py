"""Serve: make ready what is to be shown, take a port, and run the server until it is stopped."""

from __future__ import annotations

import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.server import HOSTS, application
from app.shelf import FOLDERS, Shelf
from app.uploads import uploads_folder
from geo.errors import SourceError, UsageError
from geo.snapshot import Snapshot
from geo.snapshot.layout import MANIFEST

#: Region of the demo, below the folder of the project.
DEMO = Path("data") / "changzhou.toml"

#: Exit code after SIGTERM: 128 and the number of the signal, as shells count.
TERMINATED = 143

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ready:
    """A server that has its port and only waits to be run."""

    socket: socket.socket
    host: str

    @property
    def alone(self) -> bool:
        """Return whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def url(self) -> str:
        """Return the address to open."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{shown}:{self.socket.getsockname()[1]}"

    def run(self, *, browse: bool = False) -> None:
        """Answer requests until the process is stopped."""
        import uvicorn

        signal.signal(
            signal.SIGTERM, lambda *_: sys.exit(TERMINATED)
        )  # so that what must be swept at the end is
        if browse and (os.name == "nt" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(self.url)
        config = uvicorn.Config(
            application(), log_level="warning", access_log=False, server_header=False, proxy_headers=False
        )
        uvicorn.Server(config).run(sockets=[self.socket])


def serve(
    folders: Sequence[Path], *, host: str, port: int, data: Path | None = None, say: Say = lambda _: None
) -> Ready:
    """Take the port; make the demo where there is no snapshot; cut the tiles of the newest of each region.

    Raises
    ------
    UsageError
        The address cannot be taken, or a folder that was named holds no snapshot.
    """
    from geo.tiles import tiles_of

    taken = listening(host, port)
    shelf = Shelf(folders)
    if not shelf.snapshots():
        _demo(folders, data=data, say=say)
    for snapshot in _newest_of_each_region(shelf.snapshots()):
        tiles_of(snapshot, say=lambda part: say(f"tiles {part}"))
    os.environ[FOLDERS] = os.pathsep.join(str(f) for f in served(folders))
    if host in LOOPBACK:
        os.environ[HOSTS] = ",".join((*LOOPBACK[:2], "[::1]"))
    else:
        os.environ.setdefault(HOSTS, "*")
    return Ready(taken, host)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address.

    Raises
    ------
    UsageError
        The address cannot be taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(128)  # who opens the address that is printed waits a moment, and is not refused
    except (OSError, OverflowError) as fault:
        taken.close()
        raise UsageError(
            f"{host}:{port} cannot be taken ({fault.strerror if isinstance(fault, OSError) else fault}). "
            "Name another with --port N, or --port 0 for any free one."
        ) from fault
    return taken


def served(folders: Sequence[Path]) -> list[Path]:
    """Return the folders to serve: where the first cannot be written, also the one that uploads go to."""
    writable = os.access(folders[0], os.W_OK) and not (folders[0] / MANIFEST).exists()
    return [*folders, *([] if writable else [uploads_folder()])]


def _newest_of_each_region(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the first snapshot of each region, of snapshots that stand newest first."""
    first: dict[str, Snapshot] = {}
    for snapshot in snapshots:
        first.setdefault(snapshot.manifest["region"], snapshot)
    return list(first.values())


def _demo(folders: Sequence[Path], *, data: Path | None, say: Say) -> None:
    """Build the demo into the folder of snapshots; a folder that was named and holds none is a mistake."""
    from geo.run import run

    for region in (DEMO, Path(__file__).parent.parent / DEMO):
        if region.exists() and len(folders) == 1 and (not folders[0].exists() or folders[0].is_dir()):
            run(region, folders[0], data=data, say=say)
            return
    named = ", ".join(str(f) for f in folders)
    raise SourceError(
        f"{named}: no snapshot here. Make one with `cuntong run REGION.toml --out {folders[0]}`, then serve it."
    )
