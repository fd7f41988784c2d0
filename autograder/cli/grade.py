"""Instructors' commands: grade, report, export, and the entry that Gradescope calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.grading.batch import Batch, Options, check_folder, grade_batch, read_results
from autograder.grading.gradescope import grade_upload
from autograder.grading.instrument import Instrument, use_instrument
from autograder.intake import read_submissions
from autograder.model.config import Course
from autograder.model.errors import WrongUse
from autograder.model.files import atomic_write
from autograder.model.result import Result
from autograder.output import EXPORTERS, grades_csv, print_table, results_json, write_report

from .common import check_file, console, course_here, progress_bar, the_assignment

AssignmentOption = Annotated[str | None, typer.Option("-a", "--assignment", help="Which assignment.")]


def register(app: typer.Typer) -> None:
    app.command("grade", help="Grade hand-ins: folders, zips, files, or a folder of them.")(grade)
    app.command("report", help="Write the HTML report of OUT again.")(report)
    app.command("export", help="Write the results of OUT in another format.")(export)
    app.command("gradescope", hidden=True)(gradescope)


def grade(
    paths: Annotated[list[Path], typer.Argument(help="Hand-ins, or folders of hand-ins.", metavar="PATH…")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    assignment: AssignmentOption = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Hand-ins graded at a time.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Grade just this hand-in, again.", metavar="ID")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Grade again only where files changed.")] = False,
    level: Annotated[
        str | None,
        typer.Option(help="'process' gives up the seal: student code could read your files. Never for real grades."),
    ] = None,
) -> None:
    """Grade, resume, write results, gradebook and report."""
    root, course = course_here()
    name = the_assignment(course, assignment)
    if level not in (None, "sealed", "process"):
        raise WrongUse(f"--level {level}: give sealed or process")
    options = Options(jobs=jobs, level=level or course.level, only=tuple(only or ()), changed=changed)
    check_folder(out)
    secret = course.secret.read(root)

    def work(instrument: Instrument) -> None:
        grade_paths(instrument, paths, out, options)

    use_instrument(root, name, secret, work)


def grade_paths(instrument: Instrument, paths: list[Path], out: Path, options: Options) -> Batch:
    """Grade ``paths`` into ``out``, write everything derived, print the table."""
    assignment = instrument.assignment
    known = (*assignment.given, *assignment.needs)
    submissions = read_submissions(paths, assignment.modules, known)
    with progress_bar(len(submissions), "Grading") as notify:
        batch = grade_batch(instrument, submissions, out, options, notify)
    index = write_derived(instrument.course, batch.results, out)
    print_table(batch.results, console)
    kept = len(submissions) - len(batch.graded)
    console.print(f"{len(batch.graded)} graded now, {kept} kept from before. Gradebook: {out / 'grades.csv'}")
    console.print(f"Report: {index}", soft_wrap=True)
    return batch


def write_derived(course: Course, results: list[Result], out: Path) -> Path:
    """grades.csv and the report, from the result files; returns the report's index."""
    if results:
        atomic_write(out / "grades.csv", grades_csv(results, course.assignment(results[0].assignment)))
    return write_report(results, course, out / "report")


def report(out: Annotated[Path, typer.Argument(help="A folder that `backprop grade` wrote.", metavar="OUT")]) -> None:
    """Write report and grades.csv again from the result files."""
    _, course = course_here()
    console.print(f"Report: {write_derived(course, _existing(out), out)}", soft_wrap=True)


def export(
    format: Annotated[str, typer.Argument(help=f"One of: {', '.join(EXPORTERS)}.", metavar="FORMAT")],
    out: Annotated[Path, typer.Argument(help="A folder that `backprop grade` wrote.", metavar="OUT")],
    to: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
) -> None:
    """Write the results in ``format``."""
    if format not in EXPORTERS:
        raise WrongUse(f"no format {format!r}; there are: {', '.join(EXPORTERS)}")
    _, course = course_here()
    results = _existing(out)
    exporter = EXPORTERS[format]
    path = to or out.parent / f"{out.name}-{format}{exporter.suffix}"
    check_file(path)
    atomic_write(path, exporter.write(results, course.assignment(results[0].assignment)))
    console.print(f"{exporter.title}: {path}", soft_wrap=True)


def _existing(out: Path) -> list[Result]:
    results = read_results(out)
    if not results:
        raise WrongUse(f"{out} holds no results; run `backprop grade PATH -a ASSIGNMENT -o {out}` first")
    return results


def gradescope(
    root: Annotated[Path, typer.Option(help="The folder with source, submission and results.")] = Path("/autograder"),
) -> None:
    """Grade one upload in Gradescope's layout (run by run_autograder)."""
    course_root, course = course_here()
    name = the_assignment(course, None)
    secret_file = course_root / "secret"
    if not secret_file.is_file():
        raise WrongUse("the bundle holds no secret; build it with `backprop bundle gradescope`")

    def work(instrument: Instrument) -> None:
        def publish(result: Result) -> None:
            atomic_write(root / "results" / "results.json", results_json(result, instrument.assignment))

        result = grade_upload(instrument, root / "submission", publish)
        atomic_write(root / "results" / "backprop.json", result.to_json())

    use_instrument(course_root, name, secret_file.read_bytes().strip(), work)
