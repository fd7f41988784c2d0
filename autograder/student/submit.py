"""``backprop submit``: look before you hand in, then make the zip file to hand in."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .course import Assignment, Course, WrongUse
from .runner import broken_modules, environment, not_attempted, run_tests

IMPORT_LIMIT = 20.0
"""Seconds that importing one module may take here; the grader gives less."""

_COMMENT = b"made by backprop submit"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_IMPORT = """
import importlib, os, sys, traceback
module, folder, *packed = sys.argv[1:]
try:
    importlib.import_module("student_src." + module)
except BaseException as error:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.endswith(module + ".py")]
    where = f" (line {own[-1].lineno})" if own else ""
    what = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}{where}"
    print(f"student_src/{module}.py does not import: {what}", file=sys.stderr)
    sys.exit(1)
files = [os.path.abspath(getattr(each, "__file__", None) or "") for each in list(sys.modules.values())]
own = {os.path.basename(file)[:-3] for file in files if os.path.dirname(file) == folder and file.endswith(".py")}
for stranger in sorted(own - {"__init__", *packed}):
    what = f"uses {stranger}.py, which is not handed in: move what it needs into student_src/{module}.py"
    print(f"student_src/{module}.py {what}", file=sys.stderr)
    sys.exit(1)
"""


def submit(course: Course, name: str | None, output: Path | None, anyway: bool, limit: float) -> None:
    """Check the modules of an assignment and write the zip file to ``output`` (or ``<assignment>.zip``).

    Raises WrongUse, and writes nothing, when a module is missing, cannot be read or does not import (unless
    ``anyway``), or when something else than an earlier zip of ours is in the way.
    """
    assignment = course.one(name)
    out = output if output is not None else Path(f"{assignment.name}.zip")
    _check_place(out)
    problems = preflight(course, assignment)
    for problem in problems:
        print(problem)
    if problems and not anyway:
        raise WrongUse("nothing was written; mend this, or add --anyway to hand in what you have")
    files = _files(course, assignment)
    if not any(file.endswith(".py") for file in files):
        raise WrongUse(f"there is none of {', '.join(f'{module}.py' for module in assignment.modules)} in student_src")
    _report(course, assignment, limit)
    _write(out, files)
    print(f"{out} is ready to hand in. In it: {', '.join(sorted(files))}")


def preflight(course: Course, assignment: Assignment) -> list[str]:
    """One line for each module of ``assignment`` that is missing, cannot be read or does not import as it will be
    when graded: beside the others and the given ones, and nothing else."""
    if broken := broken_modules(course, assignment.modules):
        return list(broken.values())  # a module that imports one of these fails as well, and says no more
    faults = [_import_fault(course, assignment, module) for module in assignment.modules]
    return [fault for fault in faults if fault]


def _import_fault(course: Course, assignment: Assignment, module: str) -> str:
    name = f"student_src/{module}.py does not import"
    folder = os.path.abspath(course.student_src)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _IMPORT, module, folder, *assignment.modules, *assignment.given],
            cwd=course.root,
            env=environment(course) | {"PYTHONPATH": str(course.root)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=IMPORT_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"{name}: it took more than {IMPORT_LIMIT:g} s; does it compute something outside its functions?"
    if done.returncode == 0:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"{name}: Python ended with status {done.returncode}"


def _files(course: Course, assignment: Assignment) -> dict[str, bytes]:
    """Name to content: the assignment's modules, and the notebook where there is one."""
    paths = {f"{module}.py": course.student_src / f"{module}.py" for module in assignment.modules}
    folder = course.root / "assignments" / assignment.folder
    notebooks = [place / "notebook.ipynb" for place in (course.root, folder)]
    paths["notebook.ipynb"] = next(filter(Path.is_file, notebooks), notebooks[0])
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file()}


def _report(course: Course, assignment: Assignment, limit: float) -> None:
    """Say how the public tests stand and what is not attempted."""
    standings = run_tests(course, assignment.questions, limit)
    reached = sum(standing.points for standing in standings)
    public = sum(question.public for question in assignment.questions)
    print(f"{assignment.name}: {round(reached, 6):g} of {round(public, 6):g} public points.")
    if untouched := not_attempted(standings):
        print(f"Not attempted: {', '.join(untouched)}")


def _check_place(out: Path) -> None:
    if out.suffix != ".zip":
        raise WrongUse(f"{out}: the name of the file to hand in must end in .zip")
    if not out.parent.is_dir():
        raise WrongUse(f"{out}: there is no folder {out.parent}; make it, or choose another place")
    if out.exists() and not _is_ours(out):
        raise WrongUse(f"{out} was not made by `backprop submit`; choose another name with -o")


def _is_ours(out: Path) -> bool:
    try:
        with zipfile.ZipFile(out) as archive:
            return archive.comment == _COMMENT
    except (OSError, zipfile.BadZipFile):
        return False


def _write(out: Path, files: dict[str, bytes]) -> None:
    """The same bytes for the same files; an earlier zip stays whole until the new one is."""
    try:
        handle, temporary = tempfile.mkstemp(dir=out.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
                archive.comment = _COMMENT
                for name in sorted(files):
                    entry = zipfile.ZipInfo(name, _EPOCH)
                    entry.create_system, entry.external_attr = 3, 0o100644 << 16
                    archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
            os.chmod(temporary, 0o644)
            os.replace(temporary, out)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise WrongUse(f"{out} cannot be written: {error.strerror}; choose another place with -o") from None
