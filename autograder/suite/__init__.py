"""What the hidden suites are written in: a proxy of the student's modules, draws, ordered checks, the pytest plugin."""

from .items import item
from .judge import Wrong
from .standins import planted

__all__ = ["Wrong", "item", "planted"]
