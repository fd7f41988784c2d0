"""Commands that prove things: calibrate, probe, demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from autograder.grading.batch import Options, check_folder
from autograder.grading.instrument import Instrument, use_instrument
from autograder.model.config import DEMO_SECRET
from autograder.model.errors import GraderFault, WrongUse
from autograder.model.files import atomic_write
from autograder.prove.calibrate import Calibration, calibrate
from autograder.prove.demo import make_demo
from autograder.sandbox.client import Nursery, NurseryFault
from autograder.sandbox.layers import LAYERS
from autograder.sandbox.probe import faults
from autograder.sandbox.probe import probe as run_probe

from .common import check_file, console, course_here, the_assignment
from .grade import AssignmentOption, grade_paths


def register(app: typer.Typer) -> None:
    app.command("calibrate", help="The instrument's own test: solutions, stubs and every known mistake.")(calibrate_)
    app.command("probe", help="What confinement this machine gives.")(probe)
    app.command("demo", help="Make demo hand-ins and grade them.")(demo)


def calibrate_(
    assignment: AssignmentOption = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.", metavar="FILE")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64)] = 2,
    full: Annotated[bool, typer.Option("--full", help="Whole hand-ins in every draw; takes an hour.")] = False,
) -> int:
    """Exit 1 unless solutions have 100 %, stubs 0 %, every mistake is caught, named and in its own question only."""
    root, course = course_here()
    names = [the_assignment(course, assignment)] if assignment else list(course.assignments)
    if json_file is not None:
        check_file(json_file)
    found: list[Calibration] = []

    def work(instrument: Instrument) -> None:
        found.append(calibrate(instrument, jobs, full))

    for name in names:
        use_instrument(root, name, DEMO_SECRET, work)
        for line in found[-1].lines():
            console.print(line, soft_wrap=True)
    if json_file is not None:
        atomic_write(json_file, json.dumps([each.document() for each in found], indent=2, sort_keys=True) + "\n")
    return 0 if all(each.holds for each in found) else 1


def probe(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
    level: Annotated[str, typer.Option(help="sealed or process.")] = "sealed",
) -> int:
    """Try every forbidden act in a worker of this machine; exit 1 if the level does not hold."""
    if level not in ("sealed", "process"):
        raise WrongUse(f"--level {level}: give sealed or process")
    try:
        with Nursery(level) as nursery:
            outcomes = run_probe(nursery)
    except NurseryFault as fault:
        raise GraderFault(str(fault)) from None
    holds = not faults(outcomes)
    if as_json:
        console.print_json(json.dumps({"level": level, "holds": holds, "outcomes": outcomes}))
        return 0 if holds else 1
    for layer in LAYERS:
        console.print(f"layer  {layer.name:20} stops {layer.stops} (needs {layer.needs})", soft_wrap=True)
    for name, outcome in outcomes.items():
        console.print(f"{outcome:9} {name}")
    console.print(f"level {level}: {'holds' if holds else 'does NOT hold: ' + ', '.join(faults(outcomes))}")
    return 0 if holds else 1


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")] = Path("demo-results"),
    jobs: Annotated[int, typer.Option(min=1, max=64)] = 2,
    assignment: Annotated[str, typer.Option("-a", "--assignment", help="Whose hand-ins.")] = "circuits",
) -> None:
    """Grade the demo hand-ins of an assignment: the main job with no set-up."""
    root, course = course_here()
    course.assignment(assignment)
    hand_ins = out.parent / f"{out.name}-hand-ins"
    check_folder(out)

    def work(instrument: Instrument) -> None:
        paths = make_demo(instrument, hand_ins)
        console.print(f"{len(paths)} demo hand-ins in {hand_ins}", soft_wrap=True)
        grade_paths(instrument, [hand_ins], out, Options(jobs=jobs, level=course.level))

    use_instrument(root, assignment, DEMO_SECRET, work)
