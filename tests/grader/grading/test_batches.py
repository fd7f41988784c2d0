"""Batches in an output folder: what is graded again, what is kept, and what a dying grader does."""

import os
import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.grading.batch import Options, grade_batch
from autograder.grading.jobs import run_jobs
from autograder.model.errors import GraderFault, WrongUse
from autograder.sandbox.client import Nursery
from tests.grader.grading.conftest import submission

KEYS = ("exp", "log")


def narrowed(instrument):
    """The instrument with two questions, so that a batch is quick."""
    questions = {key: instrument.assignment.questions[key] for key in KEYS}
    points = sum(question.max_points for question in questions.values())
    assignment = instrument.assignment.model_copy(update={"questions": questions, "points": points})
    collected = instrument.collected
    collected.items = [item for item in collected.items if item.key in KEYS]
    return replace(instrument, assignment=assignment)


@pytest.fixture
def narrow(using):
    """``narrow(work)``: what ``work(instrument)`` returns, the instrument narrowed."""
    return lambda work: using(lambda instrument, _: work(narrowed(instrument)))


def hand_ins(instrument):
    halved = instrument.reference["gates"].replace("np.exp(", "0.5 * np.exp(")
    assert halved != instrument.reference["gates"]
    texts = {"anna": instrument.reference, "bela": {**instrument.reference, "gates": halved}, "cleo": instrument.stubs}
    return [submission(sources, name) for name, sources in texts.items()]


def test_what_is_graded_again_and_what_is_kept(narrow, tmp_path):
    def work(instrument):
        out, all_three = tmp_path / "out", hand_ins(instrument)

        def run(given=all_three, judge=instrument, **options):
            return grade_batch(judge, given, out, Options(**options))

        first = run(jobs=2)
        assert sorted(first.graded) == ["anna", "bela", "cleo"]
        scores = {each.submission.id: each.score for each in first.results}
        assert scores["anna"] == 7 and 0 < scores["bela"] < 7 and scores["cleo"] == 0
        before = {path.name: path.read_bytes() for path in (out / "results").iterdir()}
        assert run().graded == []
        assert {path.name: path.read_bytes() for path in (out / "results").iterdir()} == before

        (out / "results" / "anna.json").unlink()
        (out / "results" / "bela.json").write_bytes(before["bela.json"].replace(b'"points"', b'"pointz"', 1))
        assert run().graded == ["anna", "bela"]

        assert run(only=("cleo",)).graded == ["cleo"]
        edited = [*all_three[:2], submission(instrument.reference, "cleo")]
        other = replace(instrument, digest="another suite")
        assert run(edited, other, changed=True).graded == ["cleo"]
        assert run(edited, other).graded == ["anna", "bela"]

        with sqlite3.connect(out / "gradebook.sqlite") as journal:
            (rows,) = journal.execute("SELECT count(*) FROM gradings").fetchone()
        assert rows == 3 + 2 + 1 + 1 + 2

    narrow(work)


@pytest.mark.slow
def test_results_do_not_depend_on_jobs_or_folder(narrow, tmp_path):
    def work(instrument):
        texts = []
        for jobs in (1, 2):
            batch = grade_batch(instrument, hand_ins(instrument), tmp_path / f"out{jobs}", Options(jobs=jobs))
            texts.append([each.without_run() for each in batch.results])
        assert texts[0] == texts[1]

    narrow(work)


def test_an_unknown_only_is_refused_before_anything_is_made(narrow, tmp_path):
    def work(instrument):
        with pytest.raises(WrongUse, match="--only dora: no such hand-in; there are: anna, bela, cleo"):
            grade_batch(instrument, hand_ins(instrument), tmp_path / "out", Options(only=("dora",)))

    narrow(work)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_assignment_is_refused(narrow, tmp_path):
    def work(instrument):
        grade_batch(instrument, [], tmp_path / "out", Options())
        with pytest.raises(WrongUse, match="holds results of 'circuits'"):
            grade_batch(replace(instrument, name="mlp"), [], tmp_path / "out", Options())

    narrow(work)


def test_a_file_that_is_no_gradebook_is_refused_and_kept(narrow, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "gradebook.sqlite").write_bytes(b"not a data base, but somebody's file")

    def work(instrument):
        with pytest.raises(WrongUse, match="is no gradebook of ours"):
            grade_batch(instrument, hand_ins(instrument), out, Options())

    narrow(work)
    assert (out / "gradebook.sqlite").read_bytes() == b"not a data base, but somebody's file"


def test_a_grader_that_dies_is_our_fault_and_stops_no_other_hand_in(narrow):
    def work(instrument):
        def die(key, runs, stage):
            if "exp" not in stage.subject.sources["gates"]:
                os._exit(9)

        fatal = replace(instrument, namer=SimpleNamespace(name=die))
        given = [submission({"gates": "x = 1\n"}, "eve"), submission(instrument.reference, "anna")]
        with Nursery("sealed") as one:
            return {each.id: result for each, result in run_jobs(fatal, given, [one])}

    results = narrow(work)
    assert (results["eve"].status, results["eve"].score) == ("grader fault", None)
    assert results["anna"].score == 7


def test_a_fault_is_graded_again(narrow, tmp_path):
    def work(instrument):
        given = hand_ins(instrument)[:1]
        fatal = replace(instrument, namer=SimpleNamespace(name=lambda *_: os._exit(9)))
        first = grade_batch(fatal, given, tmp_path / "out", Options())
        second = grade_batch(instrument, given, tmp_path / "out", Options())
        assert [each.score for each in first.results] == [None]
        assert (second.graded, [each.score for each in second.results]) == (["anna"], [7])

    narrow(work)


def test_the_reference_is_tried_before_anybody_is_graded(narrow, tmp_path):
    def work(instrument):
        wrong = dict(instrument.reference)
        wrong["gates"] = wrong["gates"].replace("np.exp(", "0.5 * np.exp(")
        with pytest.raises(GraderFault, match=r"self-test: the reference does not pass .*exp"):
            grade_batch(replace(instrument, reference=wrong), hand_ins(instrument), tmp_path / "out", Options())

    narrow(work)
    assert list((tmp_path / "out" / "results").iterdir()) == []
