"""What an item is: one pytest test that belongs to a question and a property of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from autograder.model.errors import GraderFault


def item(question: str, prop: str, title: str = "", *, partners: bool = False) -> pytest.MarkDecorator:
    """Mark a hidden test as an item of ``question`` (``circuits.multiply``) and property ``prop``.

    ``title`` is what students read about it; without one the first line of the test's docstring stands.
    ``partners`` puts the given modules into the worker; otherwise they are withheld, so that nobody answers with them.
    """
    return pytest.mark.item(question, prop, title, partners)


@dataclass(frozen=True)
class Item:
    """An item as collected; ``id`` is stable: question, property and the test's own name."""

    id: str
    title: str
    question: str
    prop: str
    visibility: Literal["public", "hidden"]
    partners: bool
    drawn: bool = False
    """Its inputs differ from draw to draw; one that is not drawn ends the same way in each."""

    @property
    def key(self) -> str:
        return self.question.partition(".")[2]


def describe(test: pytest.Item) -> Item:
    """The item that a collected test is; raises GraderFault for a test without a question."""
    name = re.sub(r"^test_", "", test.name)
    drawn = "draw" in getattr(test, "fixturenames", ())
    docstring = (getattr(getattr(test, "function", None), "__doc__", None) or "").strip().splitlines()
    if (mark := test.get_closest_marker("item")) is not None:
        question, prop, title, partners = mark.args
        return Item(
            f"{question}/{prop}/{name}",
            title or (docstring[0].rstrip(".") if docstring else name),
            question,
            prop,
            "hidden",
            partners,
            drawn,
        )
    if (mark := test.get_closest_marker("question")) is not None:
        title = docstring[0].rstrip(".") if docstring else name.replace("_", " ")
        return Item(f"{mark.args[0]}/public/{name}", title, mark.args[0], "public", "public", True, drawn)
    raise GraderFault(f"the test {test.nodeid} belongs to no question")


def unique(items: list[Any]) -> None:
    """Raise GraderFault when two tests would be the same item."""
    seen: set[str] = set()
    for each in items:
        if each.id in seen:
            raise GraderFault(f"two tests are the item {each.id}")
        seen.add(each.id)
