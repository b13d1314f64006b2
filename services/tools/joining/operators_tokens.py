"""Acting with the operators' tokens, which the systems left in the data directory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

from services.catalog import INSTANCES
from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.bus.errors import NotFound
from shared.contracts import addresses

if TYPE_CHECKING:  # the commands import the client late: `egov-bus --help` needs none
    from shared.client.participants import BrokerAccounts, Operators

OperatorsAction = Callable[["Operators"], Awaitable[Any]]


async def act_as_operators(
    launch: LaunchContext,
    action: OperatorsAction,
    broker: BrokerAccounts | None = None,
    regions: Iterable[str] | None = None,
) -> Any:
    """Act with the tokens of the operators of НУЦ, ШЭП and the РШЭП of these regions, or of every РШЭП whose token
    lies here; their refusals become errors of the command line.
    """
    from shared.client import OperatorClient
    from shared.client.participants import Operators

    gateway_url = launch.instance_url("shep_gateway")
    async with AsyncExitStack() as stack:
        nuc = await stack.enter_async_context(
            OperatorClient(launch.nuc_url, token=launch.operator_token("is_nuc"))
        )
        gateway = await stack.enter_async_context(
            OperatorClient(gateway_url, token=launch.operator_token("shep_gateway"))
        )
        regional = {}
        for region in addresses.REGIONS if regions is None else regions:
            name = _regional_instance(region)
            with suppress(*(() if regions is not None else (NotFound,))):
                client = OperatorClient(launch.instance_url(name), token=launch.operator_token(name))
                regional[region] = await stack.enter_async_context(client)
        with operators_call("gateway-unavailable", f"{launch.nuc_url}, {gateway_url}"):
            return await action(Operators(nuc, gateway, broker, regional))


def _regional_instance(region: str) -> str:
    return next(one.name for one in INSTANCES if one.address == addresses.regional_gateway(region))
