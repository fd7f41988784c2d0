"""What stands in for a prerequisite that failed: a shell in the worker that calls back to the grader's reference.

No reference code enters the worker. A function's shell passes its arguments on; a class's shell keeps ``params`` and
``grads`` and passes every method call on; a method of a given class needs a shell of its own (a table beside the
hidden suite), since its object lives in the worker.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

Answerer = Callable[..., Any]

FUNCTION_SHELL = '''
def stand_in(reference):
    def {name}(*args, **kwargs):
        return reference(*args, **kwargs)
    return {name}
'''

CLASS_SHELL = '''
def stand_in(reference):
    class {name}:
        def __init__(self, *args, **kwargs):
            self.params, self.grads = {{}}, {{}}
            self._number = self._keep(reference("__init__", 0, {{}}, args, kwargs))

        def _keep(self, answer):
            result, params, grads = answer
            for key, value in params.items():
                if key in self.params:
                    self.params[key][...] = value
                else:
                    self.params[key] = value
            self.grads = grads
            return result

        def _ask(self, method, args, kwargs):
            return self._keep(reference(method, self._number, self.params, args, kwargs))
{methods}
    return {name}
'''

METHOD = '''
        def {name}(self, *args, **kwargs):
            return self._ask("{name}", args, kwargs)
'''


@dataclass(frozen=True)
class StandIn:
    """``shell`` defines ``stand_in(reference)``; ``answerer`` makes the function that answers it, one per worker."""

    shell: str
    answerer: Callable[[], Answerer]


def for_name(module: ModuleType, name: str) -> StandIn:
    """The stand-in of a reference function or class; raises LookupError for a method (write one by hand)."""
    if "." in name:
        raise LookupError(f"{name} is a method: it needs a stand-in of its own")
    target = getattr(module, name)
    if not inspect.isclass(target):
        return StandIn(FUNCTION_SHELL.format(name=name), lambda: target)
    public = [key for key, value in inspect.getmembers(target, inspect.isfunction) if not key.startswith("_")]
    methods = "".join(METHOD.format(name=key) for key in public)
    return StandIn(CLASS_SHELL.format(name=name, methods=methods), lambda: _Instances(target, frozenset(public)))


class _Instances:
    """The reference objects behind the shells of one class in one worker."""

    def __init__(self, cls: type, public: frozenset[str]) -> None:
        self.cls, self.public = cls, public
        self.made: list[Any] = []

    def __call__(self, method: str, number: int, params: dict[str, Any], args: Any, kwargs: Any) -> Any:
        if method == "__init__":
            self.made.append(self.cls(*args, **kwargs))
            return self._answer(len(self.made) - 1, self.made[-1])
        if method not in self.public:
            raise LookupError("no such method")
        instance = self.made[number]
        own = getattr(instance, "params", {})
        for key, value in params.items():
            own[key][...] = value
        return self._answer(getattr(instance, method)(*args, **kwargs), instance)

    def _answer(self, result: Any, instance: Any) -> tuple[Any, Any, Any]:
        return result, dict(getattr(instance, "params", {})), dict(getattr(instance, "grads", {}))
