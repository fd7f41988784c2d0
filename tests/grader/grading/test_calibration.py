"""The instrument's own test must be able to fail: planted rows that are not caught, not named, or cost elsewhere."""

import pytest

from autograder import mistakes
from autograder.mistakes import Mistake
from autograder.prove.calibrate import Calibration, correct_styles, sole_catches
from autograder.prove.trial import Findings, Trial, Trials

HARMLESS = Mistake("exp-renamed", "exp", "Nothing is wrong.", edits=(("np.exp(", "1.0 * np.exp("),))
UNKNOWN = Mistake("exp-never-heard-of", "exp", "Wrong in a new way.", edits=(("np.exp(", "1.25 * np.exp("),))
BREAKS_OTHERS = Mistake(
    "exp-breaks-log",
    "exp",
    "Wrong here and elsewhere.",
    whole="class Exp(Gate):\n    pass\n\n\nnp = None\n",
)


def findings(using, mistake):
    def work(instrument, nursery):
        trial = Trial(Trials(instrument, {"reference": instrument.reference}, "exp", nursery, full=False), mistake)
        grading = trial.examine("reference", 0, [item for item in instrument.items() if item.key in ("exp", "log")])
        trial.note(grading, "reference", 0, trial.diagnosis(grading, {}))
        return trial.found

    return using(work)


def known(id):
    return next(each for each in mistakes.of("circuits") if each.id == id)


def test_a_known_mistake_is_caught_named_and_costs_nothing_elsewhere(using):
    found = findings(using, known("exp-power-rule"))
    assert (found.missed, found.unnamed, found.misplaced, found.faults) == ([], [], [], [])
    assert "circuits.exp/value/arrays[exp]" in found.caught_by


def test_names_from_records_are_the_names_from_replays(using):
    chosen = [each.id for each in mistakes.of("circuits") if each.question == "exp"][:4]

    def work(instrument, nursery):
        bases = {"reference": instrument.reference}
        trials = Trials(instrument, bases, "exp", nursery, full=False)
        named = {}
        for id in chosen:
            trial = Trial(trials, known(id))
            named[id] = trial.diagnosis(trial.examine("reference", 0, trials.own), {}).mistake
        return named, trials.run(chosen)

    named, found = using(work)
    assert named == {id: id for id in chosen}
    assert all(not (each.missed or each.unnamed or each.misplaced) for each in found.values()) and len(found) == 4


@pytest.mark.parametrize(
    ("mistake", "fault"),
    [
        pytest.param(HARMLESS, "missed", id="harmless"),
        pytest.param(UNKNOWN, "unnamed", id="unknown"),
        pytest.param(BREAKS_OTHERS, "misplaced", id="breaks others"),
    ],
)
def test_a_row_that_does_not_hold_is_told_and_fails_the_calibration(using, mistake, fault):
    found = findings(using, mistake)
    assert getattr(found, fault), found
    calibration = Calibration("circuits", mistakes=1)
    calibration.note(mistake, found)
    assert not calibration.holds
    assert any(mistake.id in line for line in calibration.lines())


def test_a_calibration_without_findings_holds():
    calibration = Calibration("circuits", mistakes=1)
    calibration.note(HARMLESS, Findings(gradings=3, caught_by=["circuits.exp/value/a"]))
    assert calibration.holds and calibration.document()["mistakes_caught_percent"] == 100


def test_the_reference_of_the_trial_is_among_the_correct_styles(using):
    styles = using(lambda instrument, _: set(correct_styles(instrument)))
    assert {"reference", "shared", "loops", "classy"} <= styles


def test_sole_catches_leave_public_tests_aside():
    catches = {"c.q/value/a": ["one", "two"], "c.q/shape/b": ["two"], "c.q/public/c": ["one"]}
    assert sole_catches(catches) == {"c.q/value/a": ["one"], "c.q/shape/b": []}


def test_what_was_carried_is_run_once_for_all_mistakes_of_a_question(using):
    carried = []

    def work(instrument, nursery):
        collected = instrument.collected
        run = collected.run
        collected.run = lambda item, stage: (
            carried.append((item.id, stage.stand_ins)) if stage.stand_ins else None
        ) or run(item, stage)
        bases = {"reference": instrument.reference, "shared": correct_styles(instrument)["shared"]}
        chosen = [each.id for each in mistakes.of("circuits") if each.question == "relative_error"][:3]
        return Trials(instrument, bases, "relative_error", nursery, full=False).run(chosen)

    found = using(work)
    assert len(found) == 3 and all(not (each.missed or each.misplaced or each.unnamed) for each in found.values())
    assert carried and len(set(carried)) == len(carried)
    assert {stand_ins for _, stand_ins in carried} == {("relative_error",)}
