"""``notebook.py`` (py:percent) to ``notebook.ipynb``: no outputs, no solutions, the same bytes every time."""

from __future__ import annotations

import hashlib
from typing import Any

from ..model.errors import WrongUse
from .strip import stripped_notebook

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(text: str, file: str, name: str) -> str:
    """The notebook of assignment ``name`` from the script ``text``; raises WrongUse if it makes none."""
    import jupytext  # here, since most commands never make a notebook and this costs 0.3 s
    import nbformat

    try:
        book = jupytext.reads(stripped_notebook(text, file), fmt="py:percent")
        book.metadata = nbformat.from_dict(_METADATA)  # type: ignore[no-untyped-call]  # nbformat is typed in part
        book.nbformat, book.nbformat_minor = 4, 5
        for index, cell in enumerate(book.cells):
            _normalise(cell, name, index)
        nbformat.validate(book)
        written: str = nbformat.writes(book, version=4)  # type: ignore[no-untyped-call]  # nbformat is typed in part
    except (nbformat.ValidationError, ValueError) as error:
        raise WrongUse(f"{file}: makes no valid notebook: {str(error).splitlines()[0]}") from None
    return written.rstrip("\n") + "\n"


def _normalise(cell: Any, name: str, index: int) -> None:
    """A stable id, no output, and of the metadata only the tags."""
    cell["id"] = hashlib.sha256(f"{name}:{index}:{cell['cell_type']}".encode()).hexdigest()[:12]
    tags = cell["metadata"].get("tags")
    cell["metadata"] = {"tags": tags} if tags else {}
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None
