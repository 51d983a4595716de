"""How often a process that serves many looks for garbage in cycles."""

import gc
from typing import Final

# What a call leaves goes by counting references; looking for the few cycles as often as Python does
# by default is a tenth of a call.
THRESHOLDS: Final = (50_000, 20, 100)


def spare_collections() -> None:
    """Called when the parts are imported and built: they stay, and are not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
