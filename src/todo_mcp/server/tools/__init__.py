"""Every tool the server offers."""
