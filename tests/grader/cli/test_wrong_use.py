"""Wrong command lines, configs and folders: exit status 2, one line, nothing written."""

import json
import shutil

import pytest

from tests.grader.cli.conftest import ROOT, SECRET, backprop
from tests.grader.output import examples

# name -> (arguments, secret, what the line must hold); {t} is a folder with the files of the fixture.
WRONG = {
    "no such command": (["grad"], SECRET, "grad"),
    "no path": (["grade", "-o", "{t}/new"], SECRET, "PATH"),
    "no folder for results": (["grade", "{t}/hand-ins"], SECRET, "--out"),
    "unknown option": (["grade", "{t}/hand-ins", "-o", "{t}/new", "--job", "2"], SECRET, "--job"),
    "no jobs": (["grade", "{t}/hand-ins", "-o", "{t}/new", "--jobs", "0"], SECRET, "--jobs"),
    "unknown level": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/new", "--level", "none"], SECRET,
                      "--level none"),
    "which assignment": (["grade", "{t}/hand-ins", "-o", "{t}/new"], SECRET,
                         "say which assignment with -a: circuits, "),
    "unknown assignment": (["grade", "{t}/hand-ins", "-a", "circus", "-o", "{t}/new"], SECRET, "no assignment"),
    "no secret": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/new"], None, "BACKPROP_SECRET"),
    "short secret": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/new"], "short", "BACKPROP_SECRET"),
    "no such hand-in": (["grade", "{t}/nobody", "-a", "circuits", "-o", "{t}/new"], SECRET, "no such file or folder"),
    "a folder without hand-ins": (["grade", "{t}/empty", "-a", "circuits", "-o", "{t}/new"], SECRET, "no hand-in"),
    "only a stranger": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/new", "--only", "zoe"], SECRET,
                        "--only zoe: no such hand-in; there are: anna, bela"),
    "results into a file": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/file"], SECRET, "is a file"),
    "results below a file": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/file/new"], SECRET, "is a file"),
    "results among other files": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/hand-ins"], SECRET,
                                  "holds other files than results"),
    "a gradebook that is none": (["grade", "{t}/hand-ins", "-a", "circuits", "-o", "{t}/forged"], SECRET,
                                 "is no gradebook of ours"),
    "report of nothing": (["report", "{t}/empty"], SECRET, "holds no results"),
    "report of nowhere": (["report", "{t}/nowhere"], SECRET, "holds no results"),
    "unknown format": (["export", "xls", "{t}/old"], SECRET, "no format 'xls'; there are: "),
    "export of nothing": (["export", "csv", "{t}/empty"], SECRET, "holds no results"),
    "export to nowhere": (["export", "csv", "{t}/old", "-o", "{t}/nowhere/x.csv"], SECRET, "there is no folder"),
    "export onto a folder": (["export", "csv", "{t}/old", "-o", "{t}/empty"], SECRET, "is a folder"),
    "unknown bundle": (["bundle", "moodle", "-a", "circuits", "-o", "{t}/new.zip"], SECRET, "no bundle 'moodle'"),
    "bundle without a secret": (["bundle", "gradescope", "-a", "circuits", "-o", "{t}/new.zip"], None, "BACKPROP"),
    "bundle to nowhere": (["bundle", "student", "-a", "circuits", "-o", "{t}/nowhere/x.zip"], SECRET, "nowhere"),
    "bundle of another name": (["bundle", "student", "-a", "circuits", "-o", "{t}/new.tar"], SECRET, ".zip"),
    "calibration to nowhere": (["calibrate", "--json", "{t}/nowhere/x.json"], SECRET, "there is no folder"),
    "calibration of a stranger": (["calibrate", "-a", "circus"], SECRET, "no assignment 'circus'"),
    "unknown level of a probe": (["probe", "--level", "none"], SECRET, "--level none"),
    "demo among other files": (["demo", "-o", "{t}/hand-ins"], None, "holds other files than results"),
    "demo beside somebody's files": (["demo", "-o", "{t}/taken"], None, "holds no demo hand-ins"),
}  # fmt: skip


@pytest.fixture
def place(tmp_path):
    """Hand-ins, an empty folder, a file, results of an earlier grading, and a name whose demo folder is taken."""
    for name in ("hand-ins/anna", "hand-ins/bela", "empty", "forged", "taken-hand-ins"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("hand-ins/anna/numeric.py", "hand-ins/bela/numeric.py", "file", "taken-hand-ins/numeric.py"):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "forged" / "gradebook.sqlite").write_text("no data base at all, but a long enough text")
    (tmp_path / "old" / "results").mkdir(parents=True)
    one = examples.results()[0].model_copy(update={"assignment": "circuits"})
    (tmp_path / "old" / "results" / "one.json").write_text(one.to_json())
    return tmp_path


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def refused(run):
    assert run.returncode == 2, run.stdout + run.stderr
    assert run.stderr.startswith("backprop: ") and run.stderr.count("\n") == 1, run.stderr
    return run.stderr


@pytest.mark.parametrize(("arguments", "secret", "part"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_line_and_nothing_is_written(place, arguments, secret, part):
    before = everything(place)
    run = backprop(*(each.replace("{t}", str(place)) for each in arguments), secret=secret)
    assert part in refused(run)
    assert everything(place) == before


CONFIGS = {
    "unknown key": ("\nlevel: sealed", "\nlevle: sealed", "levle: unknown key"),
    "points do not add up": ("points: 100", "points: 99", "assignments.circuits: points: the questions add up to 100"),
    "no YAML": ("schema_version: 1", "schema_version: [1", "not valid YAML"),
    "a property without a test": ("points: {public: 0.5, value: 4, purity: 1}",
                                  "points: {public: 0.5, value: 4, cost: 0.5, purity: 0.5}",
                                  "questions.unbroadcast.points.cost: no test checks"),
    "a test without points": ("points: {public: 0.5, value: 4, purity: 1}", "points: {public: 0.5, value: 5}",
                              "unbroadcast"),
    "a name that nobody wrote": ("        name: Exp\n", "        name: Exponential\n", "Exponential"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "part"), CONFIGS.values(), ids=CONFIGS)
def test_a_wrong_config_is_one_line_and_nothing_is_written(place, old, new, part):
    course = place / "course"
    course.mkdir()
    for name in ("solutions", "student_src", "tests/public"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "grading.yml").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (course / "grading.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    before = everything(place / "hand-ins")
    run = backprop("grade", place / "hand-ins", "-a", "circuits", "-o", place / "new", cwd=course)
    assert part in refused(run)
    assert not (place / "new").exists() and everything(place / "hand-ins") == before


def test_the_probe_tells_machines_what_holds():
    run = backprop("probe", "--json")
    found = json.loads(run.stdout)
    assert found["level"] == "sealed" and found["outcomes"]
    assert run.returncode == (0 if found["holds"] else 1) and run.stderr == ""


def test_help_names_every_command():
    run = backprop("--help")
    assert run.returncode == 0
    for name in ("check", "submit", "grade", "report", "export", "bundle", "calibrate", "probe", "sync", "demo"):
        assert name in run.stdout
