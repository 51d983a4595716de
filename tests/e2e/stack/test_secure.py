"""Kafka as it is rented: with TLS and SCRAM, through the component of dapr/redpanda-cloud."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from tools.stack import Plan, stack

from tests import sowing
from tests.e2e.stack import checking
from tests.e2e.stack.test_delivery import FOLLOWED
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.store.database import Database


@pytest.mark.full
async def test_events_go_out_and_come_in_with_a_login_over_tls(tmp_path: Path) -> None:
    # Red with a wrong password in the secrets: a sidecar ends at its start, and nothing hangs. And without
    # the certificate as a root; with a subscription to another topic: what is published has no effect.
    async with stack(tmp_path / "s", Plan(secure=True)) as up:
        async with connect(up.invoke_url(), "modern") as client:
            agent = Agent(client)
            task = await agent.add("Stretch", due="in 2 seconds", reminders=["0m"])
            weekly = await agent.add("Water", recurrence="every friday at 9:00")
            await agent.call("complete_tasks", ids=[weekly])
            [notification] = await eventually(partial(checking.notified, agent))
            assert notification["task"] == task
        database = Database(up.database.url)
        try:
            await eventually(partial(sowing.rows, database, FOLLOWED, int(weekly[1:])))
            assert await sowing.rows(database, checking.UNDELIVERED) == []
        finally:
            await database.close()
        code, told = await up.command("topics", "ensure")
        assert (code, told.count(": as wanted")) == (0, 3), told

        with pytest.raises(KafkaException):
            await asyncio.to_thread(without_a_login, up.environment["KAFKA_BROKERS"])
        up.environment["TODO_MCP_KAFKA_PASSWORD"] = "guessed"
        code, told = await up.command("topics", "ensure")
        assert (code, "Kafka does not do it" in told) == (1, True), told


def without_a_login(brokers: str) -> None:
    AdminClient({"bootstrap.servers": brokers, "log_level": 0}).list_topics(timeout=3)
