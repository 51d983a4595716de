"""Logs: one JSON line an event (or colours on a terminal), on stderr, and no user text in them.

Text passes only in fields named here; elsewhere numbers and booleans pass and text is withheld. Of
what libraries log, the template and the place are kept and the values are not, because errors of a
database or a parser quote what they were given. Of exceptions, types and places are kept.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType, TracebackType
from typing import Any, Final, Literal, TextIO, cast

# structlog would load rich's tracebacks and their lexers, which takes a tenth of a start over stdio
# and is never used here: exceptions are logged as types and places.
_rich = sys.modules.pop("rich", None)
sys.modules["rich"] = cast("ModuleType", None)
try:
    import structlog
finally:
    del sys.modules["rich"]
    if _rich is not None:
        sys.modules["rich"] = _rich

from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger  # noqa: E402 (see above)

Level = Literal["debug", "info", "warning", "error"]

# Values in these are chosen by us or by the operator, never by the user of a todo list.
SAFE_TEXT: Final = frozenset(
    {
        "bus",
        "cause",
        "kind",
        "consumer",
        "data_dir",
        "error",
        "event_id",
        "event_type",
        "generation",
        "host",
        "level",
        "library",
        "mode",
        "notification",
        "op",
        "outcome",
        "place",
        "reason",
        "reminder",
        "revision",
        "role",
        "series",
        "sink",
        "space",
        "subject",
        "task",
        "template",
        "timestamp",
        "tool",
        "url",
        "version",
        "waker",
    }
)
WITHHELD: Final = "(withheld)"
_LONGEST: Final = 200
_EVENT: Final = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_CREDENTIALS: Final = re.compile(r"//[^/@\s]*@")
# Their messages are written for operators and quote nothing that a client has sent.
_QUIET: Final = {"mcp": logging.WARNING, "uvicorn": logging.WARNING, "alembic": logging.WARNING}


def configure(*, level: Level = "info", stream: TextIO | None = None) -> None:
    """Set up all logging of the process. Called once, before anything is built.

    `stream` is stderr where not given: stdout belongs to the protocol.
    """
    out = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if out.isatty() else structlog.processors.JSONRenderer()
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exceptions_without_text,
        withhold,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _route_libraries(number, shared, renderer, out)


def _route_libraries(level: int, shared: list[Processor], renderer: Processor, out: TextIO) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(_LibraryFormatter(shared, renderer))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name, least in _QUIET.items():
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(level, least))
    logging.captureWarnings(capture=True)


class _LibraryFormatter(logging.Formatter):
    def __init__(self, processors: list[Processor], renderer: Processor) -> None:
        super().__init__()
        self._processors = [*processors, renderer]

    def format(self, record: logging.LogRecord) -> str:
        event: Any = {
            "event": "library.logged",
            "library": record.name,
            "place": f"{record.module}:{record.lineno}",
            "exc_info": record.exc_info,
        }
        # Without arguments the message may be one into which values were already written.
        if record.args and isinstance(record.msg, str):
            event["template"] = record.msg
        for processor in self._processors:
            event = processor(None, record.levelname.lower(), event)
        return cast("str", event)


def withhold(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Replace text outside of the named fields."""
    return {key: _passed(key, value) for key, value in event_dict.items()}


def _passed(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if key == "event":
        return value if isinstance(value, str) and _EVENT.fullmatch(value) else WITHHELD
    if key == "frames":
        return value
    if key in SAFE_TEXT and isinstance(value, str):
        return _CREDENTIALS.sub("//…@", value[:_LONGEST])
    return WITHHELD


def _exceptions_without_text(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Types and places of an exception and its causes; messages may quote what a user wrote."""
    error = _exception(event_dict.pop("exc_info", None))
    if error is not None:
        chain = list(_chain(error))
        event_dict["error"] = " < ".join(type(link).__name__ for link in chain)
        event_dict["frames"] = [frame for link in chain for frame in _frames(link.__traceback__)]
    return event_dict


def _exception(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return cast("ExcInfo", exc_info)[1]
    return sys.exc_info()[1] if exc_info else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: Mapping[int, BaseException] = {}
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen = {**seen, id(current): current}
        yield current
        if isinstance(current, BaseExceptionGroup):
            for part in cast("BaseExceptionGroup[BaseException]", current).exceptions:
                yield from _chain(part)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = "/".join(code.co_filename.replace("\\", "/").rsplit("/", 2)[-2:])
        yield f"{file}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
