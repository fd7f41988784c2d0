"""What isolation costs, in one table: `make bench`, or `python tests/benchmarks/run.py --help`.

Every figure is taken in this one run. The yardstick is plain `pytest` of the public tests on the reference, without
any isolation: what is said "× pytest" is the median over the median of that.
"""

from __future__ import annotations

import argparse
import contextlib
import mmap
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import autograder.cli  # noqa: F401 - before NumPy: one thread for BLAS
from autograder import mistakes
from autograder.grading.engine import stage_for
from autograder.grading.instrument import Instrument, use_instrument
from autograder.grading.jobs import run_jobs
from autograder.model.config import DEMO_SECRET, Course, load_course
from autograder.model.submission import Source, Submission
from autograder.sandbox.client import Limits, Nursery
from autograder.suite.items import Item
from autograder.suite.stage import Subject

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "circuits"
MISTAKE = "multiply-not-switched"
LIMITS = Limits(5.0, 2.0, 512 * 2**20)
BLOCK = 20  # workers or calls timed together: one alone is near the clock's own noise
PAGES = 4096
ITEM = Item("bench/value/call", "a call", f"{ASSIGNMENT}.unbroadcast", "value", "hidden", False)
COMMAND = [sys.executable, "-m", "autograder", "grade"]


@dataclass
class Table:
    """Seconds of every figure, in the order in which they came."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, seconds: float, share: int = 1) -> None:
        """One timing of ``share`` equal things."""
        self.seconds.setdefault(name, []).append(seconds / share)
        print(".", end="", flush=True, file=sys.stderr)

    def time(self, name: str, work: Callable[[], object], share: int = 1) -> None:
        began = time.perf_counter()
        work()
        self.note(name, time.perf_counter() - began, share)

    def lines(self, yardstick: str) -> Iterator[str]:
        """The table as text: median, best, and the ratio to the yardstick's median."""
        one = statistics.median(self.seconds[yardstick])
        width = max(map(len, self.seconds))
        yield f"{'':{width}} {'median':>10} {'best':>10} {'n':>4} {'× pytest':>9}"
        for name, values in self.seconds.items():
            median = statistics.median(values)
            figures = f"{scaled(median):>10} {scaled(min(values)):>10} {len(values):>4} {median / one:>9.2g}"
            yield f"{name:{width}} {figures}"


def scaled(seconds: float) -> str:
    """Seconds in the unit that reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


# Whole commands, each in a process of its own


def run_command(command: list[str], folder: Path, **more: str) -> None:
    """Run ``command`` in ``folder`` to its end; its output is shown only if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def time_pytest(table: Table, folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "public")]
    student = str(ROOT / "solutions")
    table.time(YARDSTICK, lambda: run_command([*command, "-m", ASSIGNMENT], folder, BACKPROP_STUDENT=student))


def time_grading(table: Table, course: Course, folder: Path, name: str, count: int, jobs: int) -> None:
    """`backprop grade` of a folder with ``count`` hand-ins, into a fresh folder."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    secret = {str(course.secret.variable): DEMO_SECRET.decode()}
    command = [*COMMAND, str(folder / str(count)), "-a", ASSIGNMENT, "-o", str(out), "--jobs", str(jobs)]
    table.time(name, lambda: run_command(command, ROOT, **secret), count)


def write_hand_ins(course: Course, folder: Path, copies: int) -> None:
    """The reference as one hand-in in ``folder/1``, and ``copies`` times in a folder of that name."""
    for count in {1, copies}:
        for number in range(count):
            place = folder / str(count) / f"copy-{number}"
            place.mkdir(parents=True)
            for module in course.assignment(ASSIGNMENT).modules:
                shutil.copy(ROOT / "solutions" / f"{module}.py", place)


# Inside one grader


def time_pages(table: Table) -> None:
    """First writes to pages: to fresh memory, and to what a forked process shares with its parent."""
    memory = mmap.mmap(-1, PAGES * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)

    def touch() -> float:
        began = time.process_time()
        for place in range(0, len(memory), mmap.PAGESIZE):
            memory[place] = 1
        return time.process_time() - began

    table.note(FRESH_PAGE, touch(), PAGES)
    table.note(KNOWN_PAGE, touch(), PAGES)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, str(touch()).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    table.note(COPIED_PAGE, float(os.read(read, 64)), PAGES)
    os.close(read)
    os.close(write)
    memory.close()


def time_workers(table: Table, nursery: Nursery, name: str) -> None:
    """Spawn, wait until ready, close; that their ends are waited for is part of it."""

    def block() -> None:
        for _ in range(BLOCK):
            nursery.spawn(LIMITS).close()
        nursery.settle()

    table.time(name, block, BLOCK)


def time_lives(table: Table, nursery: Nursery, name: str) -> int:
    """CPU time of single workers that do nothing; returns the page faults of the last one until it was ready."""
    faults = -1
    for _ in range(BLOCK):
        worker = nursery.spawn(LIMITS)
        table.note(f"{name} until it is ready", worker.cpu_seconds())
        with contextlib.suppress(OSError):
            faults = int(Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[7])
        table.note(f"{name} until it is gone", float(worker.end()["cpu"]))
    return faults


def time_calls(table: Table, instrument: Instrument, nursery: Nursery) -> None:
    """A worker's whole use for one call, and one more call in a worker that lives."""
    import numpy as np  # after autograder.cli, which decides its threads

    gradient = np.ones((5, 3))
    stage = stage_for(instrument, nursery, Subject(instrument.reference))
    stage.student(ITEM).gates.unbroadcast(gradient, (3,))  # compiles once, as grading does
    stage.close()

    def open_and_call() -> None:
        for _ in range(BLOCK):
            stage.student(ITEM).gates.unbroadcast(gradient, (3,))
            stage.close()
        nursery.settle()

    table.time(FIRST_CALL, open_and_call, BLOCK)
    student = stage.student(ITEM)
    student.gates.unbroadcast(gradient, (3,))
    table.time(CALL, lambda: [student.gates.unbroadcast(gradient, (3,)) for _ in range(BLOCK)], BLOCK)
    stage.close()


def time_hand_ins(table: Table, instrument: Instrument, nursery: Nursery) -> None:
    """One hand-in where collection is done: right, and with a mistake that is named."""
    mistake = next(each for each in mistakes.of(instrument.name) if each.id == MISTAKE)
    wrong = mistakes.apply(mistake, instrument.assignment, instrument.reference)
    for name, sources in ((WARM, instrument.reference), (NAMED, wrong)):
        hand_in = Submission("bench", tuple(Source(key, text) for key, text in sources.items()))
        table.time(name, lambda hand_in=hand_in: graded(instrument, hand_in, nursery))


def graded(instrument: Instrument, hand_in: Submission, nursery: Nursery) -> None:
    """Grade as a batch does: a forked grader for the hand-in."""
    ((_, result),) = run_jobs(instrument, [hand_in], [nursery])
    if result.score is None:
        sys.exit(f"the grader failed: {result.summary}")


YARDSTICK = "plain pytest of the public tests, no isolation, whole command"
COLD = "backprop grade, one hand-in, cold: whole command, collection included"
BATCH = "backprop grade, whole command over a batch, --jobs {}: for each hand-in"
WARM = "one right hand-in, warm: collected, nursery up"
NAMED = "one hand-in with a mistake, warm: carried forward and named"
WORKER = "fresh worker, {}: spawned, ready, closed, gone"
FIRST_CALL = "fresh worker, sealed: spawned, set up, one call, closed, gone"
CALL = "one more call with small arrays, in a worker that lives"
NURSERY = "nursery: started, all preloaded"
LIFE = "CPU time of a worker, {},"
FRESH_PAGE = "CPU time of a first write to a page of fresh memory"
COPIED_PAGE = "CPU time of a first write to a page after a fork"
KNOWN_PAGE = "CPU time of a write to a page that is there"


def measure(table: Table, rounds: int, copies: int, folder: Path) -> Iterator[str]:
    """Fill the table; yields what is no time."""
    course = load_course(ROOT / "grading.yml")
    write_hand_ins(course, folder, copies)
    for _ in range(rounds):
        time_pytest(table, folder)
        time_grading(table, course, folder, COLD, 1, 1)
    for jobs in (1, 2):
        time_grading(table, course, folder, BATCH.format(jobs), copies, jobs)
    counts: list[int] = []

    def work(instrument: Instrument) -> None:
        with Nursery() as sealed, Nursery(layer_names=()) as bare:
            counts.append(len(instrument.collected.items))
            for _ in range(rounds):
                time_hand_ins(table, instrument, sealed)
            for _ in range(3 * rounds):
                time_workers(table, sealed, WORKER.format("sealed"))
                time_workers(table, bare, WORKER.format("no layers"))
                time_calls(table, instrument, sealed)
            counts.append(time_lives(table, sealed, LIFE.format("sealed")))
            counts.append(time_lives(table, bare, LIFE.format("no layers")))
            for _ in range(3 * rounds):
                time_pages(table)

    use_instrument(ROOT, ASSIGNMENT, DEMO_SECRET, work)
    for _ in range(rounds):
        table.time(NURSERY, lambda: Nursery().close())
    yield f"{counts[0]} items of {ASSIGNMENT}; page faults until ready: {counts[1]} sealed, {counts[2]} with no layers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="timings of pytest and of one hand-in (default 3)")
    parser.add_argument("--copies", type=int, default=2, help="hand-ins in the batch, timed once (default 2)")
    options = parser.parse_args()
    if min(options.rounds, options.copies) < 1:
        parser.error("--rounds and --copies are at least 1")
    table = Table()
    with tempfile.TemporaryDirectory(prefix="backprop-bench-") as folder:
        facts = list(measure(table, options.rounds, options.copies, Path(folder)))
    print(file=sys.stderr)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, batch of {options.copies}, 1 BLAS thread")
    print(*facts, *table.lines(YARDSTICK), sep="\n")


if __name__ == "__main__":
    main()
