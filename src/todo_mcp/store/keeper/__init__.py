"""The process that owns one embedded PostgreSQL server."""

# It runs by `python -I -S`, so these modules, and the packages above them, import nothing but the
# standard library: the process starts in milliseconds and stays small for days.
