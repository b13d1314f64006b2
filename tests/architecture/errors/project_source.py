"""The project's functions, classes and constants, and what a name in a module stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules

Place = tuple[str, str]
"""Module and qualified name: of a function, a class or a constant."""


class Source:
    """The project's functions, classes and constants by place, and what a name means in a module."""

    def __init__(self) -> None:
        self.known = {one.name: one for folder in ("services", "shared") for one in modules(folder)}
        self.nodes: dict[Place, ast.AST] = {}
        self.imported: dict[str, dict[str, Place]] = {}
        self.methods: dict[str, list[Place]] = {}
        self.bases: dict[Place, list[Place]] = {}
        self.children: dict[Place, list[Place]] = {}
        for module in self.known.values():
            self._read(module)
        for place, node in list(self.nodes.items()):
            if isinstance(node, ast.ClassDef):
                found = [self.resolve(place[0], base) for base in node.bases]
                self.bases[place] = [one for one in found if one]
                for base in self.bases[place]:
                    self.children.setdefault(base, []).append(place)

    def _read(self, module: Module) -> None:
        self.imported[module.name] = names = {}
        for node in module.nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                names.update({one.asname or one.name: (node.module, one.name) for one in node.names})
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.nodes[module.name, node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.nodes[module.name, target.id] = node
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                        place = (module.name, f"{node.name}.{part.name}")
                        self.nodes[place] = part
                        self.methods.setdefault(part.name, []).append(place)

    def resolve(self, module: str, node: ast.AST | None) -> Place | None:
        """The place that a name, or a name of an imported module, stands for."""
        if isinstance(node, ast.Subscript):
            return self.resolve(module, node.value)
        if isinstance(node, ast.Name):
            return self._follow(module, node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            origin = self.imported[module].get(node.value.id)
            inner = f"{origin[0]}.{origin[1]}" if origin else ""
            if inner in self.known:
                return self._follow(inner, node.attr)
        return None

    def _follow(self, module: str, name: str) -> Place | None:
        for _ in range(5):
            if (module, name) in self.nodes:
                return module, name
            origin = self.imported.get(module, {}).get(name)
            if origin is None or origin[0] not in self.known:
                return None
            module, name = origin
        return None

    def find_methods(self, owner: Place, name: str) -> list[Place]:
        """The method of a class, of the classes above, and of those below that have their own."""
        found = [place for one in self.lineage(owner) if (place := (one[0], f"{one[1]}.{name}")) in self.nodes][:1]
        below = list(self.children.get(owner, ()))
        while below:
            one = below.pop()
            below += self.children.get(one, ())
            if (place := (one[0], f"{one[1]}.{name}")) in self.nodes:
                found.append(place)
        if self._is_protocol(owner):
            found += [one for one in self.methods.get(name, ()) if one not in found and self._fits(one, owner)]
        return found

    def is_model(self, place: Place) -> bool:
        """Whether the class is read from JSON, so that its validators run."""
        return any(
            isinstance(base, ast.Name) and base.id == "BaseModel"
            for one in self.lineage(place)
            if isinstance(node := self.nodes[one], ast.ClassDef)
            for base in node.bases
        )

    def lineage(self, place: Place) -> Iterator[Place]:
        """A class and its base classes."""
        yield place
        for base in self.bases.get(place, ()):
            yield from self.lineage(base)

    def _is_protocol(self, place: Place) -> bool:
        node = self.nodes[place]
        return isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases
        )

    def _fits(self, method: Place, protocol: Place) -> bool:
        node = self.nodes[protocol]
        assert isinstance(node, ast.ClassDef)
        wanted = [part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
        owner = method[1].partition(".")[0]
        return all((method[0], f"{owner}.{name}") in self.nodes for name in wanted)
