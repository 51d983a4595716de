"""All figures, or those of the benches named: `python -m tools.bench [name…]`, or `make bench`.

A bench is a module of this folder with `async def measure(stage) -> list[Figure]`.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from time import perf_counter

from tools.bench.figures import Figure, table
from tools.bench.stage import Stage, stage

Measure = Callable[[Stage], Awaitable[list[Figure]]]


def benches() -> dict[str, Measure]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = {name: import_module(f"tools.bench.{name}") for name in names}
    return {name: made.measure for name, made in modules.items() if hasattr(made, "measure")}


async def run(chosen: Sequence[str], known: dict[str, Measure]) -> list[Figure]:
    figures: list[Figure] = []
    async with stage() as made:
        for name in chosen:
            started = perf_counter()
            found = await known[name](made)
            figures += found
            print(f"{name}: {perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
            print(table(found), end="\n\n", file=sys.stderr, flush=True)
    return figures


def main() -> None:
    known = benches()
    parser = argparse.ArgumentParser("tools.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    chosen: list[str] = parser.parse_args().names or list(known)
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"no bench {', '.join(unknown)}; there are {', '.join(known)}")
    print(table(asyncio.run(run(chosen, known))))


if __name__ == "__main__":
    main()
