"""The types of the client's answers, generated from the published OpenAPI documents: ``make models``.

The generator (datamodel-code-generator) is installed into a folder of its own: it needs a dozen packages that
nothing else here does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs_commands import ROOT
from tests.servers import environment

SYSTEMS = ("portal_pep", "is_mio", "shep_gateway", "is_nuc")
"""The APIs that people and their programs call: citizen, employee, system, certification."""
DOCUMENTS = ROOT / "shared" / "contracts" / "published" / "openapi"
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
    """The text of each module by its name, by the generator in this folder."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    settings = environment.inherited(PYTHONPATH=str(generator), PATH=path)
    texts = {}
    for system in SYSTEMS:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / f"{system}.py"
            command = [sys.executable, "-W", "ignore", "-m", "datamodel_code_generator"]
            command += ["--input", str(DOCUMENTS / f"{system}.json"), "--output", str(output), *OPTIONS]
            subprocess.run(command, env=settings, check=True, cwd=ROOT, capture_output=True)
            texts[system] = output.read_text(encoding="utf-8")
    return texts


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        install_generator(Path(place))
        for name, text in make_models(Path(place)).items():
            (MODELS / f"{name}.py").write_text(text, encoding="utf-8")
