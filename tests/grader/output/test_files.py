"""Atomic writing: the whole file or the old one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.model.files import atomic_write


@pytest.mark.parametrize(("data", "content"), [("a\nβ\n", b"a\n\xce\xb2\n"), (b"\x00\xff", b"\x00\xff"), ("", b"")])
def test_writes_exactly_the_data_with_mode_0644(tmp_path: Path, data: str | bytes, content: bytes) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    atomic_write(path, data)
    assert path.read_bytes() == content
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(OSError, match="no space"):
        atomic_write(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file.txt"]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("theirs")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    atomic_write(tmp_path / "link", "ours")
    assert (tmp_path / "target").read_text() == "theirs"
    assert (tmp_path / "link").read_text() == "ours"
