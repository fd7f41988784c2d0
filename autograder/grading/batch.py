"""Grades many hand-ins into an output folder: resumes by itself, loses nothing when it is killed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from autograder.model.errors import GraderFault, WrongUse
from autograder.model.files import atomic_write
from autograder.model.result import Result, Run, read_result
from autograder.model.submission import Submission
from autograder.sandbox.client import Nursery, NurseryFault

from .document import record
from .instrument import Instrument
from .jobs import run_jobs
from .journal import NAME, Entry, Journal, is_gradebook
from .selftest import check_confinement, check_reference

RESULTS = "results"
OURS = frozenset([NAME, f"{NAME}-wal", f"{NAME}-shm", ".lock", RESULTS, "grades.csv", "report"])


@dataclass(frozen=True)
class Options:
    """What to grade again. ``only``: these, whatever was before. ``changed``: only hand-ins whose files changed."""

    jobs: int = 1
    level: str = "sealed"
    only: tuple[str, ...] = ()
    changed: bool = False


@dataclass
class Batch:
    """What a run did: all results of the folder, and which hand-ins were graded now."""

    results: list[Result]
    graded: list[str]


Progress = Callable[[str, Result | None], None]


def grade_batch(
    instrument: Instrument,
    submissions: Sequence[Submission],
    out: Path,
    options: Options,
    progress: Progress = lambda _id, _result: None,
) -> Batch:
    """Grade what is not graded yet into ``out``; ``progress(id, None)`` at a start, ``(id, result)`` at an end.

    Raises WrongUse, before anything is made, when ``options.only`` names no hand-in or ``out`` is no place for results.
    """
    _check_only(submissions, options)
    with _locked(out), ExitStack() as stack:
        journal = Journal(out, instrument.name)
        stack.callback(journal.close)
        todo = _todo(instrument, submissions, journal, options)
        if todo:
            nurseries = _nurseries(stack, min(options.jobs, len(todo)), options.level)
            probe = check_confinement(nurseries[0])
            check_reference(instrument, nurseries[0])
            jobs = run_jobs(instrument, todo, nurseries, lambda each: progress(each.id, None))
            for submission, result in jobs:
                _store(instrument, submission, result, journal, probe, options.level)
                progress(submission.id, result)
        return Batch(_results(journal), [each.id for each in todo])


def _nurseries(stack: ExitStack, count: int, level: str) -> list[Nursery]:
    try:
        return [stack.enter_context(Nursery(level, slot)) for slot in range(count)]
    except NurseryFault as fault:
        raise GraderFault(str(fault)) from None


def check_folder(out: Path) -> None:
    """Raises WrongUse when ``out`` is no place for results; makes nothing."""
    if out.exists() and not out.is_dir():
        raise WrongUse(f"{out} is a file; give a folder for the results")
    if out.is_dir() and any(entry.name not in OURS for entry in out.iterdir()):
        raise WrongUse(f"{out} holds other files than results; give an empty or a new folder")
    if (out / NAME).exists() and not is_gradebook(out / NAME):
        raise WrongUse(f"{out / NAME} is no gradebook of ours; give another output folder")
    above = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not above.is_dir():
        raise WrongUse(f"{out} cannot be used for results: {above} is a file")
    if not os.access(above, os.W_OK):
        raise WrongUse(f"{out} cannot be written to; give another folder")


def prepare_folder(out: Path) -> None:
    """Make ``out`` if it is not there; raises WrongUse when it is no place for results."""
    check_folder(out)
    try:
        (out / RESULTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"{out} cannot be used for results: {error.strerror}") from None


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    prepare_folder(out)
    with open(out / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WrongUse(f"another grading is writing to {out}; wait for it or give another folder") from None
        yield


def fingerprint(instrument: Instrument, submission: Submission) -> str:
    """Of everything a result depends on: the hand-in with its notes and people, and all that judges."""
    who = json.dumps(record(submission, 0).model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{instrument.digest}\0{submission.digest}\0{who}".encode()).hexdigest()


def _check_only(submissions: Sequence[Submission], options: Options) -> None:
    known = {submission.id for submission in submissions}
    for wanted in options.only:
        if wanted not in known:
            raise WrongUse(f"--only {wanted}: no such hand-in; there are: {', '.join(sorted(known)[:8])}")


def _todo(
    instrument: Instrument, submissions: Sequence[Submission], journal: Journal, options: Options
) -> list[Submission]:
    latest = journal.latest()
    if options.only:
        return [each for each in submissions if each.id in options.only]

    def done(submission: Submission) -> bool:
        entry = latest.get(submission.id)
        if entry is None or not journal.holds(entry):
            return False
        if options.changed:
            return entry.digest == submission.digest
        return entry.fingerprint == fingerprint(instrument, submission)

    return [each for each in submissions if not done(each)]


def _store(
    instrument: Instrument,
    submission: Submission,
    result: Result,
    journal: Journal,
    probe: dict[str, str],
    level: str,
) -> None:
    mark = fingerprint(instrument, submission)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    full = result.model_copy(update={"run": run_block(result, submission, probe, level, mark)})
    text = full.to_json()
    path = f"{RESULTS}/{submission.id}.json"
    atomic_write(journal.folder / path, text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    journal.add(
        Entry(submission.id, now, submission.digest, mark, full.status, full.score, full.max_score, path, digest)
    )


def run_block(result: Result, submission: Submission, probe: dict[str, str], level: str, mark: str) -> Run:
    """Everything that may differ between two runs of the same files."""
    seconds = result.run.item_seconds
    fields: dict[str, Any] = {
        "started": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"),
        "seconds": round(sum(seconds.values()), 3),
        "level": level,
        "probe": probe,
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "origin": submission.origin,
        "fingerprint": mark,
        "item_seconds": seconds,
    }
    return Run(**fields)


def _results(journal: Journal) -> list[Result]:
    return read_results(journal.folder, sorted(journal.latest()))


def read_results(folder: Path, names: Sequence[str] | None = None) -> list[Result]:
    """The results in ``folder/results``, sorted by hand-in; raises GraderFault naming a damaged file."""
    paths = sorted((folder / RESULTS).glob("*.json"))
    wanted = None if names is None else set(names)
    return [
        read_result(path.read_bytes(), path.name) for path in paths if wanted is None or path.stem in wanted
    ]
