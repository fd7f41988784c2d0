"""Sixteen made-up results that show every status and outcome, and a course they belong to."""

from __future__ import annotations

import hashlib

from autograder.model.config import Assignment, Course
from autograder.model.result import (
    Diagnosis,
    FileRecord,
    ItemResult,
    NoteRecord,
    Outcome,
    PersonRecord,
    PropertyResult,
    QuestionResult,
    Result,
    Run,
    SubmissionRecord,
)

QUESTIONS: dict[str, tuple[str, dict[str, float], tuple[str, ...]]] = {
    "unbroadcast": ("Undo broadcasting", {"public": 1, "value": 2, "purity": 0.5, "cost": 0.5}, ()),
    "add": ("Add gate", {"public": 1, "value": 3, "shape": 1, "purity": 1}, ("unbroadcast",)),
    "multiply": (
        "Multiply gate",
        {"public": 1, "value": 3, "shape": 1, "purity": 0.5, "dtype": 0.5},
        ("unbroadcast",),
    ),
    "maximum": ("Max gate", {"public": 1, "value": 3, "ties": 2}, ("unbroadcast",)),
    "exp": ("Exponential gate", {"public": 1, "value": 3}, ()),
    "log": ("Logarithm gate", {"public": 1, "value": 3}, ()),
    "reciprocal": ("One over x", {"public": 1, "value": 3}, ()),
    "sigmoid": ("Sigmoid, from simpler gates", {"public": 1, "value": 3, "stability": 2}, ()),
    "matmul": ("Matrix product", {"public": 2, "value": 4, "gradient": 2}, ()),
    "topological_order": ("Order the graph", {"public": 2, "value": 6, "depth": 2}, ()),
    "graph_forward": ("Run the graph", {"public": 1, "value": 4, "calls": 1}, ("topological_order",)),
    "graph_backward": (
        "Backward through the graph",
        {"public": 2, "value": 8, "order": 4, "calls": 2},
        ("graph_forward",),
    ),
    "numerical_gradient": ("Central differences", {"public": 1, "value": 4, "cost": 1}, ()),
    "relative_error": ("Compare two gradients", {"public": 1, "value": 3, "errors": 1}, ()),
}
TITLES = {
    "public": "the public tests",
    "value": "right values",
    "shape": "shapes and broadcasting",
    "ties": "kinks and ties",
    "purity": "arguments left alone, nothing shared",
    "dtype": "types and dtypes",
    "stability": "no overflow, no cancellation",
    "gradient": "backward is the derivative of forward",
    "order": "every graph, every order",
    "calls": "each thing done once",
    "depth": "deep graphs",
    "cost": "no wasted work",
    "errors": "bad input is refused",
}
TOTAL = sum(sum(points.values()) for _, points, _ in QUESTIONS.values())

MESSAGES = {
    "value": (
        "dx differs from the gradient by 4.1e+01 (relative)",
        "compare one entry by hand: upstream times the local derivative",
    ),
    "shape": ("dy has shape (4, 3), expected (3,)", "sum over the axes that were broadcast"),
    "ties": (
        "where x equals y both inputs receive the gradient; expected all of it at y",
        "decide ties with <=",
    ),
    "purity": ("forward changed its argument x", "copy before you write: x = x.copy()"),
    "stability": ("forward of −800 gives nan, expected a number near 0", "use exp of −|x| in both branches"),
    "depth": (
        "RecursionError in a chain of 5000 nodes",
        "walk the graph with a list of your own instead of calls",
    ),
    "order": (
        "a node was visited before all of its consumers",
        "go through the topological order from its end",
    ),
    "cost": (
        "used 310 times the work of the reference, at most 20 is allowed",
        "one pass over the array is enough",
    ),
    "public": (
        "gates.Multiply().backward(2.0) gives (2.0, 3.0), expected (6.0, 4.0)",
        "dx is upstream times y",
    ),
}
MISTAKES = {
    "multiply": (
        "multiply.not_switched",
        "dx is built from x and dy from y. Each factor's gradient is the upstream gradient times the other factor.",
    ),
    "maximum": (
        "maximum.tie_to_both",
        "At ties both inputs get the whole gradient, so it counts twice. Send it to one of them.",
    ),
    "graph_backward": (
        "graph.overwrites_at_branch",
        "A node that is used twice keeps only the last contribution. "
        "Gradients add up at a branch: use += instead of =.",
    ),
    "sigmoid": (
        "sigmoid.slope_of_input",
        "Your backward is x (1 − x) times the upstream gradient: use the output of the forward pass, not its input.",
    ),
    "topological_order": (
        "graph.recursion",
        "Deep graphs exceed the recursion limit. Keep the nodes still to visit in a list.",
    ),
}
DIAGNOSES = {key: Diagnosis(mistake=name, sentence=sentence) for key, (name, sentence) in MISTAKES.items()}


def course(hidden: str = "after_due_date") -> Course:
    """A course with the one assignment ``circuits``."""
    questions = {
        key: {"title": title, "module": "gates", "name": key, "after": list(after), "points": points}
        for key, (title, points, after) in QUESTIONS.items()
    }
    assignment = {
        "title": "Gates, graphs and numeric gradients",
        "folder": "1_circuits",
        "modules": ["gates", "graph"],
        "points": TOTAL,
        "visibility": {"public": "visible", "hidden": hidden},
        "questions": questions,
    }
    return Course.model_validate(
        {
            "schema_version": 1,
            "title": "Backpropagation",
            "secret": {"variable": "S"},
            "assignments": {"circuits": assignment},
        }
    )


def assignment(hidden: str = "after_due_date") -> Assignment:
    return course(hidden).assignment("circuits")


def question(
    key: str, lost: tuple[str, ...] = (), outcome: Outcome | None = None, **changes: object
) -> tuple[QuestionResult, list[ItemResult]]:
    """A question that lost the properties ``lost`` (``value`` takes all others with it), or one of ``outcome``."""
    title, points, _ = QUESTIONS[key]
    qid = f"circuits.{key}"
    parts, items = [], []
    for name, worth in points.items():
        wrong = outcome or (Outcome.FAILED if name in lost else Outcome.PASSED)
        gated = "value" in lost and name not in lost
        earned = wrong is Outcome.PASSED and not gated
        reason = "the values are not right yet" if gated and not outcome else ""
        parts.append(
            PropertyResult(
                name=name,
                title=TITLES[name],
                points=worth if earned else 0,
                max_points=worth,
                outcome=wrong,
                reason=reason,
            )
        )
        message, hint = MESSAGES.get(name, MESSAGES["value"]) if wrong is Outcome.FAILED else ("", "")
        kind = "public" if name == "public" else "hidden"
        items += [
            ItemResult(
                id=f"{qid}.{name}_{n}",
                title=f"{title}, {TITLES[name]}, case {n}",
                question=qid,
                property=name,
                visibility=kind,
                outcome=wrong,
                message=f"{qid}: {message}" if message else "",
                hint=hint,
            )
            for n in (1, 2)
        ]
    total, top = sum(part.points for part in parts), sum(points.values())
    overall = outcome or (Outcome.PASSED if total == top else Outcome.FAILED)
    made = QuestionResult(
        id=qid,
        title=title,
        points=total,
        max_points=top,
        outcome=overall,
        properties=tuple(parts),
        diagnosis=DIAGNOSES.get(key) if lost else None,
    )
    return made.model_copy(update=changes), items


def result(
    sid: str,
    *names: str,
    lost: dict[str, tuple[str, ...]] | None = None,
    empty: tuple[str, ...] = (),
    **changes: object,
) -> Result:
    """A graded hand-in that lost what ``lost`` says and left ``empty`` untouched."""
    outcomes = dict.fromkeys(empty, Outcome.NOT_ATTEMPTED)
    made = [question(key, (lost or {}).get(key, ()), outcomes.get(key)) for key in QUESTIONS]
    questions = tuple(each for each, _ in made)
    digest = sha256(repr((changes.pop("same", sid), lost)))
    passed = sum(each.outcome is Outcome.PASSED for each in questions)
    base = Result(
        assignment="circuits",
        submission=SubmissionRecord(
            id=sid,
            people=tuple(
                PersonRecord(name=name, sid=f"{10_000 + len(sid) * 37 + at}") for at, name in enumerate(names)
            ),
            files=tuple(
                FileRecord(name=f"{name}.py", sha256=sha256(digest + name)) for name in ("gates", "graph", "numeric")
            ),
            digest=digest,
            variant=int(digest[:2], 16) % 8,
        ),
        status="graded",
        score=sum(each.points for each in questions),
        max_score=TOTAL,
        summary=f"{passed} of {len(questions)} questions have all their points.",
        questions=questions,
        items=tuple(item for _, items in made for item in items),
        run=Run(
            started=f"2026-02-09 14:{len(sid):02d}",
            seconds=3.25 + len(sid) / 10,
            level="sealed",
            probe={"landlock": "5", "seccomp": "on"},
            machine="x86_64, 8 cores",
            python="3.11.9",
            numpy="2.2.1",
            origin=f"hand-ins/{sid}.zip",
            fingerprint=digest[::-1],
            item_seconds={item.id: 0.01 * (1 + at % 7) for at, (_, items) in enumerate(made) for item in items},
        ),
    )
    return base.model_copy(update=changes)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def everywhere(outcome: Outcome) -> dict[str, object]:
    """The questions and items of a hand-in where everything has ``outcome``."""
    made = [question(key, (), outcome) for key in QUESTIONS]
    return {
        "questions": tuple(each for each, _ in made),
        "items": tuple(item for _, items in made for item in items),
    }


def fault() -> Result:
    """The instrument failed on one question; the rest was judged."""
    broken, items = question("matmul", (), Outcome.FAULT)
    base = result("hana-kim", "Hana Kim")
    questions = tuple(broken if each.id == broken.id else each for each in base.questions)
    items = [item.model_copy(update={"message": "the nursery did not answer within 10 s"}) for item in items]
    kept = [item for item in base.items if item.question != broken.id]
    return base.model_copy(
        update={
            "questions": questions,
            "items": (*kept, *items),
            "score": None,
            "status": "grader fault",
            "summary": "The nursery stopped while circuits.matmul was judged.",
        }
    )


def note(code: str, sentence: str, file: str | None = None, level: str = "warning") -> dict[str, object]:
    return {"notes": (NoteRecord(code=code, sentence=sentence, file=file, level=level),)}


def with_submission(made: Result, **changes: object) -> Result:
    return made.model_copy(update={"submission": made.submission.model_copy(update=changes)})


def results() -> list[Result]:
    """Sixteen hand-ins, not in order."""
    tail = ("topological_order", "graph_forward", "graph_backward")
    return [
        result("noor-haddad", "Noor Haddad"),
        result("ada-bergstrom", "Ada Bergström"),
        result("bela-toth", "Béla Tóth", lost={"multiply": ("value", "public"), "sigmoid": ("stability",)}),
        result("chen-wei", "Chén Wěi", lost={"maximum": ("ties",)}),
        result(
            "dara-okafor",
            "Dara Okafor",
            lost={"multiply": ("value", "shape"), "maximum": ("ties",), "graph_backward": ("value",)},
            empty=("relative_error",),
        ),
        result(
            "emil-lund",
            "Emil Lund",
            "Freja Holm",
            lost={"sigmoid": ("value", "public"), "topological_order": ("depth",)},
        ),
        result(
            "farid-rahimi",
            "Farid Rahimi",
            lost={"unbroadcast": ("purity",), "graph_backward": ("order",), "maximum": ("ties",)},
        ),
        with_submission(
            result(
                "gwen-price",
                "Gwen Price",
                lost={"add": ("purity",), "multiply": ("dtype",), "numerical_gradient": ("cost",)},
            ),
            **note("renamed", "graph(1).py was taken as graph.py", "graph.py"),
        ),
        fault(),
        result("ines-costa", "Inês Costa", empty=tail, lost={"exp": ("value",), "log": ("value", "public")}),
        result(
            "jonas-weiss",
            "Jonas Weiß",
            empty=(*tail, "matmul", "numerical_gradient", "relative_error", "sigmoid"),
            lost={"multiply": ("value",), "maximum": ("value",)},
        ),
        with_submission(
            result(
                "kofi-mensah",
                "Kofi Mensah",
                status="unreadable",
                score=0.0,
                summary="gates.py is not Python: line 41 is missing a closing bracket.",
                **everywhere(Outcome.NOT_CHECKED),
            ),
            **note("syntax", "gates.py, line 41: '(' was never closed", "gates.py", "error"),
        ),
        result(
            "lena-vogel",
            "Lena Vogel",
            status="not attempted",
            score=0.0,
            summary="The stubs came back unchanged.",
            **everywhere(Outcome.NOT_ATTEMPTED),
        ),
        result(
            "mio-tanaka", "Mio Tanaka", lost={"graph_backward": ("value",), "sigmoid": ("stability",)}, same="twins"
        ),
        result(
            "olga-petrova", "Olga Petrova", lost={"graph_backward": ("value",), "sigmoid": ("stability",)}, same="twins"
        ),
        over_budget(),
    ]


def over_budget() -> Result:
    """The last questions were not reached in time."""
    late = {
        key: question(key, (), Outcome.NOT_CHECKED)
        for key in ("graph_backward", "numerical_gradient", "relative_error")
    }
    base = result("paul-meyer", "Paul Meyer", lost={"topological_order": ("value", "depth")})
    questions = tuple(late[key][0] if (key := each.id.split(".")[1]) in late else each for each in base.questions)
    return base.model_copy(
        update={
            "questions": questions,
            "score": sum(each.points for each in questions),
            "status": "over budget",
            "summary": "The 240 s for one hand-in were used up; 3 questions were not checked.",
        }
    )
