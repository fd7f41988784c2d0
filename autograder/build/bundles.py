"""The two zip files that leave the repository: what students get, and the Gradescope autograder.

Both have the same bytes on each run of the same files (with the same version of zlib).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

from ..model.config import DEMO_SECRET, Assignment, Course
from ..model.errors import WrongUse
from . import zips
from .course_json import FILE as COURSE_JSON
from .course_json import course_json
from .handout import handout
from .leaks import find_leaks, given_texts, solution_lines
from .notebooks import notebook
from .strip import released
from .sync import PACKAGE, given_module, read_source, reference_sources, refuse_leaks, stubs

HELPERS = (".py", ".png", ".svg")
"""What goes along from an assignment's folder besides the handout and the notebook."""

SHARED = "assignments/shared"
"""Files of several assignments: data, and what their notebooks have in common."""

REQUIREMENTS = "numpy>=2.0\npytest>=8\n"

NOT_ON_GRADESCOPE = frozenset(
    {
        *("contourpy", "cycler", "fonttools", "jupytext", "kiwisolver", "matplotlib", "mdit-py-plugins"),
        *("pillow", "pyparsing", "python-dateutil", "setuptools"),
    }
)
"""Packages of the lock that only building and reports need."""


def bundle_student(course: Course, root: Path, assignment: str, out: Path) -> list[str]:
    """Write the zip for students of one assignment to ``out``; returns the names in it.

    Unpacked anywhere it works with NumPy and pytest alone. Raises WrongUse, before anything is written, when
    a source is at fault, a module it imports is not in it, or a line of a solution would be.
    """
    zips.check_place(out)
    files = student_files(course, root, assignment)
    zips.write(out, zips.pack(files))
    return sorted(files)


def bundle_gradescope(course: Course, root: Path, assignment: str, secret: bytes, out: Path) -> list[str]:
    """Write the Gradescope autograder of one assignment to ``out``; returns the names in it.

    ``secret`` is the course secret; it goes along, so the zip is as private as the secret. Raises WrongUse
    when it is the demo's or shorter than 16 bytes.
    """
    zips.check_place(out)
    _refuse_secret(secret)
    files = gradescope_files(course, root, assignment)
    files["secret"] = secret
    modes = {"setup.sh": 0o755, "run_autograder": 0o755, "secret": 0o600}
    zips.write(out, zips.pack(files, modes))
    return sorted(files)


def student_files(course: Course, root: Path, name: str) -> dict[str, bytes]:
    """What the zip for students holds, name to content."""
    assignment = course.assignment(name)
    texts = {"student_src/__init__.py": PACKAGE, **_modules(course, root, assignment)}
    _check_imports(texts, name)
    texts |= _handout(root, name, assignment) | _public_tests(course, root, name)
    room = (path.name for path in sorted(root.glob("autograder/student/*.py")))
    for path in ("__init__.py", "__main__.py", *(f"student/{file}" for file in room)):
        texts[f"autograder/{path}"] = read_source(root, f"autograder/{path}")
    texts |= {"requirements.txt": REQUIREMENTS, "pytest.ini": _pytest_ini(name, assignment)}
    texts |= {file: read_source(root, f"{SHARED}/{file}") for file in assignment.shared}
    _refuse_leaks(course, root, assignment, texts)
    files = {path: text.encode("utf-8") for path, text in texts.items()}
    pictures = (path for path in _helpers(root / "assignments" / assignment.folder) if not _is_text(path))
    return files | {path.name: path.read_bytes() for path in pictures}


def gradescope_files(course: Course, root: Path, name: str) -> dict[str, bytes]:
    """What the Gradescope zip holds besides the secret, name to content."""
    templates = Path(__file__).parent / "gradescope"
    files = {script: (templates / script).read_bytes() for script in ("setup.sh", "run_autograder")}
    files["grading.yml"] = _one_assignment(course, name).encode("utf-8")
    files["pyproject.toml"] = read_source(root, "pyproject.toml").encode("utf-8")
    files["requirements.txt"] = trimmed_lock(read_source(root, "requirements.txt")).encode("utf-8")
    for path in sorted((root / "autograder").rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in inside.parts):
            files[inside.as_posix()] = path.read_bytes()
    for path in sorted(root.glob("solutions/*.py")):
        files[f"solutions/{path.name}"] = path.read_bytes()
    every = stubs(course, root)  # what stands in for a module that cannot be imported
    for module in course.assignment(name).modules:
        files[f"student_src/{module}.py"] = every[f"student_src/{module}.py"].encode("utf-8")
    for file in course.assignment(name).shared:
        files[f"{SHARED}/{file}"] = read_source(root, f"{SHARED}/{file}").encode("utf-8")
    public = _public_tests(course, root, name)
    return files | {path: text.encode("utf-8") for path, text in public.items()}


def trimmed_lock(lock: str) -> str:
    """The lock without ``NOT_ON_GRADESCOPE``; every other pin keeps its hashes."""
    pins = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    return "".join(pin for pin in pins if re.split(r"[=\s]", pin)[0].lower() not in NOT_ON_GRADESCOPE)


def _modules(course: Course, root: Path, assignment: Assignment) -> dict[str, str]:
    """Stubs of this assignment, given modules, and the reference versions of the modules it needs."""
    every = stubs(course, root)
    texts = {path: every[path] for path in (f"student_src/{module}.py" for module in assignment.modules)}
    for module in assignment.given:
        texts[f"student_src/{module}.py"] = given_module(root, module)
    for module in assignment.needs:
        file = f"solutions/{module}.py"
        texts[f"student_src/{module}.py"] = released(read_source(root, file), file)
    return texts


def _check_imports(texts: dict[str, str], name: str) -> None:
    """Every relative import of a module in the bundle leads to another one in it."""
    there = {Path(path).stem for path in texts}
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ImportFrom) or node.level != 1:
                continue
            modules = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
            if missing := sorted(set(modules) - there):
                raise WrongUse(
                    f"grading.yml: assignments.{name}.needs: {Path(path).name} imports {missing[0]!r}, "
                    "which the bundle would lack; add it to `needs`"
                )


def _handout(root: Path, name: str, assignment: Assignment) -> dict[str, str]:
    """Handout, notebook and its helpers, at the top of the bundle; links out of the folder are shortened."""
    folder = f"assignments/{assignment.folder}"
    readme, script = f"{folder}/README.md", f"{folder}/notebook.py"
    text = handout(read_source(root, readme), readme, name, assignment)
    texts = {"README.md": text.replace("](../../", "](")}
    if (root / script).is_file():
        texts["notebook.ipynb"] = notebook(read_source(root, script), script, name)
    helpers = (path.name for path in _helpers(root / folder) if _is_text(path))
    return texts | {helper: read_source(root, f"{folder}/{helper}") for helper in helpers}


def _helpers(folder: Path) -> list[Path]:
    found = (path for path in sorted(folder.iterdir()) if path.suffix in HELPERS and path.is_file())
    return [path for path in found if path.name != "notebook.py"]


def _is_text(path: Path) -> bool:
    return path.suffix != ".png"


def _public_tests(course: Course, root: Path, name: str) -> dict[str, str]:
    """The public tests of one assignment, what they import, and its part of course.json."""
    there = sorted(path.name for path in root.glob("tests/public/*.py"))
    helpers = [file for file in there if not file.startswith("test_")]
    files = [f"tests/public/{file}" for file in (*helpers, f"test_{name}.py")]
    return {file: read_source(root, file) for file in files} | {COURSE_JSON: course_json(course, name)}


def _pytest_ini(name: str, assignment: Assignment) -> str:
    return (
        "[pytest]\n"
        "testpaths = tests/public\n"
        "pythonpath = . tests/public\n"
        "addopts = --strict-markers --import-mode=importlib\n"
        f"markers =\n    {name}: public tests of {assignment.title}\n"
    )


def _refuse_leaks(course: Course, root: Path, assignment: Assignment, texts: dict[str, str]) -> None:
    """As for the repository, but the modules that the assignment needs are released."""
    sources = reference_sources(course, root)
    open_files = {f"solutions/{module}.py" for module in (*assignment.needs, *assignment.given)}
    closed = {file: text for file, text in sources.items() if file not in open_files}
    allowed = given_texts(closed) + [text for file, text in sources.items() if file in open_files]
    refuse_leaks(find_leaks(solution_lines(closed), allowed, texts))


def _refuse_secret(secret: bytes) -> None:
    if secret.strip() == DEMO_SECRET:
        raise WrongUse("the demo's secret is public and grades nothing real; set `secret` in grading.yml")
    if len(secret) < 16:
        make = "python -c 'import secrets; print(secrets.token_hex(32))'"
        raise WrongUse(f"the secret is shorter than 16 bytes; make one with: {make}")


def _one_assignment(course: Course, name: str) -> str:
    """grading.yml with this assignment alone, and the secret in the file beside it."""
    data = course.model_dump(mode="json", exclude_none=True)
    data["assignments"] = {name: data["assignments"][name]}
    data["secret"] = {"file": "secret"}
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
