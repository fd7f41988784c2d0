"""Everything in the repository that is generated, and whether it still agrees with what it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..model.config import Course, load_course
from ..model.errors import WrongUse
from ..model.files import atomic_write
from .course_json import FILE as COURSE_JSON
from .course_json import course_json
from .handout import handout
from .leaks import Leak, find_leaks, given_texts, solution_lines
from .notebooks import notebook
from .strip import find_blocks, stub

PACKAGE = '"""Your modules: write here, then run `python -m autograder check` in the folder above."""\n'


@dataclass(frozen=True)
class Drift:
    """A generated file that is not as it should be; ``str`` gives the line for the user."""

    path: str
    kind: Literal["missing", "differs", "stale"]

    def __str__(self) -> str:
        what = {
            "missing": "is missing",
            "differs": "differs from what it is generated from",
            "stale": "is made from nothing any more",
        }
        return f"{self.path}: {what[self.kind]}; run `backprop sync`"


def sync(root: Path, check: bool) -> list[Drift]:
    """Compare every generated file under ``root`` with what it should be, and mend it unless ``check``.

    Returns what differed, in the order of the paths. Raises WrongUse when a source is at fault or a line of
    a solution would reach students; nothing is written then.
    """
    course = load_course(root / "grading.yml")
    wanted = generated(course, root)
    drifts = sorted(_drifts(root, wanted), key=lambda drift: drift.path)
    if not check:
        for drift in drifts:
            _mend(root, drift, wanted)
    return drifts


def generated(course: Course, root: Path) -> dict[str, str]:
    """Path under ``root`` to text, for all that is generated. Raises WrongUse, also for a leak."""
    files = {"student_src/__init__.py": PACKAGE, **stubs(course, root), COURSE_JSON: course_json(course)}
    for name, assignment in course.assignments.items():
        folder = f"assignments/{assignment.folder}"
        readme, script = f"{folder}/README.md", f"{folder}/notebook.py"
        files[readme] = handout(read_source(root, readme), readme, name, assignment)
        if (root / script).is_file():
            files[f"{folder}/notebook.ipynb"] = notebook(read_source(root, script), script, name)
    sources = reference_sources(course, root)
    refuse_leaks(find_leaks(solution_lines(sources), given_texts(sources), files))
    return files


def stubs(course: Course, root: Path) -> dict[str, str]:
    """``student_src/<module>.py`` to text: stubs of the modules to write, copies of the given ones."""
    files = {}
    written = {module for each in course.assignments.values() for module in each.modules}
    for name, assignment in course.assignments.items():
        for module in (*assignment.given, *(each for each in assignment.needs if each not in written)):
            files[f"student_src/{module}.py"] = given_module(root, module)
        for module in assignment.modules:
            file = f"solutions/{module}.py"
            questions = {
                question.name: f"{name}.{key}"
                for key, question in assignment.questions.items()
                if question.module == module
            }
            files[f"student_src/{module}.py"] = stub(read_source(root, file), file, questions)
    return files


def given_module(root: Path, module: str) -> str:
    """A given module as it is; raises WrongUse when it holds a solution block."""
    file = f"solutions/{module}.py"
    text = read_source(root, file)
    if blocks := find_blocks(text, file):
        where = f"{file}:{blocks[0].start}"
        raise WrongUse(f"{where}: a given module has no solution blocks; list it under `modules` or `needs`")
    return text


def reference_sources(course: Course, root: Path) -> dict[str, str]:
    """File name to text, for every module that grading.yml names."""
    names = dict.fromkeys(
        module for each in course.assignments.values() for module in (*each.modules, *each.given, *each.needs)
    )
    return {f"solutions/{module}.py": read_source(root, f"solutions/{module}.py") for module in names}


def read_source(root: Path, file: str) -> str:
    """The text of ``root / file``; raises WrongUse when it cannot be read."""
    try:
        return (root / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        missing = isinstance(error, FileNotFoundError)
        why = "is missing" if missing else f"cannot be read ({type(error).__name__})"
        raise WrongUse(f"{file} {why}; grading.yml and its assignments need it, as UTF-8 text") from None


def refuse_leaks(leaks: Sequence[Leak]) -> None:
    """Raise WrongUse for the first of ``leaks``."""
    if leaks:
        more = f" (and {len(leaks) - 1} more)" if len(leaks) > 1 else ""
        raise WrongUse(f"{leaks[0]}{more}; students would read it: rewrite one of the two")


def _drifts(root: Path, wanted: Mapping[str, str]) -> list[Drift]:
    drifts = [Drift(path, "stale") for path in _stale(root, wanted)]
    for path, text in wanted.items():
        try:
            if (root / path).read_bytes() != text.encode("utf-8"):
                drifts.append(Drift(path, "differs"))
        except OSError:
            drifts.append(Drift(path, "missing"))
    return drifts


def _stale(root: Path, wanted: Mapping[str, str]) -> list[str]:
    """Modules in student_src that no source gives, and notebooks whose script is gone."""
    found = [*root.glob("student_src/*.py"), *root.glob("assignments/*/notebook.ipynb")]
    names = (path.relative_to(root).as_posix() for path in found)
    return [name for name in names if name not in wanted]


def _mend(root: Path, drift: Drift, wanted: Mapping[str, str]) -> None:
    path = root / drift.path
    try:
        if drift.kind == "stale":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, wanted[drift.path].encode("utf-8"))
    except OSError as error:
        raise WrongUse(f"{drift.path} cannot be written: {error.strerror}; it is as it was") from None
