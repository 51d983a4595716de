"""The todo service that AI agents use."""

__version__ = "0.1.0"
