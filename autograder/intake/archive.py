"""Zip files as a tree, read in memory only: nothing is unpacked, and no declared size is believed.

Only the central directory and the chosen modules are ever read, each up to a cap, so a bomb costs what a
module may cost.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import zipfile
from typing import Final

from .tree import (
    DEPTH,
    ENTRIES,
    MODULE_BYTES,
    Children,
    Odd,
    Parts,
    Refused,
    shown,
    shown_path,
    too_large,
    visible,
)

DIRECTORY_BYTES: Final = 2 << 20
"""The most bytes zipfile may ask for at once: this bounds the central directory, and so the entries."""
ARCHIVE_ENTRIES: Final = 10 * ENTRIES
"""The most entries of one zip, which may be an export of many hand-ins."""
RATIO: Final = 200
"""The most that RATIO_FROM bytes and more may have been compressed; source code stays far below."""
RATIO_FROM: Final = 50_000

# zipfile loads this codec only when it meets a name in it; a grader that may open no file by then could not.
codecs.lookup("cp437")

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_MOST_PARTS = 4 * DEPTH
_DRIVE = re.compile(r"[A-Za-z]:")


class ZipTree:
    """The entries of a zip; raises Refused when it is none. Keeps ``stream``, which the caller closes."""

    def __init__(self, stream: io.RawIOBase, name: str) -> None:
        self.name = name
        self.entries: dict[Parts, zipfile.ZipInfo] = {}
        self.odd: dict[Parts, list[Odd]] = {}
        self.folders: dict[Parts, set[str]] = {(): set()}
        self.files: dict[Parts, set[str]] = {}
        try:
            self.zip = zipfile.ZipFile(_Bounded(stream))
            infos = self.zip.infolist()
        except _TooMuch:
            raise _too_many(name) from None
        except Exception as error:  # zipfile lets out a dozen kinds on damaged input; none may stop the batch
            raise _broken(name, error) from None
        if len(infos) > ARCHIVE_ENTRIES:
            raise _too_many(name)
        for info in infos:
            self._take(info)

    def children(self, at: Parts) -> Children:
        folders = tuple(sorted(self.folders.get(at, ())))
        files = tuple(sorted(self.files.get(at, ())))
        return Children(folders, files, tuple(self.odd.get(at, ())))

    def read(self, at: Parts) -> bytes:
        info = self.entries[at]
        if refused := _why_not(info, at):
            raise refused
        try:
            with self.zip.open(info) as stream:
                data = stream.read(MODULE_BYTES + 1)
        except Exception as error:  # as above
            raise _broken(f"{self.name}/{shown_path(at)}", error) from None
        if len(data) > max(RATIO_FROM, RATIO * info.compress_size):
            raise _too_dense(at)
        if len(data) > MODULE_BYTES:
            raise too_large(at)
        return data

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if fault := _fault(info, name, parts):
            place = (*_sound_prefix(name, parts), parts[-1] if parts else name)
            sentence = f"The zip's entry {shown(name)} {fault}. It was not read; the rest counts. Zip plain files only."
            self._add_folder(place[:-1])
            self.odd.setdefault(place[:-1], []).append(Odd(place, "zip_entry", sentence))
        elif all(map(visible, parts)):
            if name.endswith("/"):
                self._add_folder(parts)
            elif parts:
                self._add_folder(parts[:-1])
                self._add_file(parts, info)

    def _add_file(self, parts: Parts, info: zipfile.ZipInfo) -> None:
        if parts in self.entries:
            where = shown_path(parts)
            sentence = f"The zip holds {where} twice; the last one was used, as when unpacking. Leave only one."
            self.odd.setdefault(parts[:-1], []).append(Odd(parts, "zip_duplicate", sentence))
        self.entries[parts] = info
        self.files.setdefault(parts[:-1], set()).add(parts[-1])

    def _add_folder(self, parts: Parts) -> None:
        for depth, name in enumerate(parts):
            self.folders.setdefault(parts[:depth], set()).add(name)


class _TooMuch(Exception):
    pass


class _Bounded(io.BufferedReader):
    """A stream that refuses to hand out more than DIRECTORY_BYTES at once, whatever a header asks for."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = DIRECTORY_BYTES + 1 if size is None or size < 0 else size
        if wanted > DIRECTORY_BYTES + 1:
            raise _TooMuch
        data = super().read(wanted)
        if len(data) > DIRECTORY_BYTES:
            raise _TooMuch
        return data


def raw(descriptor: int) -> io.FileIO:
    """A stream over ``descriptor``, which stays the caller's to close."""
    return os.fdopen(descriptor, "rb", buffering=0, closefd=False)


def _fault(info: zipfile.ZipInfo, name: str, parts: Parts) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    checks = (
        ("\0" in name, "has a name with a NUL character"),
        ("\\" in name, "has a backslash in its name"),
        (name.startswith("/"), "has an absolute path"),
        (bool(_DRIVE.match(name)), "names a drive"),
        (".." in parts, "points outside its folder"),
        (len(parts) > _MOST_PARTS, "lies too many folders deep"),
        (kind == stat.S_IFLNK, "is a link"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), "is a pipe, socket or device"),
    )
    return next((what for wrong, what in checks if wrong), None)


def _sound_prefix(name: str, parts: Parts) -> Parts:
    """The folders of a refused entry that can be believed: the hand-in in them gets the note."""
    if name.startswith("/") or "\\" in name or "\0" in name or _DRIVE.match(name) or len(parts) > _MOST_PARTS:
        return ()
    return parts[: parts.index("..")] if ".." in parts else parts[:-1]


def _why_not(info: zipfile.ZipInfo, at: Parts) -> Refused | None:
    where = shown_path(at)
    if info.flag_bits & _ENCRYPTED:
        return Refused(
            "zip_encrypted",
            f"{where} is locked with a password. Nothing in this file could be graded. Zip it without a password.",
        )
    if info.compress_type not in _METHODS:
        return Refused(
            "zip_method",
            f"{where} is compressed in a way that is not read here (method {info.compress_type}). "
            "Nothing in this file could be graded. "
            "Make the zip with your system's own tool or with `backprop submit`.",
        )
    return None


def _too_dense(at: Parts) -> Refused:
    return Refused(
        "zip_bomb",
        f"{shown_path(at)} unpacks to more than {RATIO} times its size, as no source code does. "
        "Nothing in this file could be graded. Hand in the file as you wrote it.",
    )


def _broken(name: str, error: Exception) -> Refused:
    reason = shown(str(error)) or type(error).__name__
    return Refused(
        "zip_broken",
        f"{name} is damaged or no zip file ({reason}). Nothing in it could be graded. "
        "Make it again, check that it opens, and hand in again.",
    )


def _too_many(name: str) -> Refused:
    return Refused(
        "too_many",
        f"{name} holds more than {ARCHIVE_ENTRIES} entries. Nothing in it could be graded. Zip the modules alone.",
    )
