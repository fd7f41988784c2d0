"""Folders and loose files on disk: no link is followed, and only regular files are opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .tree import (
    FOLDER_ENTRIES,
    MODULE_BYTES,
    Children,
    Odd,
    Parts,
    Refused,
    Tree,
    shown_path,
    too_large,
    visible,
)

# Absent on Windows, where each part is looked at before the path is opened instead.
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FILE = (
    os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_FOLDER = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BENEATH = bool(_NO_FOLLOW) and os.open in os.supports_dir_fd and os.scandir in os.supports_fd


class NotRegular(OSError):
    """A link, FIFO, device or folder stands where a file was expected."""


@dataclass(frozen=True)
class FolderTree:
    """The folder ``root`` (a resolved path); every part below it is opened without following links."""

    root: Path

    def children(self, at: Parts) -> Children:
        try:
            with _folder(self.root, at) as place, os.scandir(place) as entries:
                return _sorted_out(at, list(islice(entries, FOLDER_ENTRIES + 1)))
        except OSError as error:
            raise _unreadable(at, error) from None

    def read(self, at: Parts) -> bytes:
        try:
            with self.opened(at) as descriptor:
                data = _up_to(descriptor, MODULE_BYTES + 1)
        except OSError as error:
            raise _unreadable(at, error) from None
        if len(data) > MODULE_BYTES:
            raise too_large(at)
        return data

    @contextmanager
    def opened(self, at: Parts) -> Iterator[int]:
        """A descriptor of the regular file ``at``; raises OSError."""
        with _folder(self.root, at[:-1]) as place:
            descriptor = _open_in(place, at[-1], _FILE)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotRegular("not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class Loose:
    """Some files of a folder as a hand-in of its own; ``names`` maps what to call each to its name."""

    tree: Tree
    at: Parts
    names: Mapping[str, str]

    def children(self, at: Parts) -> Children:
        return Children(files=tuple(sorted(self.names)))

    def read(self, at: Parts) -> bytes:
        return self.tree.read((*self.at, self.names[at[-1]]))


def _sorted_out(at: Parts, entries: list[os.DirEntry[str]]) -> Children:
    if len(entries) > FOLDER_ENTRIES:
        raise Refused(
            "too_many",
            f"{shown_path(at)} holds more than {FOLDER_ENTRIES} names and was not looked into. "
            "Hand in the modules alone.",
        )
    folders, files, odd = [], [], []
    for entry in sorted((each for each in entries if visible(each.name)), key=lambda each: each.name):
        if entry.is_symlink() or _is_junction(entry):
            odd.append(link((*at, entry.name)))
        elif entry.is_dir(follow_symlinks=False):
            folders.append(entry.name)
        elif entry.is_file(follow_symlinks=False):
            files.append(entry.name)
        else:
            odd.append(special((*at, entry.name)))
    return Children(tuple(folders), tuple(files), tuple(odd))


def link(parts: Parts) -> Odd:
    sentence = (
        f"{shown_path(parts)} is a link. Links are never followed, so nothing of it counts. "
        "Hand in the file or folder itself."
    )
    return Odd(parts, "link", sentence)


def special(parts: Parts) -> Odd:
    sentence = (
        f"{shown_path(parts)} is a pipe, socket or device, not a file. It was not opened, "
        "and nothing of it counts. "
        "Hand in a plain file."
    )
    return Odd(parts, "special_file", sentence)


def _unreadable(at: Parts, error: OSError) -> Refused:
    return Refused(
        "unreadable",
        f"{shown_path(at)} could not be read ({error.strerror or error}). Nothing in it could be graded. "
        "Check its permissions and that it is a plain file or folder, and hand in again.",
    )


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Windows' other kind of link, known to Python 3.12 and newer."""
    return bool(getattr(entry, "is_junction", bool)())


def _up_to(descriptor: int, most: int) -> bytes:
    """At most ``most`` bytes: a file that grows meanwhile ends there too."""
    chunks, left = [], most
    while left and (chunk := os.read(descriptor, min(left, 65536))):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


@contextmanager
def _folder(root: Path, at: Parts) -> Iterator[int | str]:
    """The folder ``at`` beneath ``root``, as a descriptor or (Windows) as a path whose parts are no links."""
    if not _BENEATH:
        yield _checked_path(root, at)
        return
    descriptor = os.open(root, _FOLDER)
    try:
        for part in at:
            deeper = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        os.close(descriptor)


def _checked_path(root: Path, at: Parts) -> str:
    here = root
    for part in at:
        here = here / part
        if not stat.S_ISDIR(os.lstat(here).st_mode):
            raise NotRegular("not a folder")
    return str(here)


def _open_in(place: int | str, name: str, flags: int) -> int:
    if isinstance(place, int):
        return os.open(name, flags, dir_fd=place)
    path = os.path.join(place, name)
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise NotRegular("not a regular file")
    return os.open(path, flags)
