"""Which hand-ins a path stands for: one, or a folder or an export of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from autograder.model.errors import WrongUse

from .archive import ZipTree, raw
from .folder import FolderTree, Loose, link, special
from .naming import resembles
from .tree import DEPTH, FOLDER_ENTRIES, Broken, Children, Odd, Parts, Refused, Tree, shown

ZIP = ".zip"
_BOOKKEEPING = frozenset({".csv", ".html", ".json", ".log", ".md", ".rst", ".sqlite", ".xls", ".xlsx", ".yaml", ".yml"})
"""Endings of what lies beside hand-ins in a folder: lists, metadata of exports, notes of the instructor."""
_CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")


@dataclass(frozen=True)
class HandIn:
    """One hand-in: a name to make its id from, where it came from, and its place ``at`` in a tree."""

    name: str
    origin: str
    tree: Tree
    at: Parts = ()


def every_hand_in(path: Path, modules: Sequence[str]) -> Iterator[HandIn]:
    """The hand-ins that ``path`` stands for, each to be read before the next is asked for.

    Raises WrongUse when ``path`` does not exist or holds none. The rule stands in the docstring of the room.
    """
    if os.path.isdir(path) and not os.path.islink(path):
        yield from _of_tree(path, FolderTree(path.resolve()), modules, is_zip=False)
    elif path.suffix.lower() == ZIP and os.path.isfile(path) and not os.path.islink(path):
        with _zip_or_broken(FolderTree(path.parent.resolve()), (path.name,)) as tree:
            yield from _of_tree(path, tree, modules, is_zip=True)
    else:
        with one_hand_in(path) as hand_in:
            yield hand_in


@contextmanager
def one_hand_in(path: Path) -> Iterator[HandIn]:
    """``path`` as one hand-in whatever its shape; raises WrongUse when it does not exist."""
    if not os.path.lexists(path):
        raise WrongUse(f"{_origin(path)}: there is no such file or folder; give the path of a hand-in")
    name, origin = _own_name(path), _origin(path)
    with ExitStack() as stack:
        tree: Tree
        if os.path.islink(path):
            tree = _broken(link((path.name,)))
        elif os.path.isdir(path):
            tree = stack.enter_context(_zip_alone(FolderTree(path.resolve()), ()))
        elif not os.path.isfile(path):
            tree = _broken(special((path.name,)))
        elif path.suffix.lower() == ZIP:
            tree = stack.enter_context(_zip_or_broken(FolderTree(path.parent.resolve()), (path.name,)))
        else:
            tree = Loose(FolderTree(path.parent.resolve()), (), {_canvas_file(path.name): path.name})
        yield HandIn(name, origin, tree)


def _of_tree(path: Path, tree: Tree, modules: Sequence[str], is_zip: bool) -> Iterator[HandIn]:
    origin = _origin(path)
    try:
        tree.children(())
    except Refused as refused:
        if refused.code == "too_many" and not is_zip:
            todo = "give fewer hand-ins at once"
            raise WrongUse(f"{origin}: holds more than {FOLDER_ENTRIES} names; {todo}") from None
        yield HandIn(_own_name(path), origin, tree)
        return
    is_one = _holds_modules(tree, (), modules)
    place = None if is_one else _where_several_are(tree, modules)
    if is_one or (is_zip and place is None):
        yield HandIn(_own_name(path), origin, tree)
        return
    found = False
    for hand_in in _items(tree, place or (), origin):
        found = True
        yield hand_in
    if not found:
        todo = "give a folder, zip or .py file that was handed in, or a folder of them"
        raise WrongUse(f"{origin}: no hand-in found; {todo}")


def _holds_modules(tree: Tree, at: Parts, modules: Sequence[str]) -> bool:
    """Whether ``at``, its student_src/ or the end of a chain of single folders holds what may be a module."""
    for _, children in _chain(tree, at):
        if "student_src" in children.folders or any(resembles(name, modules) for name in children.files):
            return True
    return False


def _where_several_are(tree: Tree, modules: Sequence[str]) -> Parts | None:
    """The place in the chain of single folders where at least two folders hold modules, if there is one."""
    for at, children in _chain(tree, ()):
        holding = (name for name in children.folders if _holds_modules(tree, (*at, name), modules))
        if next(holding, None) and next(holding, None):
            return at
    return None


def _chain(tree: Tree, at: Parts) -> Iterator[tuple[Parts, Children]]:
    """``at`` and what stands in it, then the same of its only folder, and so on while there is but one."""
    for _ in range(DEPTH):
        children = _peek(tree, at)
        yield at, children
        if len(children.folders) != 1 or any(map(_is_hand_in_file, children.files)):
            return
        at = (*at, children.folders[0])


def _peek(tree: Tree, at: Parts) -> Children:
    """What stands in ``at``; nothing where it cannot be listed, so that one bad hand-in spoils no other."""
    try:
        return tree.children(at)
    except Refused:
        return Children()


def _is_hand_in_file(name: str) -> bool:
    return name != "__init__.py" and (
        bool(_CANVAS.fullmatch(name)) or PurePath(name).suffix.lower() not in _BOOKKEEPING
    )


def _items(tree: Tree, place: Parts, origin: str) -> Iterator[HandIn]:
    children = tree.children(place)
    prefix = "/".join((origin, *place))
    for name in children.folders:
        with _zip_alone(tree, (*place, name)) as inner:
            if inner is not tree:
                yield HandIn(name, _origin(prefix, name), inner)
            elif isinstance(tree, FolderTree):
                # Its own root, so that notes name files as when it is handed in alone.
                yield HandIn(name, _origin(prefix, name), FolderTree(tree.root.joinpath(*place, name)))
            else:
                yield HandIn(name, _origin(prefix, name), tree, (*place, name))
    for odd in children.odd:
        if odd.code in ("link", "special_file"):
            yield HandIn(odd.parts[-1], _origin(prefix, odd.parts[-1]), _broken(odd))
    loose: dict[str, list[str]] = {}
    for name in filter(_is_hand_in_file, children.files):
        if name.lower().endswith(ZIP):
            with _zip_or_broken(tree, (*place, name)) as inner:
                yield HandIn(_file_name(name), _origin(prefix, name), inner)
        else:
            loose.setdefault(_file_name(name) if _CANVAS.fullmatch(name) else name, []).append(name)
    for names in loose.values():
        yield HandIn(_file_name(names[0]), _origin(prefix, names[0]), Loose(tree, place, _as_handed_in(names)))


@contextmanager
def _zip_alone(tree: Tree, at: Parts) -> Iterator[Tree]:
    """A folder with one zip and nothing else is that zip (Moodle exports so); any other tree is itself."""
    children = _peek(tree, at)
    if (
        isinstance(tree, FolderTree)
        and not children.folders
        and [name[-4:].lower() for name in children.files] == [ZIP]
    ):
        with _zip_or_broken(tree, (*at, children.files[0])) as inner:
            yield inner
    else:
        yield tree


@contextmanager
def _zip_or_broken(tree: Tree, at: Parts) -> Iterator[Tree]:
    name = shown(at[-1])
    if not isinstance(tree, FolderTree):
        sentence = (
            f"{name} lies inside another zip and was not opened. Nothing in it could be graded. "
            "Unpack the outer zip first."
        )
        yield Broken(Refused("archive", sentence))
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(raw(stack.enter_context(tree.opened(at))))
            inner: Tree = ZipTree(stream, name)
        except Refused as refused:
            inner = Broken(refused)
        except OSError as error:
            sentence = (
                f"{name} could not be read ({error.strerror or error}). Nothing in it could be graded. "
                "Hand it in again."
            )
            inner = Broken(Refused("unreadable", sentence))
        yield inner


def _broken(odd: Odd) -> Broken:
    return Broken(Refused(odd.code, odd.sentence))


def _origin(*parts: Path | str) -> str:
    return shown("/".join(map(str, parts)), 300)


def _own_name(path: Path) -> str:
    name = path.name if path.name not in ("", "..") else path.resolve().name
    return name if os.path.isdir(path) else _file_name(name)


def _file_name(name: str) -> str:
    """What a file's hand-in is called: its stem, or student and user id of a Canvas export."""
    if found := _CANVAS.fullmatch(name):
        return f"{found['who']}_{found['user']}"
    return name.split(".")[0] if name.lower().endswith((".tar.gz", ".py.txt")) else PurePath(name).stem


def _canvas_file(name: str) -> str:
    found = _CANVAS.fullmatch(name)
    return found["file"] if found else name


def _as_handed_in(names: list[str]) -> dict[str, str]:
    """The names students gave their files; of two the same, the one uploaded last has it."""

    def uploaded(name: str) -> int:
        found = _CANVAS.fullmatch(name)
        return int(found["attachment"][:18]) if found else 0

    named: dict[str, str] = {}
    for name in sorted(names, key=uploaded, reverse=True):
        handed_in = _canvas_file(name)
        named[name if handed_in in named else handed_in] = name
    return named
