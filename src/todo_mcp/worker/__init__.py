"""The event face: handlers and timers."""
