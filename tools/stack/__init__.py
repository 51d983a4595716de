"""The real thing on one machine: Kafka, Dapr, PostgreSQL, servers and workers, for people and for tests."""

from tools.stack.process import FailedError, Process
from tools.stack.programs import MissingError
from tools.stack.running import Plan, Stack, stack

__all__ = ["FailedError", "MissingError", "Plan", "Process", "Stack", "stack"]
