"""A grading killed halfway goes on where it was, and ends as an undisturbed one."""

import os
import select
import signal
import subprocess

import pytest

from tests.grader.cli.conftest import ROOT, backprop, command, grades

pytestmark = pytest.mark.slow
POLL_SECONDS = 0.02
MOST_POLLS = 30_000


def hand_ins(folder):
    """Four quick hand-ins: one module each, the last one with a mistake."""
    numeric = (ROOT / "solutions" / "numeric.py").read_text(encoding="utf-8")
    texts = {"anna": numeric, "bela": numeric + "\n# later\n", "cleo": "x = 1\n",
             "dora": numeric.replace("2 * h", "h").replace("2.0 * h", "h")}  # fmt: skip
    for name, text in texts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "numeric.py").write_text(text, encoding="utf-8")
    return sorted(texts)


def wait_for(condition, process):
    """Poll until ``condition()``; fails when the process has ended or after a long while."""
    for _ in range(MOST_POLLS):
        if condition():
            return
        assert process.poll() is None, "the grading ended before it could be killed"
        select.select([], [], [], POLL_SECONDS)
    raise AssertionError("no result came")


def test_a_killed_grading_goes_on_and_ends_as_an_undisturbed_one(tmp_path, course_secret):
    names = hand_ins(tmp_path / "hand-ins")
    arguments = ("grade", tmp_path / "hand-ins", "-a", "circuits", "-o")
    out, calm = tmp_path / "out", tmp_path / "calm"
    line, options = command(*arguments, out, secret=course_secret)
    process = subprocess.Popen(
        line, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        wait_for(lambda: any((out / "results").glob("*.json")), process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = sorted(path.stem for path in (out / "results").glob("*.json"))
    assert 0 < len(done) < len(names)
    assert not (out / "grades.csv").exists()

    again = backprop(*arguments, out, secret=course_secret)
    assert again.returncode == 0, again.stderr
    undisturbed = backprop(*arguments, calm, secret=course_secret)
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert (out / "grades.csv").read_bytes() == (calm / "grades.csv").read_bytes()
    assert sorted(grades(out)) == names
    # The last one may have been written but not noted when it was killed: then it is graded again.
    kept = [line for line in again.stdout.splitlines() if " kept from before" in line]
    assert kept and int(kept[0].split(" graded now, ")[1].split()[0]) in (len(done) - 1, len(done))
