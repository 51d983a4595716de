"""The files of dapr/ are what Dapr's own schemas admit, with no field that nobody reads.

Red with a circuit breaker that is inbound.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from jsonschema import Draft202012Validator
from tools.stack import programs
from tools.stack.sidecar import FILES, Surroundings, sidecar

# The run file is read by Dapr's command line, which has no schema of it: see test_run_file.
PATHS: Final = [path for path in sorted(FILES.rglob("*.yaml")) if path.name != "dapr.yaml"]
NOTHING: Final = programs.Programs("daprd", "scheduler", "", "java", FILES)
Schema = dict[str, Any]


@pytest.fixture(scope="session")
def schemas() -> dict[tuple[str, str], Schema]:
    """By kind and version."""
    found: dict[tuple[str, str], Schema] = {}
    for path in programs.schemas().glob("*.yaml"):
        for spec in (document["spec"] for document in documents(path.read_text())):
            for version in spec["versions"]:
                kind = spec["names"]["kind"], f"{spec['group']}/{version['name']}"
                found[kind] = closed(version["schema"]["openAPIV3Schema"])
    return found


def documents(text: str) -> Iterator[Schema]:
    yield from (document for document in yaml.safe_load_all(text) if document)


def closed(schema: Any) -> Any:
    """What is not named is refused, as a field that is misspelled does nothing."""
    if isinstance(schema, list):
        return [closed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast("Schema", schema)
    made: Schema = {name: closed(each) for name, each in given.items()}
    named = isinstance(given.get("properties"), dict) and given.get("type") == "object"
    if named and not given.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def faults(schema: Schema, document: Schema) -> list[str]:
    found = cast("Any", Draft202012Validator(schema)).iter_errors(document)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


@pytest.mark.parametrize("path", PATHS, ids=[str(path.relative_to(FILES)) for path in PATHS])
def test_a_file_of_dapr_is_what_its_schema_admits(
    schemas: dict[tuple[str, str], Schema], path: Path
) -> None:
    for document in documents(re.sub(r"\$\{\w+\}", "1", path.read_text())):
        schema = schemas[document["kind"], document["apiVersion"]]
        schema["properties"]["metadata"] = {"type": "object"}  # Kubernetes' own
        assert not faults(schema, document)


def test_the_run_file_names_what_is_there_and_probes_as_the_stack_does() -> None:
    [run] = documents((FILES / "dapr.yaml").read_text())
    for folder in run["common"]["resourcesPaths"]:
        assert list((FILES / folder).glob("*.yaml")), folder
    worker = sidecar(
        Surroundings(FILES, NOTHING, {}, (), 1),
        "worker-dapr",
        "w",
        (),
        app_port=1,
        health="/healthz",
    ).command
    for app in run["apps"]:
        there = FILES / app["appDirPath"]
        [told] = documents((there / app["configFilePath"]).read_text())
        assert told["metadata"]["name"] == app["appID"]
        assert app["env"]["TODO_MCP_PORT"] == app["appPort"]
    probed = {
        "appHealthCheckPath": "--app-health-check-path",
        "appHealthProbeInterval": "--app-health-probe-interval",
        "appHealthProbeTimeout": "--app-health-probe-timeout",
        "appHealthThreshold": "--app-health-threshold",
    }
    for name, flag in probed.items():
        assert str(run["apps"][1][name]) == worker[worker.index(flag) + 1]


def test_no_circuit_breaker_is_inbound() -> None:
    # An open one makes dead letters of all that arrives, whatever is wrong with one event.
    for path in PATHS:
        for document in documents(re.sub(r"\$\{\w+\}", "1", path.read_text())):
            if document["kind"] == "Resiliency":
                targets = document["spec"]["targets"]
                rules = {**targets["components"], **targets.get("apps", {})}
                assert {name for name, rule in rules.items() if "inbound" in rule} == {
                    "todo-pubsub"
                }
                assert "circuitBreaker" not in rules["todo-pubsub"]["inbound"], path


def test_a_misspelled_field_is_found(schemas: dict[tuple[str, str], Schema]) -> None:
    schema = schemas["Subscription", "dapr.io/v2alpha1"]
    spec = {"pubsubname": "p", "topic": "t", "routes": {"default": "/e"}, "deadLeterTopic": "d"}
    document = {"apiVersion": "dapr.io/v2alpha1", "kind": "Subscription", "spec": spec}
    [fault] = faults(schema, document)
    assert "deadLeterTopic" in fault
