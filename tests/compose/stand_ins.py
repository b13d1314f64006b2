"""Images that stand in for official ones that cannot be pulled.

All are Debian: debootstrap makes the root file system with Python under the name of the Python image, and the
recipes in ``standins/`` add Debian's RabbitMQ or PostgreSQL with the official images' variables.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.compose.commands import ComposeFailure, run
from tests.compose.registries import SUITE, apt_mounts, debian_mirror

RECIPES = Path(__file__).parent / "standins"
PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
BUILD_SECONDS = 600.0
MARK = "egov-bus.stand-in"


def make_stand_in(podman: list[str], image: str) -> None:
    """Make the image in podman's store."""
    name = image.partition(":")[0]
    if name == "python":
        return _make_base(podman, image)
    if (RECIPES / name).is_dir():
        return _build_recipe(podman, image, RECIPES / name)
    raise ComposeFailure(
        f"{image} cannot be pulled, and nothing stands in for it: add a recipe to {RECIPES.name}/"
    )


def official_name(image: str) -> str:
    """The name under which podman looks for an official image."""
    return f"docker.io/library/{image}"


def _make_base(podman: list[str], image: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        root, packed = Path(made) / "root", Path(made) / "root.tar"
        _debootstrap(root)
        _dress_as_python(root)
        run(["tar", "-C", root, "--numeric-owner", "-cf", packed, "."], seconds=BUILD_SECONDS)
        marks = [f"--change=LABEL {MARK}=true", '--change=CMD ["python"]']
        run([*podman, "import", *marks, packed, official_name(image)], seconds=BUILD_SECONDS)


def _debootstrap(root: Path) -> None:
    """Run debootstrap in a mount namespace, so that its mounts end with it."""
    included = f"--include={','.join(PACKAGES)}"
    make = ["debootstrap", "--variant=minbase", included, SUITE, str(root), debian_mirror()]
    run(["unshare", "--mount", *make], seconds=BUILD_SECONDS)


def _dress_as_python(root: Path) -> None:
    """Add what Debian lacks compared with the official image: `python`, a pip that may install, no services at
    install.
    """
    (root / "usr/bin/python").symlink_to("python3")
    for guard in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        guard.unlink()
    for archive in root.glob("var/cache/apt/archives/*.deb"):
        archive.unlink()
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)


def _build_recipe(podman: list[str], image: str, recipe: Path) -> None:
    build = [*podman, "build", "--pull-never", "--format=docker", "--network=host", f"--label={MARK}=true"]
    with tempfile.TemporaryDirectory() as folder:
        mounts = apt_mounts(Path(folder))
        run([*build, *mounts, "--tag", official_name(image), recipe], seconds=BUILD_SECONDS)
