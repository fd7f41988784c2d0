"""The report: safe, offline, deterministic, and it says what there is to say."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.model.errors import WrongUse
from autograder.model.result import Diagnosis, NoteRecord, PersonRecord, Result, Run
from autograder.output import write_report
from autograder.output.hygiene import environment
from tests.grader.output import examples

ALL = examples.results()
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover='alert(3)' {{ 7*7 }} \x1b[31m\u202e"


class Page(HTMLParser):
    """The tags, attributes and visible text of a page; unclosed or crossed tags are collected as faults."""

    VOID = frozenset({"meta", "input", "rect", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.open, self.faults = "", [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def report(results: list[Result], folder: Path) -> dict[str, str]:
    write_report(results, examples.course(), folder)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def evil_result() -> Result:
    base = examples.result("eve", EVIL, lost={"multiply": ("public", "value")}, summary=EVIL)
    items = tuple(item.model_copy(update={"message": EVIL, "title": EVIL, "hint": EVIL}) for item in base.items)
    questions = tuple(
        each.model_copy(update={"diagnosis": Diagnosis(mistake=EVIL, sentence=EVIL), "carried": (EVIL,)})
        for each in base.questions
    )
    submission = base.submission.model_copy(
        update={
            "people": (PersonRecord(name=EVIL, sid=EVIL, email=EVIL),),
            "notes": (NoteRecord(code="x", sentence=EVIL, file=EVIL, level="error"),),
            "files": (base.submission.files[0].model_copy(update={"name": EVIL}),),
        }
    )
    run = Run(started=EVIL, level=EVIL, probe={EVIL: EVIL}, machine=EVIL, origin=EVIL, item_seconds={EVIL: 1.0})
    return base.model_copy(update={"items": items, "questions": questions, "submission": submission, "run": run})


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return report(ALL, tmp_path_factory.mktemp("report"))


def test_there_is_an_index_and_a_page_for_each_hand_in(pages: dict[str, str]) -> None:
    assert set(pages) == {"index.html", *(f"{each.submission.id}.html" for each in ALL)}


def test_the_index_path_comes_back_and_the_folder_is_made(tmp_path: Path) -> None:
    index = write_report(ALL[:1], examples.course(), tmp_path / "out" / "report")
    assert index == tmp_path / "out" / "report" / "index.html" and index.is_file()


def test_every_page_is_well_formed_and_every_link_leads_somewhere(pages: dict[str, str]) -> None:
    for text in pages.values():
        page = Page(text)
        assert page.faults == [] and page.open == []
        own = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
        for link in page.all("a"):
            target = str(link["href"])
            assert target.removeprefix("#") in own if target.startswith("#") else target in pages


def test_nothing_is_fetched_and_only_our_style_and_script_are_allowed(pages: dict[str, str]) -> None:
    for text in pages.values():
        assert "http:" not in text and "https:" not in text and "url(" not in text and "@import" not in text
        page = Page(text)
        policy = next(
            meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
        )
        assert "default-src 'none'" in str(policy) and "unsafe" not in str(policy)
        for tag in ("style", "script"):
            for inside in re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL):
                digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
                assert f"{tag}-src 'sha256-{digest}'" in str(policy)


def test_no_markup_of_a_student_survives(tmp_path: Path, pages: dict[str, str]) -> None:
    known = {tag for text in pages.values() for tag, _ in Page(text).tags}
    for name, text in report([*ALL, evil_result()], tmp_path).items():
        page = Page(text)
        assert {tag for tag, _ in page.tags} <= known, name
        assert len(page.all("script")) == (name == "index.html")
        assert not [attrs for _, attrs in page.tags if any(key.startswith("on") or key == "src" for key in attrs)]
        assert "\x1b" not in text and "\u202e" not in text
    assert "<script>alert(1)</script>" in Page((tmp_path / "eve.html").read_text(encoding="utf-8")).text


def test_no_template_switches_escaping_off() -> None:
    jinja = environment()
    assert jinja.loader is not None
    for name in jinja.list_templates(extensions=["j2"]):
        source = jinja.loader.get_source(jinja, name)[0]
        assert not re.search(r"\|\s*safe|autoescape|\|\s*e\b|Markup", source), name


def test_the_index_tells_of_the_class(pages: dict[str, str]) -> None:
    text = " ".join(Page(pages["index.html"]).text.split())
    for expected in (
        "Gates, graphs and numeric gradients",
        "confinement: sealed",
        "90 to 100 %: 7.",
        "The nursery stopped while circuits.matmul was judged.",
        "gates.py is not Python",
        "Mio Tanaka, Olga Petrova all their files are the same",
        "multiply.not_switched",
        "Gradients add up at a branch",
        "Max gate: 4 of 6 points",
    ):
        assert expected in text


def test_a_fault_has_no_score_on_any_page(pages: dict[str, str]) -> None:
    text = " ".join(Page(pages["hana-kim.html"]).text.split())
    assert "/ 91" not in text and "grader fault" in text
    assert "the grader failed, not your code" in text


def test_a_run_that_was_not_sealed_is_told_at_the_top(tmp_path: Path, pages: dict[str, str]) -> None:
    loose = ALL[0].model_copy(update={"run": Run(level="process")})
    assert "Not sealed." in report([loose, *ALL[1:]], tmp_path)["index.html"]
    assert "Not sealed." not in pages["index.html"]


def test_the_same_results_make_the_same_bytes_in_any_order(tmp_path: Path, pages: dict[str, str]) -> None:
    assert report(ALL[::-1], tmp_path) == pages


def test_outside_the_run_nothing_depends_on_it(tmp_path: Path) -> None:
    plain = [each.model_copy(update={"run": Run(level="sealed")}) for each in ALL]
    later = [
        each.model_copy(update={"run": Run(level="sealed", started="2031", machine="other", seconds=7)}) for each in ALL
    ]
    before, after = report(plain, tmp_path / "a"), report(later, tmp_path / "b")
    for name, text in before.items():
        without = [
            re.sub(r'<footer>.*</footer>|<p class="meta">.*?</p>', "", each, flags=re.DOTALL)
            for each in (text, after[name])
        ]
        assert without[0] == without[1]


def test_stale_pages_go_and_foreign_files_stay(tmp_path: Path) -> None:
    report(ALL, tmp_path)
    (tmp_path / "notes.html").write_text("<p>mine</p>")
    (tmp_path / "data.txt").write_text("mine")
    assert set(report(ALL[:2], tmp_path)) == {
        "index.html",
        "noor-haddad.html",
        "ada-bergstrom.html",
        "notes.html",
        "data.txt",
    }


def test_a_hand_in_cannot_choose_where_its_page_goes(tmp_path: Path) -> None:
    ids = ["../up", "index", "a/b", "Ada", "ada"]
    pages = report([examples.with_submission(ALL[0], id=each) for each in ids], tmp_path / "report")
    assert len(pages) == 6
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_no_results_still_make_a_page(tmp_path: Path) -> None:
    assert "There are no results" in report([], tmp_path)["index.html"]


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([ALL[0], ALL[1].model_copy(update={"assignment": "mlp"})], "one report is for one assignment"),
        ([ALL[0].model_copy(update={"assignment": "mlp"})], "no assignment 'mlp'"),
        ([ALL[0], ALL[0]], "two results are of the hand-in 'noor-haddad'"),
    ],
)
def test_results_that_do_not_belong_together_are_refused(tmp_path: Path, results: list[Result], message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        write_report(results, examples.course(), tmp_path)
