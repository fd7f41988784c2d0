"""What a student reads, and what an instructor sees in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.model.result import PersonRecord, Result
from autograder.output import feedback_blocks, feedback_text, print_table, result_line
from tests.grader.output import examples

ALL = {each.submission.id: each for each in examples.results()}


def flat(text: str) -> str:
    return " ".join(text.split())


def printed(results: list[Result], *, terminal: bool) -> str:
    out = io.StringIO()
    print_table(results, Console(file=out, force_terminal=terminal, width=120, color_system=None))
    return out.getvalue()


def test_the_diagnosis_comes_before_the_lost_properties_and_each_has_its_hint() -> None:
    text = flat(feedback_text(ALL["dara-okafor"]))
    start = text.index("circuits.multiply — Multiply gate: 0 of 6 points")
    order = [
        "Each factor's gradient",
        "right values",
        "dx differs",
        "Hint: compare one entry",
        "shapes and broadcasting (−1)",
        "dy has shape (4, 3)",
    ]
    places = [text.index(part, start) for part in order]
    assert places == sorted(places)
    assert text.startswith("62 of 91 points")


def test_properties_held_back_by_the_values_are_told_once() -> None:
    text = flat(feedback_text(ALL["bela-toth"]))
    held = "shapes and broadcasting; arguments left alone, nothing shared; types and dtypes (−2)"
    assert f"{held}: the values are not right yet" in text


def test_a_question_that_was_not_checked_says_so_once_with_its_reason_if_there_is_one() -> None:
    base = ALL["kofi-mensah"]
    assert "Add gate: not checked, 0 of 6 points\n\n" in feedback_text(base)
    items = tuple(item.model_copy(update={"message": "time was up"}) for item in base.items)
    assert "shapes and broadcasting; " in feedback_text(base.model_copy(update={"items": items}))
    assert "time was up\n" in feedback_text(base.model_copy(update={"items": items}), width=400)


def test_a_public_test_is_named_so_that_it_can_be_run_and_a_hidden_one_is_not() -> None:
    text = feedback_text(ALL["bela-toth"], width=400)
    assert "(circuits.multiply.public_1)" in text
    assert "circuits.multiply.value_1" not in text


def test_a_question_not_attempted_is_one_line() -> None:
    blocks = {block.id: block for block in feedback_blocks(ALL["dara-okafor"])}
    assert blocks["circuits.relative_error"].lost == ()
    assert "circuits.relative_error — Compare two gradients: not attempted yet, 5 to earn\n" in feedback_text(
        ALL["dara-okafor"]
    )


def test_notes_of_intake_are_told() -> None:
    assert "\n! graph(1).py was taken as graph.py\n" in feedback_text(ALL["gwen-price"])
    noted = examples.with_submission(ALL["gwen-price"], **examples.note("empty", "the file is empty", "graph.py"))
    assert "\n! graph.py: the file is empty\n" in feedback_text(noted)


def test_a_fault_is_told_as_ours_without_a_score() -> None:
    text = feedback_text(ALL["hana-kim"])
    assert text.startswith("No score yet: the grader failed, not your code.")
    assert "Matrix product: no points yet, out of 8: the grader failed here, not your code" in text


def test_prerequisites_that_stood_in_are_named() -> None:
    base = ALL["dara-okafor"]
    questions = tuple(
        each.model_copy(update={"carried": ("circuits.unbroadcast", "circuits.add")})
        if each.id == "circuits.multiply"
        else each
        for each in base.questions
    )
    assert "ours in place of your unbroadcast and add" in flat(
        feedback_text(base.model_copy(update={"questions": questions}))
    )


def test_full_marks_leave_nothing_to_mend() -> None:
    text = feedback_text(ALL["noor-haddad"])
    assert "✗" not in text and "Hint" not in text and text.startswith("91 of 91 points\n")


@pytest.mark.parametrize("width", [40, 92])
def test_text_keeps_its_width_and_passes_no_escape_sequence(width: int) -> None:
    base = ALL["bela-toth"]
    items = tuple(
        item.model_copy(update={"message": f"\x1b[2J{item.message} \u202eabc [red]x[/red]"}) for item in base.items
    )
    text = feedback_text(base.model_copy(update={"items": items}), width)
    assert "\x1b" not in text and "\u202e" not in text
    assert all(len(row) <= width for row in text.splitlines() if row.startswith(" "))


def test_the_table_shows_every_hand_in_and_the_line_form_one_line_each() -> None:
    table = printed(list(ALL.values()), terminal=True)
    assert all(each in table for each in ALL)
    lines = printed(list(ALL.values()), terminal=False).splitlines()
    assert lines[:-1] == [result_line(ALL[key]) for key in sorted(ALL)]
    assert lines[-1] == "16 hand-ins, median 80 %, mean 69 %, 1 without a score"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("noor-haddad", "noor-haddad: 91/91 graded"),
        (
            "bela-toth",
            "bela-toth: 83/91 graded; multiply −6 (multiply.not_switched), sigmoid −2 (sigmoid.slope_of_input)",
        ),
        ("lena-vogel", "lena-vogel: 0/91 nothing attempted; 14 not attempted"),
        (
            "hana-kim",
            "hana-kim: no score, grader fault; The nursery stopped while circuits.matmul was judged.",
        ),
    ],
)
def test_the_line_of_a_hand_in(key: str, expected: str) -> None:
    assert result_line(ALL[key]) == expected


@pytest.mark.parametrize("terminal", [True, False])
def test_names_cannot_draw_on_the_terminal(terminal: bool) -> None:
    evil = examples.with_submission(
        ALL["noor-haddad"],
        id="x\x1b[2J",
        people=(PersonRecord(name="[bold]Bobby[/bold]\x1b]0;t\x07\n\u202e"),),
    )
    out = printed([evil], terminal=terminal)
    assert "\x1b" not in out and "\u202e" not in out
    assert not terminal or "[bold]Bobby[/bold]" in out


def test_no_results_are_a_short_line() -> None:
    assert printed([], terminal=False) == "0 hand-ins\n"
