"""Numba's compiler as every kernel uses it, with its cache where the user may write.

Compiled code is kept per state of the kernels' sources: numba itself cannot read what an older version of a
named type left behind, and installed packages may lie in a folder that nobody may write to.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

#: Modules with kernels, beside this one.
SOURCES = (
    "edges",
    *(
        f"extend/{name}"
        for name in (
            "branches",
            "chains",
            "chance",
            "dual",
            "graph",
            "heap",
            "idle",
            "local",
            "near",
            "small",
            "tree",
        )
    ),
    "green",
    "grid",
    "zonal",
    "radio/air",
    "radio/compiled",
    "radio/ducting",
    "radio/freespace",
    "radio/levels",
    "radio/median",
    "radio/p526",
    "radio/p1812",
    "radio/probability",
    "radio/profile",
    "radio/reach",
)


def cache_folder() -> Path:
    """Return the folder for compiled kernels of just these sources: in the user's cache, else a temporary one."""
    here = Path(__file__).parent
    state = hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in SOURCES)).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for base in (home, Path(tempfile.gettempdir()) / f"cuntong-{os.getuid()}"):
        folder = base / "cuntong" / f"kernels-{numba.__version__}-{state}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="cuntong-kernels-"))


# Numba fills its `config` from the environment as it is imported, unseen by mypy.
if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]  # set by NUMBA_CACHE_DIR: the user's own choice
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def kernel(function: Function) -> Function:
    """Compile a kernel: cached, without the interpreter's lock, floats as numpy divides them."""
    compiled: Function = numba.njit(function, cache=True, nogil=True, error_model="numpy")
    return compiled
