"""The main job: every demo hand-in has what it deserves, in whatever way it is graded."""

import shutil
import sqlite3
from dataclasses import replace

import pytest

from autograder.grading.engine import grade
from autograder.grading.instrument import use_instrument
from autograder.intake import read_submissions
from autograder.model.config import DEMO_SECRET, load_course
from autograder.model.result import Outcome, read_result
from autograder.prove.demo import make_demo
from autograder.sandbox.client import Nursery
from autograder.sandbox.thrifty import Thrifty
from tests.grader.cli.conftest import ROOT, backprop, document, grades

pytestmark = pytest.mark.slow

ASSIGNMENT = load_course(ROOT / "grading.yml").assignment("circuits")
MODULE = {module: {key for key, each in ASSIGNMENT.questions.items() if each.module == module}
          for module in ASSIGNMENT.modules}  # fmt: skip
EVERYTHING = set(ASSIGNMENT.questions)

# hand-in -> the questions that lose points, all others having every point
LOSES = {
    "01-perfect": set(),
    "02-perfect-with-loops": set(),
    "03-perfect-with-many-classes": set(),
    "04-perfect-with-shared-helpers": set(),
    "05-stubs": EVERYTHING,
    "06-half-done": EVERYTHING - MODULE["gates"],
    "07-multiply-not-switched": {"multiply"},
    "08-overwrites-at-branches": {"graph_backward"},
    "09-unstable-sigmoid": {"sigmoid"},
    "10-one-sided-numeric-gradient": {"numerical_gradient"},
    "11-sums-too-few-axes": {"unbroadcast"},
    "12-syntax-error": MODULE["numeric"],
    "13-wrong-file-name": MODULE["numeric"],
    "14-loop-without-end": {"reciprocal"},
    "15-memory-hog": {"reciprocal"},
    "16-prints-without-end": {"reciprocal"},
    "17-leaves-with-exit-0": EVERYTHING,
    "18-reads-hidden-tests": EVERYTHING,
    "19-writes-results": EVERYTHING,
    "20-plausible-arrays": EVERYTHING,
    "21-zip-with-a-folder": set(),
}
NOTHING = ("05-stubs", "17-leaves-with-exit-0", "18-reads-hidden-tests", "19-writes-results", "20-plausible-arrays")
NAMED = {
    "07-multiply-not-switched": {"multiply-not-switched"},
    "08-overwrites-at-branches": {"backward-overwrites-at-branches"},
    "09-unstable-sigmoid": {"sigmoid-overflow"},
    "10-one-sided-numeric-gradient": {"numerical-one-sided"},
    "11-sums-too-few-axes": {"unbroadcast-only-leading"},
}
# Graded once more for comparison: a style, stubs, a carried mistake, one that hangs, one that leaves, a zip.
AGAIN = ("04-perfect-with-shared-helpers", "05-stubs", "11-sums-too-few-axes", "14-loop-without-end",
         "17-leaves-with-exit-0", "21-zip-with-a-folder.zip")  # fmt: skip


def result(out, name):
    return read_result((out / "results" / f"{name}.json").read_bytes(), name)


def test_the_demo_grades_at_least_fourteen_hand_ins_and_says_where_they_are(demo):
    assert demo.status == 0, demo.printed
    assert set(grades(demo.out)) == set(LOSES) and len(LOSES) >= 14
    for name in LOSES:
        assert name in demo.printed
    assert "Traceback" not in demo.printed
    assert "report" in demo.printed and "grades.csv" in demo.printed


@pytest.mark.parametrize("name", LOSES)
def test_points_are_lost_where_they_should_be_and_only_there(demo, name):
    found = result(demo.out, name)
    assert found.status != "grader fault"
    lost = {each.id.split(".")[1] for each in found.questions if each.points < each.max_points}
    assert lost == LOSES[name]
    if name in NOTHING:
        assert found.score == 0
    elif not LOSES[name]:
        assert found.score == found.max_score == 100
    assert found.score == pytest.approx(sum(each.points for each in found.questions))
    named = {each.diagnosis.mistake for each in found.questions if each.diagnosis}
    assert NAMED.get(name, set()) <= named
    if name in NAMED:
        assert named == NAMED[name]


def test_stubs_are_not_attempted_in_every_item(demo):
    stubs = result(demo.out, "05-stubs")
    assert stubs.status == "not attempted"
    assert {item.outcome for item in stubs.items} == {Outcome.NOT_ATTEMPTED}


def test_the_folder_has_the_files_of_the_design(demo):
    assert {path.name for path in demo.out.iterdir() if not path.name.startswith(".")} <= {
        "grades.csv", "gradebook.sqlite", "gradebook.sqlite-wal", "gradebook.sqlite-shm", "report", "results",
    }  # fmt: skip
    assert {path.name for path in (demo.out / "results").iterdir()} == {f"{name}.json" for name in LOSES}
    assert (demo.out / "report" / "index.html").is_file()
    header = list(grades(demo.out)["01-perfect"])
    assert header[:6] == ["submission", "name", "id", "score", "max_score", "status"]
    assert set(header[6:]) == {f"circuits.{key}" for key in EVERYTHING}
    with sqlite3.connect(demo.out / "gradebook.sqlite") as journal:
        rows = dict(journal.execute("SELECT submission, score FROM gradings"))
    assert rows == {name: float(row["score"]) for name, row in grades(demo.out).items()}


def test_a_second_run_grades_nothing_anew(demo, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(demo.out, out)
    shutil.copytree(demo.hand_ins, tmp_path / "out-hand-ins")
    before = {path.name: path.read_bytes() for path in (out / "results").iterdir()}
    csv = (out / "grades.csv").read_bytes()
    run = backprop("demo", "-o", out, secret=None)
    assert run.returncode == 0, run.stderr
    assert f"0 graded now, {len(LOSES)} kept" in run.stdout
    assert {path.name: path.read_bytes() for path in (out / "results").iterdir()} == before
    assert (out / "grades.csv").read_bytes() == csv


def test_one_job_elsewhere_gives_the_same_bytes(demo, tmp_path):
    elsewhere = tmp_path / "another place" / "hand-ins"
    elsewhere.mkdir(parents=True)
    for name in AGAIN:
        source = demo.hand_ins / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, elsewhere / name)
    out = tmp_path / "out"
    run = backprop("grade", elsewhere, "-a", "circuits", "-o", out, "--jobs", "1", secret=DEMO_SECRET.decode())
    assert run.returncode == 0, run.stderr
    files = sorted((out / "results").iterdir())
    assert len(files) == len(AGAIN)
    for path in files:
        assert document(path) == document(demo.out / "results" / path.name), path.name
        one, two = (text.partition('\n  "run": {') for text in (path.read_text(), _text(demo, path)))
        assert one[0] == two[0] and one[2].partition("\n  },")[2] == two[2].partition("\n  },")[2]


def _text(demo, path):
    return (demo.out / "results" / path.name).read_text()


FORMATS = {"csv": ".csv", "json": ".json", "gradescope": ".zip"}


@pytest.mark.parametrize("format", FORMATS)
def test_exports_and_report_are_made_from_results_alone(demo, tmp_path, format):
    out = tmp_path / "out"
    (out / "results").mkdir(parents=True)
    for path in (demo.out / "results").iterdir():
        shutil.copy(path, out / "results")
    run = backprop("export", format, out)
    assert run.returncode == 0, run.stderr
    [written] = [path for path in tmp_path.iterdir() if path != out]
    assert written.suffix == FORMATS[format] and written.stat().st_size > 1000
    if format == "csv":
        assert written.read_bytes() == (demo.out / "grades.csv").read_bytes()
    report = backprop("report", out)
    assert report.returncode == 0 and (out / "report" / "index.html").is_file()
    assert (out / "grades.csv").read_bytes() == (demo.out / "grades.csv").read_bytes()


# assignment → (modules of the half-done, the broken one, the question hostile code is in, mistake → its question)
OTHERS = {
    "nonlinearities": (
        "activations",
        "losses",
        "hard_tanh",
        {
            "tanh-not-squared": "tanh",
            "relu-passes-at-zero": "relu",
            "maxout-switched": "maxout",
            "multiclass-svm-counts-label": "multiclass_svm",
            "softmax-cross-entropy-gradient-summed": "softmax_cross_entropy",
        },
    ),
    "preparation": (
        "initializers",
        "regularizers",
        "l0",
        {
            "he-normal-xavier": "he_normal",
            "standardize-new-data": "standardize",
            "l2-bias-gradient": "l2",
            "dropout-drops-in-evaluation": "dropout",
            "early-stopping-not-copied": "early_stopping",
        },
    ),
    "optimization": (
        "schedules",
        "schedules",
        "newton",
        {
            "momentum-stateless": "momentum",
            "adam-no-correction": "adam",
            "rmsprop-decay-in-the-gradient": "rmsprop",
            "sparse-adam-moves-all-rows": "sparse_adam",
            "check-momentum-accepts-all": "check_momentum",
        },
    ),
    "mlp": (
        "layers",
        "training",
        "flatten",
        {
            "affine-db-mean": "affine",
            "sequential-backward-in-forward-order": "sequential",
            "mlp-predict-drops": "mlp",
            "minibatches-unshuffled": "minibatches",
            "fit-last-weights": "fit",
        },
    ),
    "architectures": (
        "convolution",
        "transfer",
        "max_pool2d",
        {
            "conv2d-flipped": "conv2d",
            "residual-no-skip-gradient": "residual",
            "attention-mask-after-softmax": "scaled_dot_product_attention",
            "embedding-loses-repeats": "embedding",
            "prune-and-retrain-revives": "prune_and_retrain",
        },
    ),
}


HANGS = ("loop-without-end", "memory-hog", "prints-without-end")
HOSTILE = (*HANGS, "leaves-with-exit-0", "reads-hidden-tests", "writes-results", "plausible-arrays")


def graded(name, folder):
    """The demo's hand-ins of one assignment, graded here: a second of CPU for each item, and used workers for the
    honest ones, since the command itself is tested above."""
    results = []

    def work(instrument):
        budget = instrument.course.budget.model_copy(update={"item_cpu": 1.0})
        quick = replace(instrument, course=instrument.course.model_copy(update={"budget": budget}))
        make_demo(quick, folder)
        known = (*instrument.assignment.given, *instrument.assignment.needs)
        with Thrifty("sealed", 1) as lent, Nursery("sealed", 2) as fresh:
            for each in read_submissions([folder], instrument.assignment.modules, known):
                results.append(grade(quick, each, fresh if each.id[3:] in HOSTILE else lent))

    use_instrument(ROOT, name, DEMO_SECRET, work)
    return results


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_assignments_have_a_demo_too(tmp_path, name):
    done, broken, victim, mistakes = OTHERS[name]
    assignment = load_course(ROOT / "grading.yml").assignment(name)
    results = graded(name, tmp_path / "hand-ins")
    lost, named = {}, {}
    for each in results:
        label = each.submission.id[3:]
        lost[label] = {q.id.split(".")[1] for q in each.questions if q.points < q.max_points}
        named[label] = {q.diagnosis.mistake: q.id.split(".")[1] for q in each.questions if q.diagnosis}
        assert each.status != "grader fault" and (each.score == 100) == (not lost[label])
    everything = set(assignment.questions)
    modules = {key: each.module for key, each in assignment.questions.items()}
    perfect = {label for label in lost if not lost[label]}
    styles = sum(1 for path in (ROOT / "tests/grader/variants" / name).iterdir() if path.is_dir())
    assert styles >= 3 and "zip-with-a-folder" in perfect
    assert len(results) == 18 + styles and len(perfect) == 2 + styles
    assert lost["half-done"] == {key for key in everything if modules[key] != done}
    for label in ("syntax-error", "wrong-file-name"):
        assert lost[label] == {key for key in everything if modules[key] == broken}
    for label in HANGS:
        assert lost[label] == {victim}
    for label in ("stubs", *HOSTILE[len(HANGS) :]):
        assert lost[label] == everything and next(r for r in results if r.submission.id[3:] == label).score == 0
    rest = [label for label in lost if lost[label] and lost[label] <= set(mistakes.values())]
    assert {id: key for label in rest for id, key in named[label].items()} == mistakes
    assert all(lost[label] == set(named[label].values()) for label in rest)


def test_an_assignment_without_a_demo_is_one_line(tmp_path):
    run = backprop("demo", "-a", "nothing", "-o", tmp_path / "out", secret=None)
    assert run.returncode == 2 and "no assignment 'nothing'" in run.stderr and len(run.stderr.splitlines()) <= 2
    assert not (tmp_path / "out").exists()
