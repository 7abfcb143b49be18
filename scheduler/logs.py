"""Logs as JSON lines on standard error; of an error only its kind and place, never its message."""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger


def configure(level: str) -> None:
    """Send our logs and those of all libraries the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for quiet in ("alembic", "asyncio", "dbos"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    # The job engine adds a handler of its own where there is none.
    logging.getLogger("dbos").addHandler(handler)
    logging.getLogger("dbos").propagate = False


def _without_messages(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error: Any = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["kind"] = type(error).__name__
        event["where"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-6:]]
    return event
