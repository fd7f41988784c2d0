"""The Gradescope bundle in the layout of Gradescope: the same score as `backprop grade`, and never a silent zero."""

import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.grader.cli.conftest import backprop, document
from tests.grader.output.test_exporters import SCHEMA, problems

EXITS = {"gates.py": "import os\n\nos._exit(0)\n", "numeric.py": "import json\nprint(json.dumps({'score': 100}))\n"}


def laid_out(folder, files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_bundle_has_the_same_bytes_each_time_and_keeps_the_secret_to_itself(upload, tmp_path, course_secret):
    again = tmp_path / "again.zip"
    run = backprop("bundle", "gradescope", "-a", "circuits", "-o", again, secret=course_secret)
    assert run.returncode == 0, run.stderr
    assert again.read_bytes() == upload.bundle.read_bytes()
    with zipfile.ZipFile(again) as archive:
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())
        holding = {name for name in archive.namelist() if course_secret.encode() in archive.read(name)}
    assert holding == {"secret"} and course_secret not in run.stdout + run.stderr


def test_a_hostile_upload_gains_nothing_and_has_a_document_as_gradescope_wants_it(upload, tmp_path, course_secret):
    hand_in = laid_out(tmp_path / "hand-ins" / "mallory", EXITS)
    shown, run = upload.grade(tmp_path / "autograder", hand_in)
    assert problems(shown, SCHEMA) == []
    assert shown["score"] == 0
    assert course_secret not in json.dumps(shown) + run.stdout + run.stderr


def test_without_an_interpreter_there_is_a_result_without_a_score(upload, tmp_path):
    hand_in = laid_out(tmp_path / "mallory", EXITS)
    shown, run = upload.grade(tmp_path / "autograder", hand_in, python_path="/nowhere/python\n")
    assert problems(shown, SCHEMA) == ["$: no tests"]  # with neither score nor tests Gradescope tells staff
    assert "score" not in shown and "tests" not in shown
    assert shown["extra_data"]["status"] == "grader fault"
    assert "not your fault" in shown["output"] and "interpreter" in run.stderr


# Compared whole with a batch: a style, stubs, a carried mistake, one that hangs, one that leaves, a zip.
WHOLE = ("04-perfect-with-shared-helpers", "05-stubs", "11-sums-too-few-axes", "14-loop-without-end",
         "17-leaves-with-exit-0", "21-zip-with-a-folder.zip")  # fmt: skip


@pytest.mark.slow
def test_every_demo_hand_in_has_the_same_result_as_in_a_batch(upload, demo, tmp_path, course_secret):
    paths = {path.stem if path.suffix == ".zip" else path.name: path for path in demo.hand_ins.glob("[!.]*")}
    assert len(paths) >= 14

    def grade(name):
        return upload.grade(tmp_path / name / "autograder", paths[name])[0]

    with ThreadPoolExecutor(2) as two:
        shown = dict(zip(sorted(paths), two.map(grade, sorted(paths)), strict=True))
    for name, each in shown.items():
        assert problems(each, SCHEMA) == [], name
        assert each["score"] == json.loads((demo.out / "results" / f"{name}.json").read_text())["score"], name
    out = batch_of([demo.hand_ins / name for name in WHOLE], tmp_path, course_secret)
    for name in WHOLE:
        name = name.removesuffix(".zip")
        single = document(tmp_path / name / "autograder" / "results" / "backprop.json")
        batch = document(out / "results" / f"{name}.json")
        assert single["submission"].pop("id") == "submission"
        batch["submission"].pop("id")
        assert single == batch, name


def batch_of(hand_ins, folder, secret):
    """Grade copies of these in one batch, with the secret of the uploads: so they have the same draws."""
    (folder / "batch").mkdir()
    for path in hand_ins:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / "batch" / path.name)
    run = backprop("grade", folder / "batch", "-a", "circuits", "-o", folder / "out", "--jobs", "2", secret=secret)
    assert run.returncode == 0, run.stderr
    return folder / "out"
