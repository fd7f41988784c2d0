"""Commands run as a user would, in processes of their own; the demo and a run beside it, once for all tests."""

import csv
import fcntl
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[3]
SECRET = secrets.token_hex(16)
WAIT_SECONDS = 1200


def command(*arguments, secret=SECRET, cwd=ROOT, **variables):
    """The argument list and options of a process that runs ``backprop arguments``."""
    environment = {key: value for key, value in os.environ.items() if key != "BACKPROP_SECRET"}
    environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100", **variables}
    if secret:
        environment["BACKPROP_SECRET"] = secret
    line = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return line, {"env": environment, "cwd": cwd}


def backprop(*arguments, **more):
    """Run a command to its end; has returncode, stdout, stderr."""
    line, options = command(*arguments, **more)
    return subprocess.run(line, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, **options)


def grades(out):
    """grades.csv, hand-in to row."""
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def document(path):
    """A result file without its ``run`` block."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert whole.pop("run")
    return whole


def once(tmp_path_factory, name, make):
    """``make(folder)`` once for all processes of a test run; returns the folder."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / name
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            folder.mkdir()
            make(folder)
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo, run once: ``out``, ``hand_ins`` and what the command printed."""

    def make(folder):
        run = backprop("demo", "-o", folder / "out", "--jobs", "2", secret=None)
        (folder / "printed").write_text(run.stdout + run.stderr)
        (folder / "status").write_text(str(run.returncode))

    folder = once(tmp_path_factory, "demo", make)
    return SimpleNamespace(
        out=folder / "out",
        hand_ins=folder / "out-hand-ins",
        printed=(folder / "printed").read_text(),
        status=int((folder / "status").read_text()),
    )


@pytest.fixture(scope="session")
def course_secret(tmp_path_factory):
    """One real secret for all processes of a test run."""
    folder = once(tmp_path_factory, "secret", lambda folder: (folder / "secret").write_text(secrets.token_hex(16)))
    return (folder / "secret").read_text()


@pytest.fixture(scope="session")
def upload(tmp_path_factory, course_secret):
    """The Gradescope bundle unpacked as source/ below a folder; ``upload(root, path)`` grades ``path`` there."""
    import shutil
    import zipfile

    def make(folder):
        bundle = folder / "bundle.zip"
        run = backprop("bundle", "gradescope", "-a", "circuits", "-o", bundle, secret=course_secret)
        assert run.returncode == 0, run.stderr
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder / "source")
        (folder / "source" / ".python-path").write_text(sys.executable + "\n")

    folder = once(tmp_path_factory, "gradescope", make)

    def grade(root, path, python_path=None):
        shutil.copytree(folder / "source", root / "source")
        if python_path is not None:
            (root / "source" / ".python-path").write_text(python_path)
        shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
        (root / "submission").mkdir()
        if path.is_dir():
            shutil.copytree(path, root / "submission", dirs_exist_ok=True)
        else:
            shutil.copy(path, root / "submission")
        run = subprocess.run(
            ["bash", str(root / "run_autograder")], capture_output=True, text=True, cwd="/", check=False,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, timeout=WAIT_SECONDS,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return json.loads((root / "results" / "results.json").read_text()), run

    return SimpleNamespace(grade=grade, bundle=folder / "bundle.zip", root=folder)
