"""The flow of one place, read from the source: what the place raises, what it calls and what it catches.

The annotations give the types of called objects, as far as they go; a method of an object without a type is
followed only if a single class has a method of this name. So the result is neither complete nor exact, but good
enough to find an error that no endpoint declares, or a declared error that no code raises.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.bus import errors
from tests.architecture.errors.project_source import Place, Source

KINDS = {name: found for name, found in vars(errors).items() if isinstance(found, type)}
Error = tuple[str, str]
"""The name of the class, the code."""
OF_PYTHON = {name for kind in (str, bytes, list, dict, set, int, Path) for name in dir(kind)} | {
    "parse",
    "verify",
    "body",
    "place",
}
"""Methods, and columns of a table, that something without a type has from elsewhere."""
BUILDERS = ("__init__", "__post_init__", "__enter__", "__exit__", "__call__")


@dataclass
class Flow:
    """What can happen in a block of code, in any order."""

    raised: set[Error] = field(default_factory=set)
    parameters: set[tuple[str, str, str]] = field(default_factory=set)
    """The class of the error, the parameter that gives its code or the beginning of its code, and the rest."""
    calls: list[tuple[Place, dict[str, str]]] = field(default_factory=list)
    """The called function, and the texts that the call passes by position or name."""
    guarded: list[tuple[Flow, tuple[Catch, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class Catch:
    """A handler: the classes of errors that stop there, and the class in which their codes go on, if they do."""

    kinds: frozenset[str]
    becomes: str | None


Scope = dict[str, Place]
"""The class of each local name whose class is known."""


class Reader:
    """Reads the flow of one place."""

    def __init__(self, source: Source, place: Place) -> None:
        self.source = source
        self.module, self.name = place
        owner = self.name.partition(".")[0]
        self.owner = (self.module, owner) if "." in self.name else None

    def read(self) -> Flow:
        node, flow, scope = self.source.nodes[self.module, self.name], Flow(), Scope()
        if self.owner is not None:
            scope["self"] = scope["cls"] = self.owner
        if isinstance(node, ast.ClassDef):
            self._construct(node, flow)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, flow, scope)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            self._walk(node.value, flow, scope)
        return flow

    def _construct(self, node: ast.ClassDef, flow: Flow) -> None:
        place = (self.module, node.name)
        for name in BUILDERS:
            flow.calls += [(one, {}) for one in self.source.find_methods(place, name)]
        flow.calls += [(base, {}) for base in self.source.bases[place]]
        is_model = self.source.is_model(place)
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and any(
                "validator" in ast.dump(one) for one in part.decorator_list
            ):
                flow.calls.append(((self.module, f"{node.name}.{part.name}"), {}))
            if is_model and isinstance(part, ast.AnnAssign):
                self._annotation(part.annotation, flow)

    def _annotation(self, annotation: ast.AST | None, flow: Flow) -> None:
        """Dependencies, validators and models that an annotation names."""
        for node in ast.walk(annotation) if annotation else ():
            if isinstance(node, ast.Name | ast.Attribute):
                place = self.source.resolve(self.module, node)
                if place and (
                    not isinstance(self.source.nodes[place], ast.ClassDef) or self.source.is_model(place)
                ):
                    flow.calls.append((place, {}))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, flow: Flow, scope: Scope) -> None:
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if found := self._class_of_annotation(argument.annotation):
                scope[argument.arg] = found
        for statement in node.body:
            self._walk(statement, flow, scope)

    def _walk(self, node: ast.AST, flow: Flow, scope: Scope) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, flow, scope)
        elif isinstance(node, ast.Try):
            self._try(node, flow, scope)
        elif isinstance(node, ast.Call):
            self._call(node, flow, scope)
        elif isinstance(node, ast.AnnAssign):
            if isinstance(node.target, ast.Name) and (found := self._class_of_annotation(node.annotation)):
                scope[node.target.id] = found
            if node.value:
                self._walk(node.value, flow, scope)
        else:
            self._remember(node, scope)
            if isinstance(node, ast.Name | ast.Attribute):
                self._reference(node, flow, scope)
            for child in ast.iter_child_nodes(node):
                self._walk(child, flow, scope)

    def _remember(self, node: ast.AST, scope: Scope) -> None:
        """The classes of names that a statement gives a value."""
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs += zip(target.elts, node.value.elts, strict=False)
                else:
                    pairs.append((target, node.value))
        elif isinstance(node, ast.For | ast.comprehension):
            pairs.append((node.target, node.iter))
        elif isinstance(node, ast.NamedExpr):
            pairs.append((node.target, node.value))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            pairs.append((node.optional_vars, node.context_expr))
        for target, value in pairs:
            if isinstance(target, ast.Name) and (found := self._class_of(value, scope)):
                scope[target.id] = found

    def _try(self, node: ast.Try, flow: Flow, scope: Scope) -> None:
        inner = Flow()
        catches: list[Catch] = []
        for statement in node.body:
            self._walk(statement, inner, scope)
        for handler in node.handlers:
            catches += self._catch(handler, flow, scope)
        flow.guarded.append((inner, tuple(catches)))
        for statement in [*node.orelse, *node.finalbody]:
            self._walk(statement, flow, scope)

    def _catch(self, handler: ast.ExceptHandler, flow: Flow, scope: Scope) -> Iterator[Catch]:
        named = [one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)] if handler.type else []
        caught = {
            kind
            for kind, cls in KINDS.items()
            for name in named
            if name in ("Exception", "BaseException") or (name in KINDS and issubclass(cls, KINDS[name]))
        }
        becomes = None
        for node in (one for statement in handler.body for one in ast.walk(statement)):
            if isinstance(node, ast.Raise) and node.exc is None:
                caught = set()
            if (kind := self._error_class(node)) and isinstance(node, ast.Call) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Attribute) and ast.unparse(first) == f"{handler.name}.code":
                    becomes = kind
        for statement in handler.body:
            self._walk(statement, flow, scope)
        yield Catch(frozenset(caught), becomes)

    def _error_class(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            return node.func.id
        return None

    def _call(self, node: ast.Call, flow: Flow, scope: Scope) -> None:
        if kind := self._error_class(node):
            first = node.args[0] if node.args else None
            flow.raised |= {(kind, code) for code in self._codes(first)}
            if isinstance(first, ast.Name):
                flow.parameters.add((kind, first.id, ""))
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.FormattedValue):
                tail = "".join(str(part.value) for part in first.values if isinstance(part, ast.Constant))
                flow.parameters.add((kind, ast.unparse(first.values[0].value), tail))
        else:
            for place in self._targets(node.func, scope):
                flow.calls.append((place, self._texts(node, place)))
                self._type_lambdas(node, place, scope)
            if isinstance(node.func, ast.Attribute):
                self._walk(node.func.value, flow, scope)
            elif not isinstance(node.func, ast.Name):
                self._walk(node.func, flow, scope)
        for child in [*node.args, *(one.value for one in node.keywords)]:
            self._walk(child, flow, scope)

    def _codes(self, node: ast.AST | None) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from self._codes(node.body)
            yield from self._codes(node.orelse)
        elif isinstance(node, ast.Name) and (place := self.source.resolve(self.module, node)):
            constant = self.source.nodes[place]
            if isinstance(constant, ast.Assign | ast.AnnAssign):
                yield from self._codes(constant.value)

    def _texts(self, node: ast.Call, target: Place) -> dict[str, str]:
        """The literal texts among the arguments, by the names of the target's parameters."""
        function = self.source.nodes[target]
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return {}
        return {one.arg: code for one, value in _given(node, function) for code in self._codes(value)}

    def _type_lambdas(self, node: ast.Call, target: Place, scope: Scope) -> None:
        """The classes of a lambda's parameters, from the annotation of the callable that the target takes."""
        function = self.source.nodes[target]
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        reader = Reader(self.source, target)
        for parameter, value in _given(node, function):
            wanted = [one for one in ast.walk(parameter.annotation or parameter) if isinstance(one, ast.List)]
            if isinstance(value, ast.Lambda) and wanted:
                for argument, annotation in zip(value.args.args, wanted[0].elts, strict=False):
                    if found := reader._class_of_annotation(annotation):
                        scope[argument.arg] = found

    def _reference(self, node: ast.Name | ast.Attribute, flow: Flow, scope: Scope) -> None:
        """A function that is handed on, or a property that is read, counts as called."""
        for place in self._targets(node, scope):
            if not isinstance(self.source.nodes[place], ast.ClassDef):
                flow.calls.append((place, {}))

    def _targets(self, node: ast.AST, scope: Scope) -> list[Place]:
        if isinstance(node, ast.Name) and node.id in scope:
            return []
        if place := self.source.resolve(self.module, node):
            return [place]
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()" and self.owner:
                return [
                    one
                    for base in self.source.bases[self.owner]
                    for one in self.source.find_methods(base, node.attr)
                ]
            if owner := self._class_of(node.value, scope):
                return self.source.find_methods(owner, node.attr)
            alone = self.source.methods.get(node.attr, [])
            return alone if len(alone) == 1 and node.attr not in OF_PYTHON else []
        return []

    def _class_of(self, node: ast.AST, scope: Scope) -> Place | None:
        if isinstance(node, ast.Await | ast.Starred):
            return self._class_of(node.value, scope)
        if isinstance(node, ast.Name):
            return scope.get(node.id) or self._class_of_constant(self.source.resolve(self.module, node))
        if isinstance(node, ast.Call):
            return self._class_of_call(node, scope)
        if isinstance(node, ast.Attribute) and (owner := self._class_of(node.value, scope)):
            return self._class_of_attribute(owner, node.attr)
        if isinstance(node, ast.Subscript):
            return self._class_of(node.value, scope)
        return None

    def _class_of_constant(self, place: Place | None) -> Place | None:
        node = self.source.nodes[place] if place else None
        if place and isinstance(node, ast.ClassDef):
            return place
        if place and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            return Reader(self.source, place)._class_of(node.value, {})
        return None

    def _class_of_call(self, node: ast.Call, scope: Scope) -> Place | None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("resource", "model_copy", "read", "write"):
            if node.func.attr == "model_copy":
                return self._class_of(node.func.value, scope)
            return self._class_of(node.args[0], scope) if node.args else None
        for place in self._targets(node.func, scope):
            found = self.source.nodes[place]
            if isinstance(found, ast.ClassDef):
                return place
            if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
                return Reader(self.source, place)._class_of_annotation(found.returns)
        return None

    def _class_of_attribute(self, owner: Place, name: str) -> Place | None:
        for one in self.source.lineage(owner):
            node, reader = self.source.nodes[one], Reader(self.source, (one[0], f"{one[1]}.__init__"))
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                if (
                    isinstance(part, ast.AnnAssign)
                    and isinstance(part.target, ast.Name)
                    and part.target.id == name
                ):
                    return reader._class_of_annotation(part.annotation)
                if isinstance(part, ast.FunctionDef) and part.name == name:
                    return reader._class_of_annotation(part.returns)
                if isinstance(part, ast.FunctionDef) and (found := reader._class_of_own(part, name)):
                    return found
        return None

    def _class_of_own(self, init: ast.FunctionDef, name: str) -> Place | None:
        """The class of an attribute that the builder of the object sets."""
        if init.name != "__init__":
            return None
        scope: Scope = {}
        for argument in [*init.args.args, *init.args.kwonlyargs]:
            if found := self._class_of_annotation(argument.annotation):
                scope[argument.arg] = found
        for node in ast.walk(init):
            if isinstance(node, ast.Assign) and any(ast.unparse(one) == f"self.{name}" for one in node.targets):
                return self._class_of(node.value, scope)
        return None

    def _class_of_annotation(self, node: ast.AST | None) -> Place | None:
        """The first class of the project that an annotation names."""
        for one in ast.walk(node) if node else ():
            if isinstance(one, ast.Name | ast.Attribute) and (place := self.source.resolve(self.module, one)):
                found = self.source.nodes[place]
                if isinstance(found, ast.ClassDef):
                    return place
                if isinstance(found, ast.Assign):
                    return Reader(self.source, place)._class_of_annotation(found.value)
        return None


def _given(node: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters of a function with what a call gives for them."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    if parameters and parameters[0].arg in ("self", "cls"):
        parameters = parameters[1:]
    yield from zip(parameters, node.args, strict=False)
    by_name = {one.arg: one for one in [*parameters, *function.args.kwonlyargs]}
    yield from ((by_name[one.arg], one.value) for one in node.keywords if one.arg in by_name)
