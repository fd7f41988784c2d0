"""Student modules inside a worker: compiled from memory, importable in every form students write.

``from .gates import X``, ``from gates import X`` and ``from student_src.gates import X`` name one module. An import
at module level of a package that is not here becomes a placeholder that fails when it is used, not before; inside
``try`` it raises ImportError, as code that asks expects.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import sys
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from typing import Any, NoReturn

import numpy as np

STAND_IN = "__stand_in__"
ABSENT = "__absent__"


class Absent:
    """Stands for a package that is not here; whatever is done with it says so."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _fail(self, *_: Any, **__: Any) -> NoReturn:
        name = object.__getattribute__(self, "_name")
        raise ImportError(f"{name} is not available when your work is graded; use NumPy and the standard library")

    __call__ = __iter__ = __mro_entries__ = __enter__ = _fail

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._fail()


class _MendImports(ast.NodeTransformer):
    """Replace unguarded module-level imports of what cannot be found by assignments of `Absent`."""

    def __init__(self, there: Callable[[str, int], bool]) -> None:
        self.there = there

    def visit_Import(self, node: ast.Import) -> Any:
        here = [alias for alias in node.names if self.there(alias.name, 0)]
        gone = [alias for alias in node.names if alias not in here]
        kept: list[ast.stmt] = [ast.copy_location(ast.Import(names=here), node)] if here else []
        return kept + [_absent(alias.asname or alias.name.split(".")[0], alias.name, node) for alias in gone]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module is None or self.there(node.module, node.level) or node.names[0].name == "*":
            return node
        return [
            _absent(alias.asname or alias.name, f"{node.module}.{alias.name}", node) for alias in node.names
        ]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        # Functions, classes and guarded blocks keep their imports: there an ImportError is theirs to see.
        return super().generic_visit(node) if isinstance(node, ast.Module | ast.If) else node


def _absent_names(module: str) -> Callable[[str], Absent]:
    def lookup(name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{module}.{name}")

    return lookup


def _absent(target: str, name: str, node: ast.stmt) -> ast.stmt:
    call = ast.Call(ast.Name(ABSENT, ast.Load()), [ast.Constant(name)], [])
    statement = ast.Assign([ast.Name(target, ast.Store())], call)
    return ast.fix_missing_locations(ast.copy_location(statement, node))


def _with_stand_ins(tree: ast.Module, names: set[str]) -> ast.Module:
    """Put ``name = __stand_in__("name", name)`` right behind each definition, so that later lines see it."""
    body: list[ast.stmt] = []
    for statement in tree.body:
        body.append(statement)
        for name in sorted(_defined(statement) & names):
            call = ast.Call(
                ast.Name(STAND_IN, ast.Load()), [ast.Constant(name), ast.Name(name, ast.Load())], []
            )
            assign = ast.Assign([ast.Name(name, ast.Store())], call)
            body.append(ast.fix_missing_locations(ast.copy_location(assign, statement)))
    tree.body = body
    return tree


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


class StudentFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the student's modules under their three names and executes them once."""

    def __init__(
        self,
        package: str,
        sources: Mapping[str, str],
        withheld: set[str],
        stand_ins: Mapping[str, Mapping[str, Callable[[Any], Any]]],
        code: Mapping[str, bytes],
    ) -> None:
        self.package, self.sources, self.withheld, self.stand_ins = package, sources, withheld, stand_ins
        self.code = code
        self.failed = ""

    def module(self, name: str) -> ModuleType:
        """Import the student module ``name`` (without package)."""
        return importlib.import_module(f"{self.package}.{name}")

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname == self.package:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        name = fullname.removeprefix(self.package + ".")
        if name in self.sources or name in self.withheld:
            return importlib.machinery.ModuleSpec(fullname, self, origin=f"{name}.py")
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Any:
        name = spec.name.removeprefix(self.package + ".")
        if spec.name == self.package:
            return None
        if name in self.withheld:
            module = ModuleType(spec.name)
            module.__dict__["__getattr__"] = _absent_names(name)
            return module
        return None

    def exec_module(self, module: ModuleType) -> None:
        spec_name = module.__spec__.name if module.__spec__ else module.__name__
        name = spec_name.removeprefix(self.package + ".")
        if name not in self.sources or name in self.withheld:
            return
        canonical = f"{self.package}.{name}"
        if spec_name != canonical:
            # The flat form: hand over the one module instead of executing its source a second time.
            sys.modules[spec_name] = importlib.import_module(canonical)
            return
        replace = self.stand_ins.get(name, {})
        module.__dict__[ABSENT] = Absent
        done: set[str] = set()

        def stand_in(key: str, value: Any) -> Any:
            done.add(key)
            return replace[key](value)

        module.__dict__[STAND_IN] = stand_in
        # Absolute, so that os.path.abspath(__file__) needs no working directory, which a sealed worker cannot ask for.
        module.__file__ = f"/{self.package}/{name}.py"
        try:
            exec(self._code(name), module.__dict__)
        except BaseException:
            self.failed = self.failed or name
            raise
        self.failed = ""  # an import that failed inside was caught
        for key, make in replace.items():
            # Defined in a block (`if`, `try`), or not at all.
            if key not in done and (value := make(module.__dict__.get(key))) is not None:
                module.__dict__[key] = value

    def forget(self) -> None:
        """Take every module that came from here out of the interpreter."""
        sys.meta_path.remove(self)
        names = {*self.sources, *self.withheld}
        for name in (self.package, *names, *[f"{self.package}.{name}" for name in names]):
            if getattr(getattr(sys.modules.get(name), "__spec__", None), "loader", None) is self:
                del sys.modules[name]

    def compiled(self, name: str) -> bytes:
        """The code of ``name`` as bytes that another worker of the same kind can load."""
        return marshal.dumps(self._code(name))

    def _code(self, name: str) -> CodeType:
        if name in self.code:
            code: CodeType = marshal.loads(self.code[name])
            return code
        tree = ast.parse(self.sources[name], f"{name}.py")
        tree = _with_stand_ins(_MendImports(self._there).visit(tree), set(self.stand_ins.get(name, {})))
        return compile(tree, f"{name}.py", "exec", dont_inherit=True)

    def _there(self, name: str, level: int) -> bool:
        if level:
            return True
        root = name.split(".")[0]
        if root in self.sources or root == self.package or name in sys.modules:
            return True
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError, OSError):
            return False


def stand_in_maker(
    shell: str, reference: Callable[..., Any], method: str
) -> Callable[[Any], Any]:
    """The function that turns the student's definition into its stand-in, from the shell's source."""
    names: dict[str, Any] = {"np": np}
    exec(compile(shell, "<stand-in>", "exec", dont_inherit=True), names)
    stand_in = names["stand_in"](reference)

    def replace(original: Any) -> Any:
        if not method:
            return stand_in
        if original is not None:
            setattr(original, method, stand_in)
        return original

    return replace


def chain(first: Callable[[Any], Any] | None, second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One after the other: several methods of one class may be replaced."""
    return second if first is None else lambda value: second(first(value))
