"""``gradebook.sqlite``: which hand-in was graded when, with what result. The result files are the truth."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from autograder.model.errors import WrongUse

NAME = "gradebook.sqlite"
_HEADER = b"SQLite format 3\0"
_TABLES = """
CREATE TABLE IF NOT EXISTS course (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS gradings (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL,
    graded_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    score REAL,
    max_score REAL NOT NULL,
    result TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_submission ON gradings (submission, number);
"""


@dataclass(frozen=True)
class Entry:
    """The latest grading of one hand-in. ``score`` is None where the instrument failed."""

    submission: str
    graded_at: str
    digest: str
    fingerprint: str
    status: str
    score: float | None
    max_score: float
    result: str
    sha256: str


def is_gradebook(path: Path) -> bool:
    """Whether ``path`` may be an SQLite file: it has the header of one, or was killed before it had any."""
    with open(path, "rb") as file:
        return file.read(len(_HEADER)) in (_HEADER, b"")


class Journal:
    """The gradings of one output folder; history is kept, the latest row of a hand-in counts."""

    def __init__(self, folder: Path, assignment: str) -> None:
        self.folder = folder
        try:
            self._db = sqlite3.connect(folder / NAME, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
            self._db.execute("INSERT OR IGNORE INTO course VALUES ('assignment', ?)", (assignment,))
            (found,) = self._db.execute("SELECT value FROM course WHERE key = 'assignment'").fetchone()
        except sqlite3.Error as error:
            raise WrongUse(f"{folder / NAME} is no gradebook of ours ({error}); give another output folder") from None
        if found != assignment:
            raise WrongUse(f"{folder} holds results of {found!r}; give another output folder for {assignment!r}")

    def latest(self) -> dict[str, Entry]:
        """The latest entry of every hand-in."""
        rows = self._db.execute(
            "SELECT submission, graded_at, digest, fingerprint, status, score, max_score, result, sha256 "
            "FROM gradings ORDER BY number"
        )
        return {row[0]: Entry(*row) for row in rows}

    def add(self, entry: Entry) -> None:
        marks = ", ".join("?" * 9)
        columns = "submission, graded_at, digest, fingerprint, status, score, max_score, result, sha256"
        self._db.execute(f"INSERT INTO gradings ({columns}) VALUES ({marks})", tuple(vars(entry).values()))

    def holds(self, entry: Entry) -> bool:
        """Whether the entry's result file is there, untouched, and was no fault of ours."""
        try:
            data = (self.folder / entry.result).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(data).hexdigest() == entry.sha256 and entry.status != "grader fault"

    def close(self) -> None:
        self._db.close()
