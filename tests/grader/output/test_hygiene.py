"""Nothing that a student chose keeps a power it had: over terminals, pages, markdown or spreadsheets."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.output import hygiene

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
EVIL = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x07\x08\x1b\x7f\x80\x9b\r\n\t\u2028\u200b\ufeff\u3164" + BIDI + "<>&\"'`*_[]()#|~$\\=+-@:!.^{}"
        ),
    ),
    max_size=200,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "\x1b[31m",
            "\x1b]0;title\x07",
            "\x9b2J",
            "<script>",
            "</td>",
            "=1+1",
            "{{ 7*7 }}",
            "a",
            "\u202e",
            "\n",
        ]
    ),
    max_size=20,
).map("".join)


def is_harmless(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(EVIL | PIECES)
def test_block_keeps_no_control_or_invisible_character_but_the_line_feed(text: str) -> None:
    shown = hygiene.block(text)
    assert all(char == "\n" or is_harmless(char) for char in shown)
    assert hygiene.block(shown) == shown
    shown.encode("utf-8")


@given(EVIL | PIECES)
def test_line_is_one_line(text: str) -> None:
    shown = hygiene.line(text)
    assert all(is_harmless(char) for char in shown)
    assert "  " not in shown


@given(EVIL, st.integers(1, 50))
def test_length_is_capped_and_says_so(text: str, limit: int) -> None:
    full, short = hygiene.line(text), hygiene.line(text, limit)
    assert len(short) <= limit
    assert len(full) <= limit or short.endswith("…")


@given(EVIL | PIECES)
def test_a_cell_starts_no_formula_and_loses_nothing_else(text: str) -> None:
    cell = hygiene.cell(text)
    assert isinstance(cell, str)
    assert cell[:1] not in hygiene.FORMULA or cell == ""
    assert cell in (hygiene.line(text), "'" + hygiene.line(text))


@given(st.integers() | st.floats(allow_nan=False))
def test_numbers_stay_numbers(value: float) -> None:
    assert hygiene.cell(value) == value


@given(EVIL | PIECES)
def test_markdown_leaves_no_active_character(text: str) -> None:
    escaped = hygiene.markdown(text)
    bare = re.sub(r"\\[\\`*_{}\[\]#+\-.!|~$:@=^]", "", escaped)
    assert not set(bare) & set('\\`*_{}[]+-.!|~$:@=^<>"\n')
    assert re.sub(r"&(amp|lt|gt|quot);", "", bare).find("&") < 0


@given(EVIL | PIECES)
def test_html_has_no_tag_and_no_control_character(text: str) -> None:
    page = hygiene.environment().from_string('<p title="{{ text }}">{{ text }}</p>').render(text=text)
    inside = page.removeprefix('<p title="').removesuffix("</p>").replace('">', "", 1)
    assert not set(inside) & set("<>\"'")
    assert all(char == "\n" or is_harmless(char) for char in page)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x9b2Jgone", "gone"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\r\nb\tc", "a b c"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("Chén Wěi, Ωμέγα, 東京", "Chén Wěi, Ωμέγα, 東京"),
        ("lone \ud800", "lone �"),
    ],
)
def test_line_by_example(text: str, shown: str) -> None:
    assert hygiene.line(text) == shown


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("O'Neil", "O'Neil"),
        ("", ""),
        (None, ""),
    ],
)
def test_cell_by_example(text: str | None, cell: str) -> None:
    assert hygiene.cell(text) == cell


@given(st.lists(EVIL | st.sampled_from(["Ada", "ada", "index", "../x", "CON", ""]), max_size=8))
def test_file_stems_are_safe_and_different(ids: list[str]) -> None:
    stems = hygiene.file_stems(ids)
    assert set(stems) == set(ids)
    assert len({stem.casefold() for stem in stems.values()}) == len(stems)
    for stem in stems.values():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", stem)
        assert stem.casefold() not in {"index", "con"}
