"""The only room that opens what students hand in: any folder, zip or file becomes Submissions.

Nothing handed in is run, unpacked to disk or followed through a link. Read are the allow-listed modules
alone, each up to a cap; whatever is wrong becomes a note that says what was found, what it means for the
points and what to do.

**What a path stands for**

- A file is one hand-in, whatever its kind. A zip given as a path is an export of several where at least two
  of its folders hold modules (below single outer folders, if any) and nothing nearer the top does.
- A folder is one hand-in when a module, a copy of one (``gates (1).py``), one in other case (``Gates.py``)
  or with another ending (``gates.ipynb``) stands in it, when it has a ``student_src/``, or when one of the
  two holds at the end of a chain of single folders below it. So a folder of hand-ins with one sub-folder is
  that one hand-in, under the outer folder's name.
- Any other folder is a folder of hand-ins: each visible child is one, be it a folder (an empty one too), a
  zip or another file. Files that belong to the instructor (.csv, .yml, .json, .md, …) and ``__init__.py``
  are passed over. Files of a Canvas export, ``<name>[_LATE]_<user>_<attachment>_<file>``, are one hand-in
  per name and user.
- A folder among hand-ins that holds one zip and nothing else is that zip. Zips inside zips are not opened.

**Where modules stand in a hand-in**: anywhere. Of several with one name the shallowest is read, then the
one in ``student_src/``, then the first by name, with a note that names all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from autograder.model.submission import Submission

from .find import HandIn, every_hand_in, one_hand_in
from .hand_in import Reading, read_hand_in
from .naming import safe_id, unique_ids

__all__ = ["read_one", "read_submissions"]


def read_submissions(paths: Sequence[Path], modules: Sequence[str], given: Sequence[str] = ()) -> list[Submission]:
    """Every hand-in of ``paths``, sorted by id; the same files give the same list everywhere.

    ``modules`` are the names students write, ``given`` those that are shipped and may be imported (never
    read). Ids come from names of folders and files, safe and unique (see naming). A path given twice is
    read once. Raises WrongUse, with one line, when a path does not exist or holds no hand-in; a bad hand-in
    never raises.
    """
    read: list[tuple[HandIn, Reading]] = []
    for path in {os.path.abspath(path): Path(path) for path in paths}.values():
        for found in every_hand_in(path, modules):
            read.append((found, read_hand_in(found.tree, found.at, modules, given)))
    in_order = sorted(read, key=lambda pair: (pair[0].name, pair[0].origin))
    ids = unique_ids([found.name for found, _ in in_order])
    submissions = [_submission(id, found, reading) for id, (found, reading) in zip(ids, in_order, strict=True)]
    return sorted(submissions, key=lambda each: each.id)


def read_one(path: Path, modules: Sequence[str], given: Sequence[str] = (), id: str | None = None) -> Submission:
    """``path`` as exactly one hand-in, whatever its shape (an empty folder too), under ``id`` or its own
    name.

    Raises WrongUse when ``path`` does not exist; a bad hand-in never raises.
    """
    with one_hand_in(Path(path)) as found:
        reading = read_hand_in(found.tree, found.at, modules, given)
    return _submission(safe_id(found.name if id is None else id), found, reading)


def _submission(id: str, found: HandIn, reading: Reading) -> Submission:
    return Submission(id, tuple(reading.sources), tuple(reading.notes), origin=found.origin, extra=reading.extra)
