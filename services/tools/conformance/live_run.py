"""A run over the network: files for the participant, the kit's address, perhaps a program to start."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from services.launcher.launch import until_signal
from services.tools.conformance.kit_keys import KitKeys, make_keys
from services.tools.conformance.listening import listen, serve_nothing, with_certificates
from services.tools.conformance.roles.role_list import PlayedRole
from services.tools.conformance.roles.soap.push_caller import ServedTarget
from services.tools.conformance.run import ConformanceReport, ConformanceRun
from services.tools.joining.participant_files import plan_files, write_files
from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.client.keystore import KeyEntry, write_pkcs12
from shared.client.participants import JoinedParticipant
from shared.pki.certificates.keys import write_private

PASSWORD_FILE = "password"  # noqa: S105 - the name of a file
GATEWAY_FILE = "gateway.pem"
KEYS = "keys"


@dataclass(frozen=True)
class LiveOptions:
    """What a run over the network needs: where it listens, whom it calls, how long it waits, what it starts."""

    name: str
    out: Path
    host: str
    port: int
    seconds: float
    target: str | None = None
    start: str | None = None
    environment: Mapping[str, str] | None = None
    faults: Sequence[str] = ()


def write_key_files(keys: KitKeys, out: Path) -> Path:
    """The files that ``egov-bus join`` would write, ШЭП's certificate, key stores of the script's people, the
    password of all.
    """
    folder = out / KEYS
    joined = JoinedParticipant(
        keys.address, keys.participant.key, keys.participant.certificate, keys.centre.issuing, keys.centre.root,
        keys.token,
    )  # fmt: skip
    password = secrets.token_urlsafe(12)
    write_files(plan_files(folder, keys.address, has_queue=False, replaces=True), joined, password)
    (folder / PASSWORD_FILE).write_text(password, encoding="utf-8")
    (folder / GATEWAY_FILE).write_bytes(keys.gateway.certificate.public_bytes(Encoding.PEM))
    for name, pair in keys.people.items():
        entry = KeyEntry(pair.key, pair.certificate, (keys.centre.issuing,))
        write_private(folder / f"{name}.p12", write_pkcs12(entry, password, name))
    return folder


async def run_live(
    role: PlayedRole, options: LiveOptions, tell: Callable[[str, Path], None]
) -> tuple[ConformanceReport, KitKeys]:
    """Play the role; ``tell`` gets the kit's URL and the folder of the keys as soon as the kit listens.

    Unavailable ``broker-unavailable``; Malformed ``conformance-target`` without the address of a participant that
    serves. Never waits longer than ``seconds``: a participant that never answers ends in ``wait``.
    """
    if role.play is not None and not options.target:
        raise Malformed("conformance-target", f"the role {role.name} serves", name=role.name)
    keys = await asyncio.to_thread(make_keys, options.name, SystemClock().now(), secrets.token_urlsafe(24))
    run = ConformanceRun(role, keys, options.seconds, options.faults)
    folder = await asyncio.to_thread(write_key_files, keys, options.out)
    async with AsyncExitStack() as stack:
        app = with_certificates(run.app or serve_nothing, keys)
        url = await stack.enter_async_context(listen(app, options.host, options.port))
        tell(url, folder)
        tasks = SupervisedTasks()
        stack.push_async_callback(tasks.stop)
        tasks.keep_running("conformance.signal", lambda: _watch_signal(run))
        if options.start is not None:
            tasks.keep_running("conformance.program", lambda: _start_program(run, options, url, folder))
        if role.play is None:
            return await run.play(), keys
        if role.door == "amqp":
            transport = AmqpTransport(str(options.target), "conformance")
            stack.push_async_callback(transport.close)
            await transport.open()
            return await run.play(transport), keys
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=run.seconds))
        return await run.play(ServedTarget(client, str(options.target), is_guarded=True)), keys


async def _watch_signal(run: ConformanceRun) -> None:
    await until_signal()
    run.cancel()


async def _start_program(run: ConformanceRun, options: LiveOptions, url: str, folder: Path) -> None:
    """Start the participant's program; its end is the end of a run in which the participant calls."""
    settings = {"KIT_URL": url, "KIT_KEYS": str(folder), "KIT_NAME": options.name}
    environment = {**(options.environment or {}), **settings}
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(options.start or ""), env=environment)
    except OSError:  # nobody will come: the run is broken off, and its report says so
        run.cancel()
        return
    try:
        await process.wait()
        if run.app is not None:
            run.finish()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
