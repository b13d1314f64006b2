"""The types of the client's answers, generated from the published OpenAPI documents: ``make models``.

The generator (datamodel-code-generator) is installed into a folder of its own: it needs a dozen packages that
nothing else here does.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.docs_commands import ROOT
from tests.servers import environment

DOCUMENTS = ROOT / "shared" / "contracts" / "published" / "openapi"
SYSTEMS = tuple(sorted(file.stem for file in DOCUMENTS.glob("*.json")))
COMMON, WORKPLACES = "common", "workplaces"
"""The modules of the types that several systems have, or several workplaces only."""
AT_A_WORKPLACE = {"is_mio", "is_con", "is_esobes", "arm_shep", "arm_rshep", "is_rynok_truda", "gbd_elicense"}
TYPING_WORDS = ("Any", "Literal", "TypeAlias")
EXTENDED_WORDS = ("NotRequired", "TypedDict")
Schemas = dict[str, Any]
MODELS = ROOT / "shared" / "client" / "models"
REQUIREMENTS = Path(__file__).parent / "generator-requirements.txt"
HEADER = '"""The types of an API, generated from its published OpenAPI document by ``make models``."""'
OPTIONS = (
    *("--input-file-type", "openapi", "--output-model-type", "typing.TypedDict", "--enum-field-as-literal", "all"),
    *("--target-python-version", "3.11", "--use-standard-collections", "--use-union-operator"),
    *("--use-schema-description", "--use-field-description", "--disable-timestamp", "--formatters", "ruff-format"),
    *("--custom-file-header", HEADER),
)


class GeneratorMissing(RuntimeError):
    """The generator cannot be installed here."""


def install_generator(folder: Path) -> None:
    """Install the pinned generator into a folder; GeneratorMissing where there is no index."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    install += ["--target", str(folder), "--require-hashes", "-r", str(REQUIREMENTS)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GeneratorMissing(done.stderr)


def make_models(generator: Path) -> dict[str, str]:
    """The text of each module by its name, by the generator in this folder.

    All documents together go through the generator once: a schema that several systems have is the same in all of
    them, and its type stands in ``common``.
    """
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    settings = environment.inherited(PYTHONPATH=str(generator), PATH=path)
    owners = read_owners()
    with tempfile.TemporaryDirectory() as folder:
        document, output = Path(folder) / "all.json", Path(folder) / "all.py"
        document.write_text(json.dumps(join_documents()), encoding="utf-8")
        command = [sys.executable, "-W", "ignore", "-m", "datamodel_code_generator"]
        command += ["--input", str(document), "--output", str(output), *OPTIONS]
        subprocess.run(command, env=settings, check=True, cwd=ROOT, capture_output=True)
        return split_models(output.read_text(encoding="utf-8"), owners)


def read_schemas() -> dict[str, Schemas]:
    """The schemas of each system's document."""
    files = {system: DOCUMENTS / f"{system}.json" for system in SYSTEMS}
    return {system: json.loads(file.read_bytes())["components"]["schemas"] for system, file in files.items()}


def join_documents() -> Schemas:
    """One document with the schemas of all systems."""
    schemas: Schemas = {}
    for system, own in read_schemas().items():
        for name, schema in own.items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"{system}: {name} differs from the schema of another system")
    info = {"title": "egov-bus", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": schemas}}


def read_owners() -> dict[str, str]:
    """The module of each schema: that of the only system which has it, else of several systems."""
    holders: dict[str, set[str]] = {}
    for system, own in read_schemas().items():
        for name in own:
            holders.setdefault(name, set()).add(system)
    return {name: _module_of(systems) for name, systems in holders.items()}


def _module_of(systems: set[str]) -> str:
    if len(systems) == 1:
        return next(iter(systems))
    return WORKPLACES if systems <= AT_A_WORKPLACE else COMMON


def split_models(text: str, owners: Mapping[str, str]) -> dict[str, str]:
    """The types in the module of their owner; every other module that needs a type names it too."""
    tree, lines = ast.parse(text), text.splitlines()
    types = {name: node for node in tree.body if (name := _type_name(node))}
    uses = {name: _names_in(node) & types.keys() for name, node in types.items()}
    modules = {name: owners.get(name) or _owner_of_users(name, uses, owners) for name in types}
    schemas, texts = read_schemas(), {}
    for module in sorted({*modules.values(), *schemas}):
        own = [name for name in types if modules[name] == module]
        wanted = {*schemas.get(module, ())} | {name for one in own for name in uses[one]}
        borrowed = sorted((modules[name], name) for name in wanted & types.keys() if modules[name] != module)
        texts[module] = _compose_module([_source_of(types[name], lines) for name in own], borrowed)
    return texts


def _type_name(node: ast.stmt) -> str:
    if isinstance(node, ast.ClassDef):
        return node.name
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def _names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _owner_of_users(name: str, uses: Mapping[str, set[str]], owners: Mapping[str, str]) -> str:
    """The module of a type that the generator made for a part of others."""
    users = [user for user in uses if name in uses[user] - {user}]
    modules = {owners.get(user) or _owner_of_users(user, uses, owners) for user in users}
    return modules.pop() if len(modules) == 1 else COMMON


def _source_of(node: ast.stmt, lines: Sequence[str]) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _compose_module(bodies: Sequence[str], borrowed: Sequence[tuple[str, str]]) -> str:
    words = {word for body in bodies for word in re.findall(r"\w+", body)}
    imports = ["from __future__ import annotations"]
    for package, known in (("typing", TYPING_WORDS), ("typing_extensions", EXTENDED_WORDS)):
        if used := [word for word in known if word in words]:
            imports.append(f"from {package} import {', '.join(used)}")
    for module, names in groupby(borrowed, key=itemgetter(0)):
        listed = "".join(f"    {name} as {name},\n" for _, name in names)
        imports.append(f"from shared.client.models.{module} import (\n{listed})")
    return "\n\n\n".join(["\n\n".join([HEADER, *imports]), *bodies]) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        install_generator(Path(place))
        for name, text in make_models(Path(place)).items():
            (MODELS / f"{name}.py").write_text(text, encoding="utf-8")
