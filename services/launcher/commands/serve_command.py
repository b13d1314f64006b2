"""The commands that are systems: ``egov-bus all``, and one command for each instance of the catalogue."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from services.catalog import INSTANCES, ServiceInstance, find_instance
from services.launcher.commands.error_report import report_errors
from services.launcher.commands.system_names import check_systems, complete_systems
from services.launcher.launch import LaunchContext
from shared.bus.errors import Conflict
from shared.bus.profiles import Opening
from shared.contracts.addresses import GATEWAY

if TYPE_CHECKING:  # the tools start no systems
    from services.launcher.clock import ConfiguredInstances

LeftOut = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="SYSTEM",
        autocompletion=complete_systems,
        help="Leave the place of this system free, for one of yours.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("all")(run_all)
    for instance in INSTANCES:
        _add_instance(app, instance)


def run_all(
    context: typer.Context,
    without: LeftOut = None,
    processes: Annotated[
        bool,
        typer.Option("--processes", help="A process for each system, over RabbitMQ: one of its own by default."),
    ] = False,
    countries: Annotated[
        bool,
        typer.Option("--countries", help="Keep a further country ready, for tests that ask ШЭП for one."),
    ] = False,
) -> None:
    """Run every system in this one process; embedded carrier and SQLite unless AMQP_URL and DATABASE_URL say
    otherwise.
    """
    left_out = check_systems(without or ())
    launch: LaunchContext = context.obj
    launch.prepare_logs("INFO")
    instances = tuple(instance for instance in INSTANCES if instance.name not in left_out)
    if processes:
        with report_errors(launch.language):
            _serve_processes(launch, instances, keeps_country_ready=countries)
        return
    launch.run_to_end(_serve_instances(launch, instances, is_alone=False, keeps_country_ready=countries))


def _serve_processes(
    launch: LaunchContext, instances: tuple[ServiceInstance, ...], *, keeps_country_ready: bool
) -> None:
    """Be the parent of a process for each instance, until SIGTERM."""
    from services.launcher.data_folder.country_record import hold_folder
    from services.launcher.running import private_broker
    from services.launcher.running.process_country import ProcessCountry
    from services.launcher.settings import settings_for

    _check_acts()
    if keeps_country_ready:
        _require_asking_system([(one, settings_for(one, launch.environment, is_alone=True)) for one in instances])
    for instance in instances:
        instance.load_service()  # imported once, before the forks
    with ExitStack() as stack:
        names = (instance.name for instance in instances)
        stack.callback(hold_folder(launch.data_dir, launch.environment, names).release)
        environment, broker = dict(launch.environment), None
        if not (environment.get("AMQP_URL") or environment.get("AMQP_URL_FILE")):
            broker = private_broker.PrivateBroker(launch.data_dir / private_broker.FOLDER, environment)
            broker.start()
            environment["AMQP_URL"] = broker.url

        def become(instance: ServiceInstance) -> None:
            one = replace(launch, environment=environment)
            keeps_one = keeps_country_ready and instance.address == GATEWAY
            one.run_to_end(_serve_instances(one, (instance,), is_alone=True, keeps_country_ready=keeps_one))

        ProcessCountry(launch.data_dir, become, broker).run(instances)


def _add_instance(app: typer.Typer, instance: ServiceInstance) -> None:
    def run_instance(context: typer.Context) -> None:
        launch: LaunchContext = context.obj
        launch.prepare_logs("INFO")
        known_instance = find_instance(instance.name)
        assert known_instance is not None  # noqa: S101 - it is being added
        launch.run_to_end(_serve_instances(launch, (known_instance,), is_alone=True))

    run_instance.__doc__ = f"Run {instance.name} alone in this process."
    app.command(instance.name)(run_instance)


async def _serve_instances(
    launch: LaunchContext,
    instances: tuple[ServiceInstance, ...],
    *,
    is_alone: bool,
    keeps_country_ready: bool = False,
) -> int:
    # imported late: the tools start no systems
    from services.launcher.data_folder.country_record import hold_folder
    from services.launcher.gc_tuning import return_large_blocks
    from services.launcher.running.further_countries import FOLDER, FurtherCountryMaker
    from services.launcher.running.returning_country import ReturningCountry
    from services.launcher.settings import settings_for
    from shared.bus import logs

    return_large_blocks()
    if not is_alone:
        _check_acts()
    configured = [
        (instance, settings_for(instance, launch.environment, is_alone=is_alone)) for instance in instances
    ]
    if keeps_country_ready:
        _require_asking_system(configured)
    country = ReturningCountry(
        launch.data_dir,
        configured,
        lambda name, url: logs.log("instance.ready", instance=name, url=url),
        goes_back=not is_alone,
        further=FurtherCountryMaker(launch.data_dir / FOLDER, launch.environment),
        keeps_country_ready=keeps_country_ready,
    )
    with ExitStack() as stack:
        if not is_alone:
            names = (instance.name for instance in instances)
            stack.callback(hold_folder(launch.data_dir, launch.environment, names).release)
        is_broken = await country.serve()
    return 1 if is_broken else 0


def _require_asking_system(configured: ConfiguredInstances) -> None:
    """Refuse to keep countries that nobody could ask for: Conflict ``countries-not-offered``."""
    if not any(
        instance.address == GATEWAY and settings.opens(Opening.SANDBOX_RULES) for instance, settings in configured
    ):
        raise Conflict("countries-not-offered", "only ШЭП of a sandbox gives further countries")


def _check_acts() -> None:
    """Refuse acts that cannot be executed before anything runs: Malformed ``passport-invalid``."""
    from shared.regulations.passport_book import PassportBook

    PassportBook.load()
