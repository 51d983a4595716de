"""Settings whose values the sidecar's secret stores keep."""

from collections.abc import Mapping
from typing import Final

from dapr.aio.clients import DaprClient

from todo_mcp.errors import RuleError, UnavailableError, quoted
from todo_mcp.messaging.sidecar import Ports, Sidecar, SidecarError

# A sidecar may start after the process beside it.
SECONDS: Final = 30.0


async def fetch(references: Mapping[str, str], ports: Ports) -> dict[str, str]:
    """The values, by setting, of `secret:<store>:<name>[:<key>]`; without a key the only value there is.

    Raises:
        RuleError: not of that form, or there is no such secret; names the setting.
        UnavailableError: the sidecar does not answer.
    """
    sidecar = Sidecar(ports)
    try:
        return {
            setting: await _one(sidecar, setting, reference)
            for setting, reference in references.items()
        }
    finally:
        await sidecar.close()


async def _one(sidecar: Sidecar, setting: str, reference: str) -> str:
    _, store, name, key = (*reference.split(":", 3), "", "")[:4]
    if not store or not name:
        raise RuleError(
            f"{setting}: {quoted(reference)} is not secret:<store>:<name> or "
            "secret:<store>:<name>:<key>."
        )

    async def ask(client: DaprClient) -> dict[str, str]:
        return dict((await client.get_secret(store, name)).secret)

    try:
        found = await sidecar.call(ask, SECONDS)
    except UnavailableError:
        raise UnavailableError(
            f"{setting}: is a secret, and the Dapr sidecar that keeps it does not answer. Start one "
            "beside this process, and check DAPR_HTTP_PORT, DAPR_GRPC_PORT and DAPR_API_TOKEN."
        ) from None
    except SidecarError:
        raise _absent(setting, store, name) from None
    if not key and len(found) == 1:
        return next(iter(found.values()))
    if (key or name) not in found:
        raise _absent(setting, store, name, key)
    return found[key or name]


def _absent(setting: str, store: str, name: str, key: str = "") -> RuleError:
    part = f" with the key {quoted(key)}" if key else ""
    return RuleError(
        f"{setting}: the secret store {quoted(store)} has no secret {quoted(name)}{part} for this "
        "app. Check the names, and the component's scopes."
    )
