"""Zip files with the same bytes on each run: sorted names, one time stamp, given permissions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..model.errors import WrongUse
from ..model.files import atomic_write

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can tell."""


def pack(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip file of ``files`` (name to content); permissions from ``modes``, else 0644."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, on every system, so that the permissions count
            entry.external_attr = (0o100000 | (modes or {}).get(name, 0o644)) << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def check_place(out: Path) -> None:
    """Raise WrongUse unless a zip file can be written to ``out``: before any work is done for it."""
    if out.suffix != ".zip":
        raise WrongUse(f"{out}: the name of a bundle must end in .zip")
    if not out.parent.is_dir():
        raise WrongUse(f"{out}: there is no folder {out.parent}; make it, or choose another place")
    if out.is_symlink() or (out.exists() and not zipfile.is_zipfile(out)):
        raise WrongUse(f"{out}: there is something else of this name; choose another")


def write(out: Path, data: bytes) -> None:
    """Put ``data`` at ``out``, whole or not at all; raises WrongUse when that cannot be done."""
    check_place(out)
    try:
        atomic_write(out, data)
    except OSError as error:
        raise WrongUse(f"{out} cannot be written: {error.strerror}; choose another place") from None
