"""Small builders of hand-ins: a folder, a zip, in memory and on disk."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

MODULES = ("gates", "graph")
GIVEN = ("doubles",)
GOOD = b"class Add:\n    pass\n"
WHOLE = {"gates.py": GOOD, "graph.py": b"from .gates import Add\n"}

Files = Mapping[str, bytes | str]


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of ``files``; a value that is text makes a link to that place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.filename = name
            info.compress_type = method
            kind = stat.S_IFLNK if isinstance(content, str) else stat.S_IFREG
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def laid_out(root: Path, files: Files) -> Path:
    """``files`` below ``root``; a name that ends with / is an empty folder, a value that is text a link."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            place.mkdir(exist_ok=True)
        elif isinstance(content, str):
            place.symlink_to(content)
        else:
            place.write_bytes(content)
    return root
