"""What stands in the grader for names and objects of the student's: attributes, calls, parameters by the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from autograder.sandbox import wire

from .errors import NotAttempted, missing_entry


class Remote(Protocol):
    """What these objects need of a worker: `autograder.suite.proxy.Remote` is one."""

    methods: set[tuple[str, str]]

    def call(self, root: wire.Root, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...

    def get(self, root: wire.Root, path: list[str], by_handle: bool = False) -> Any: ...

    def put(self, root: wire.Root, path: list[str], value: Any, key: Any = None) -> None: ...


class RemoteName:
    """A public name in a student module; calling it calls the student's."""

    def __init__(self, remote: Remote, root: wire.Root, path: tuple[str, ...]) -> None:
        self._remote, self._root, self._path = remote, root, path

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._remote.call(self._root, list(self._path), args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteName(self._remote, self._root, (*self._path, name))

    def __repr__(self) -> str:
        return f"<remote {'.'.join(map(str, (self._root, *self._path)))}>"


class RemoteObject:
    """An object that lives in the worker."""

    def __init__(self, remote: Remote, number: int, type_name: str, can_call: bool) -> None:
        self.__dict__.update(_remote=remote, _number=number, _type_name=type_name, _can_call=can_call)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        method = (self._type_name, name)
        if method not in self._remote.methods:
            if name in ("params", "grads"):
                return RemoteDict(self._remote, self._number, name)
            value = self._remote.get(self._number, [name])
            if not (isinstance(value, RemoteObject) and value._can_call and value._type_name == "method"):
                return value
            self._remote.methods.add(method)
        return RemoteName(self._remote, self._number, (name,))

    def __setattr__(self, name: str, value: Any) -> None:
        self._remote.put(self._number, [name], value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._remote.call(self._number, [], args, kwargs)

    def __iter__(self) -> Any:
        try:
            entries = self._remote.call(self._number, ["__iter__"], (), {})
        except NotAttempted:
            entries = None
        if not isinstance(entries, list):
            raise TypeError(f"'{self._type_name}' object is not iterable")
        return iter(entries)

    def __repr__(self) -> str:
        return f"<remote object {self._number}>"


def by_handle(owner: RemoteObject, *path: str) -> Any:
    """What stands at ``path`` of a student's object, itself and no copy: arrays and dicts stay in the worker."""
    return owner._remote.get(owner._number, list(path), by_handle=True)


class RemoteDict(Mapping[str, Any]):
    """``params`` or ``grads`` of an object: reading fetches, ``d[k][...] = v`` writes in place in the worker."""

    def __init__(self, remote: Remote, number: int, name: str) -> None:
        self._remote, self._number, self._name = remote, number, name

    def fetch(self) -> Any:
        """All entries as plain values, whatever the student put there."""
        return self._remote.get(self._number, [self._name])

    def __getitem__(self, key: str) -> Any:
        entries = self.fetch()
        if not isinstance(entries, dict) or key not in entries:
            raise missing_entry(self._name, key)
        value = entries[key]
        if not isinstance(value, np.ndarray):
            return value
        array = value.view(RemoteArray)
        array.write = lambda new: self._remote.put(self._number, [self._name], np.asarray(new), key)
        return array

    def __iter__(self) -> Any:
        entries = self.fetch()
        return iter(entries if isinstance(entries, dict) else {})

    def __len__(self) -> int:
        return len(list(iter(self)))


class RemoteArray(np.ndarray):
    """A fetched parameter; assigning to all of it (``a[...] = v``) also writes to the worker's array."""

    write: Callable[[Any], None]

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.write(np.asarray(self))
