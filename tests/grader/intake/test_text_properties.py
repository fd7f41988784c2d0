"""The text reader and the syntax check over any bytes."""

from __future__ import annotations

import ast

from hypothesis import example, given
from hypothesis import strategies as st

from autograder.intake.preflight import absent_imports, parse
from autograder.intake.text import decode
from autograder.intake.tree import Refused, shown

lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60)
sources = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "def f():",
            "    return 1",
            "(",
            ")",
            "'''",
            '"""',
            "\\",
            "import os",
            "# :(",
            "\x0c",
            "λ = 2",
        ]
    ),
    max_size=12,
).map("\n".join)


@given(st.binary(max_size=300))
@example(b"\xff\xfe\0\0")
@example(b"# coding: \xff")
@example(b"#coding:utf-8-\xe9\n")
def test_any_bytes_are_text_or_refused_with_one_printable_sentence(data: bytes) -> None:
    try:
        text, notes = decode(data, "gates.py")
    except Refused as refused:
        assert refused.sentence.isprintable() and "Nothing in this file could be graded." in refused.sentence
    else:
        assert "\r" not in text and "\0" not in text
        assert all(note.blocks is None for note in notes)
        again, mended = decode(text.encode(), "gates.py")
        assert again == text.removeprefix("\ufeff")
        assert not {note.code for note in mended} & {"newlines"}


@given(lines, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_line_ends_and_marks_change_nothing(line: str, end: str, mark: bool) -> None:
    plain, other = f"pass\n{line}\n", ("\ufeff" if mark else "") + f"pass\n{line}\n".replace("\n", end)
    try:
        expected = decode(plain.encode(), "gates.py")[0]
    except Refused as refused:
        assert refused.code == "bidi"
    else:
        assert decode(other.encode(), "gates.py")[0] == expected == plain


@given(st.text(max_size=200) | sources)
def test_what_python_parses_is_taken_and_nothing_else(text: str) -> None:
    try:
        ast.parse(text)
        parses = True
    except (SyntaxError, ValueError):
        parses = False
    try:
        tree = parse(text, "gates.py")
    except Refused as refused:
        assert not parses and refused.code == "syntax" and refused.sentence.isprintable()
    else:
        assert parses and all(note.code == "import" for note in absent_imports(tree, "gates.py", (), ()))


@given(st.text(st.characters(), max_size=200))
def test_names_are_shown_printable_and_short(name: str) -> None:
    assert shown(name).isprintable() and len(shown(name)) <= 80
    if name.isprintable() and len(name) <= 80:
        assert shown(name) == name
