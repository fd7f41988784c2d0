"""The unpacked student bundle of assignment 1, and a Python that has NumPy and pytest and nothing else."""

import ast
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.build.bundles import bundle_student
from autograder.build.strip import released
from autograder.model.config import load_course

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("numpy", "numpy.libs", "py.py", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments")


@pytest.fixture(scope="session")
def bundle_zip(tmp_path_factory):
    """The zip file that students of assignment 1 get."""
    out = tmp_path_factory.mktemp("bundle") / "circuits.zip"
    bundle_student(load_course(ROOT / "grading.yml"), ROOT, "circuits", out)
    return out


@pytest.fixture
def bundle(bundle_zip, tmp_path, monkeypatch):
    """The folder a student unpacked, and the one we are in."""
    folder = tmp_path / "my work"
    with zipfile.ZipFile(bundle_zip) as archive:
        archive.extractall(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def solve(bundle):
    """Put the reference's version of a name into the bundle's gates.py."""

    def put(*names):
        path = bundle / "student_src" / "gates.py"
        reference = released((ROOT / "solutions" / "gates.py").read_text(encoding="utf-8"), "gates.py")
        text = path.read_text(encoding="utf-8")
        for name in names:
            text = text.replace(_segment(text, name), _segment(reference, name))
        path.write_text(text, encoding="utf-8")

    return put


def _segment(text, name):
    (node,) = (each for each in ast.parse(text).body if getattr(each, "name", None) == name)
    return ast.get_source_segment(text, node)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory):
    """An environment of its own with links to NumPy, pytest and what pytest needs."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("[Ll]ib/**/site-packages")
    source = Path(importlib.util.find_spec("numpy").origin).parents[1]
    for package in PACKAGES:
        if (source / package).exists():
            (site / package).symlink_to(source / package)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    missing = "import importlib.util as u; print([n for n in ('typer', 'yaml', 'pydantic') if u.find_spec(n)])"
    done = subprocess.run([python, "-c", missing], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    return python


@pytest.fixture
def run(bundle, bare_python):
    """Run ``python -m autograder …`` in the bundle as a student would."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "BACKPROP"))}

    def call(*arguments):
        command = [bare_python, "-m", "autograder", *arguments]
        return subprocess.run(command, cwd=bundle, env=keep, capture_output=True, text=True, encoding="utf-8")

    return call
