"""Settings that are kept in the sidecar's secret stores, read before anything starts."""

from collections.abc import Mapping

from todo_mcp.messaging.secrets import fetch
from todo_mcp.messaging.sidecar import Ports
from todo_mcp.settings import Settings, variable


async def read(settings: Settings, references: Mapping[str, str]) -> dict[str, str]:
    """The values by field.

    Raises:
        RuleError, UnavailableError: one cannot be had; names the setting.
    """
    named = {variable(field): reference for field, reference in references.items()}
    values = await fetch(named, Ports.of(settings))
    return {field: values[variable(field)] for field in references}
