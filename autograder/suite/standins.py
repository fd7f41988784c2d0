"""What stands in for a prerequisite that failed: a shell in the worker that calls back to the grader's reference.

No reference code enters the worker. A function's shell passes its arguments on; a class's shell keeps ``params``,
``grads`` and settings such as ``lr`` and passes every method call on; a method of a given class needs a shell of its
own (a table beside the hidden suite), since its object lives in the worker. What the reference does in place to an
array or a generator that it was given is done in the worker too.
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
            self._number = self._keep(reference("__init__", 0, {{}}, {{}}, args, kwargs))

        def _keep(self, answer):
            itself, result, params, grads, settings = answer
            for key, value in params.items():
                if key in self.params:
                    self.params[key][...] = value
                else:
                    self.params[key] = value
            self.grads = grads
            self.__dict__.update(settings)
            return self if itself else result

        def _ask(self, method, args, kwargs):
            settings = {{key: value for key, value in vars(self).items() if not key.startswith("_")}}
            settings.pop("params"), settings.pop("grads")
            return self._keep(reference(method, self._number, self.params, settings, args, kwargs))
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
    return _for_class(target, name)


@dataclass(frozen=True, eq=False)
class Planted:
    """A class of ours as an argument of student code: what they get is a shell, which calls ``answer``."""

    shell: str
    answer: Answerer


def planted(target: type, name: str = "") -> Planted:
    """``target``, to be given to a student's function under its own name or ``name``; one per worker."""
    made = _for_class(target, name or target.__name__)
    return Planted(made.shell, made.answerer())


def _for_class(target: type, name: str) -> StandIn:
    public = [key for key, value in inspect.getmembers(target, inspect.isfunction) if not key.startswith("_")]
    methods = "".join(METHOD.format(name=key) for key in public)
    return StandIn(CLASS_SHELL.format(name=name, methods=methods), lambda: _Instances(target, frozenset(public)))


class _Instances:
    """The reference objects behind the shells of one class in one worker."""

    def __init__(self, cls: type, public: frozenset[str]) -> None:
        self.cls, self.public = cls, public
        self.made: list[Any] = []

    def __call__(
        self, method: str, number: int, params: dict[str, Any], settings: dict[str, Any], args: Any, kwargs: Any
    ) -> Any:
        if method == "__init__":
            self.made.append(self.cls(*args, **kwargs))
            return self._answer(len(self.made) - 1, self.made[-1])
        if method not in self.public:
            raise LookupError("no such method")
        instance = self.made[number]
        own = getattr(instance, "params", {})
        for key, value in params.items():
            own[key][...] = value
        for key in _settings(instance).keys() & settings.keys():
            setattr(instance, key, settings[key])
        return self._answer(getattr(instance, method)(*args, **kwargs), instance)

    def _answer(self, result: Any, instance: Any) -> tuple[bool, Any, Any, Any, Any]:
        itself = result is instance
        params, grads = dict(getattr(instance, "params", {})), dict(getattr(instance, "grads", {}))
        return itself, None if itself else result, params, grads, _settings(instance)


def _settings(instance: Any) -> dict[str, Any]:
    """Public attributes that code around the instance may read or set: numbers, flags, and copies such as the best
    parameters; arrays that the reference keeps for itself stay with it."""
    return {
        key: value
        for key, value in vars(instance).items()
        if not key.startswith("_")
        and key not in ("params", "grads")
        and (isinstance(value, bool | int | float | dict) or value is None)
    }
