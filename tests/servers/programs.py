"""The programs of a server: installed already, or installed now by root with apt-get."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import environment

APT_SECONDS = 600
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class Missing(RuntimeError):
    """A server is not available on this machine; the message names the package and how to install it."""


@dataclass(frozen=True)
class Package:
    """The needs of a server or test: ``programs`` and ``files`` of one folder, in ``folders`` (patterns) or on
    PATH.

    ``name`` is the apt-get package (several separated by spaces). ``setting`` may name a running server.
    """

    title: str
    name: str
    programs: tuple[str, ...]
    folders: tuple[str, ...] = ()
    setting: str = ""
    files: tuple[str, ...] = ()


RABBITMQ = Package(
    title="RabbitMQ",
    name="rabbitmq-server",
    programs=("rabbitmq-server", "rabbitmqctl"),
    folders=("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "/opt/rabbitmq/sbin"),
    setting="AMQP_URL",
)
POSTGRES = Package(
    title="PostgreSQL",
    name="postgresql",
    programs=("initdb", "postgres"),
    folders=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin"),
    setting="DATABASE_URL",
)
POPPLER = Package(title="Poppler", name="poppler-utils", programs=("pdftotext", "pdftoppm", "pdfdetach", "pdfsig"))
ZBAR = Package(title="ZBar", name="zbar-tools", programs=("zbarimg",))
CHROMIUM = Package(
    title="Chromium",
    name="chromium chromium-driver chromium-headless-shell",
    programs=("chromium", "chromedriver"),
)
CURL = Package(title="curl", name="curl", programs=("curl",), folders=(), setting="PATH")
XMLSEC1 = Package(title="xmlsec1", name="xmlsec1", programs=("xmlsec1",), folders=(), setting="PATH")
JAVA = Package(title="Java", name="default-jdk-headless", programs=("java", "javac"), folders=(), setting="PATH")
NODE = Package(title="Node", name="nodejs", programs=("node",), folders=(), setting="PATH")
GO = Package(title="Go", name="golang-go", programs=("go",), folders=(), setting="PATH")
PHP = Package(
    title="PHP with its extension soap",
    name="php-cli php-soap php-xml",
    programs=("php",),
    folders=(),
    setting="PATH",
)
GSOAP = Package(
    title="gSOAP",
    name="gsoap libgsoap-dev gcc libc6-dev libssl-dev zlib1g-dev",
    programs=("wsdl2h", "soapcpp2", "gcc"),
    folders=(),
    setting="PATH",
)
MONO = Package(
    title="Mono",
    name="mono-mcs libmono-system-net-http4.0-cil libmono-system-security4.0-cil",
    programs=("mcs", "mono"),
    folders=(),
    setting="PATH",
)
WSS4J = Package(
    title="WSS4J",
    name="libwss4j-java libslf4j-java",
    programs=(),
    folders=("/usr/share/java",),
    setting="PATH",
    files=(
        "wss4j.jar",
        "xmlsec.jar",
        "commons-logging.jar",
        "commons-codec.jar",
        "slf4j-api.jar",
        "slf4j-nop.jar",
        "stax2-api.jar",
        "woodstox-core.jar",
    ),
)
JAVA_AMQP = Package(
    title="The AMQP client of RabbitMQ for Java",
    name="librabbitmq-client-java libslf4j-java",
    programs=(),
    folders=("/usr/share/java",),
    setting="PATH",
    files=("amqp-client.jar", "slf4j-api.jar", "slf4j-nop.jar"),
)
PHP_AMQP = Package(
    title="php-amqplib",
    name="php-amqplib",
    programs=(),
    folders=("/usr/share/php",),
    setting="PATH",
    files=("PhpAmqpLib/autoload.php",),
)
# Debian's commands in /usr/sbin change the user and drop the environment: not for a private broker.
WRAPPER = "rabbitmq-script-wrapper"


def obtain(package: Package, search: Sequence[Path] | None = None) -> Path:
    """The folder with the programs of ``package``, installed when possible.

    With ``search`` only those folders are searched and nothing is installed. Raises `Missing`.
    """
    if search is not None:
        return find(package, search)
    try:
        return find(package, search_path(package))
    except Missing:
        if not can_install():
            raise
    with _only_one_installer():
        return _find_or_install(package)


def find(package: Package, search: Sequence[Path]) -> Path:
    """The first folder of ``search`` that holds every program of ``package``; raises `Missing`."""
    for folder in search:
        is_whole = all((folder / file).is_file() for file in package.files)
        if is_whole and all(_is_usable(folder / program) for program in package.programs):
            return folder
    raise Missing(how_to_get(package))


def how_to_get(package: Package) -> str:
    """The instructions for a person who has no such server."""
    programs = " and ".join((*package.programs, *package.files))
    instead = f", or set {package.setting} to the URL of a running server" if package.setting else ""
    return (
        f"{package.title} is not installed: no folder holds {programs}. Install the package "
        f"{package.name} (Debian, Ubuntu: apt-get install {package.name}){instead}. "
        f"As root on a system with apt-get the tests install it themselves."
    )


def search_path(package: Package) -> list[Path]:
    """The folders where ``package`` may be, newest version first, then the folders of PATH."""
    found = [folder for pattern in package.folders for folder in _newest_first(pattern)]
    return [*found, *environment.program_folders()]


def can_install() -> bool:
    """Whether a package can be installed: as root, with apt-get."""
    folders = environment.program_folders()
    return os.geteuid() == 0 and any((folder / "apt-get").exists() for folder in folders)


def install(package: Package, run: Run | None = None) -> None:
    """Install ``package`` with apt-get without questions.

    A failing ``update`` is ignored (one dead source is enough for that); a failing ``install`` raises `Missing`
    with the last output of apt-get.
    """
    run = run or _apt_get
    print(f"installing {package.name} with apt-get (once)", file=sys.stderr, flush=True)
    run(["update", "-q"])
    done = run(["install", "-q", "-y", "--no-install-recommends", *package.name.split()])
    if done.returncode != 0:
        raise Missing(f"{how_to_get(package)}\napt-get failed:\n{done.stdout[-2000:]}")


def _find_or_install(package: Package) -> Path:
    """Another process may have installed the package during the wait for the lock."""
    try:
        return find(package, search_path(package))
    except Missing:
        install(package)
    return find(package, search_path(package))


def _apt_get(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env=environment.inherited(DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=APT_SECONDS,
        check=False,
    )


@contextmanager
def _only_one_installer() -> Iterator[None]:
    path = Path(tempfile.gettempdir()) / "egov-bus-apt.lock"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_usable(program: Path) -> bool:
    return os.access(program, os.X_OK) and program.resolve().name != WRAPPER


def _newest_first(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")), key=_version, reverse=True)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]
