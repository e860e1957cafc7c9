"""Structured logs: how the records of this process reach its sink, and the line of each request."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.observed.readiness import NotReady
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.observed.request_notes import noted
from partner_adapters.kit.observed.sinks import LOST, DescriptorWriter, LineSink, no_descriptor
from partner_adapters.kit.observed.spans import current_trace_id
from partner_adapters.kit.web.log_records import keep_allowed, render_line
from partner_adapters.kit.web.watching import watched

log = structlog.get_logger()
# The sink of this process: its standard error, which all its applications share.
_sink: LineSink | None = None


def configure_logs(party: str, sink: LineSink | None = None) -> None:
    """Write JSON lines to standard error, or `sink`, for this process and the standard library's loggers.

    Neither a sink that fails nor a record that cannot be written raises: both are counted as lost lines.
    """
    global _sink
    if sink is None:
        sink = _standard_error()
        _log_what_nobody_catches()
    _sink = sink
    shared: list[Any] = [
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    rendered = [_name_party(party), keep_allowed, structlog.processors.JSONRenderer(render_line)]
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=_CarefulLogger,
        logger_factory=lambda *_names: _SinkLogger(sink),
        cache_logger_on_first_use=True,
    )
    handler = _SinkHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


async def check_log() -> None:
    """Check that the disk took the latest log line. Raises `NotReady`.

    A pipe whose reader has gone does not count: without it the process still serves as it should.
    """
    if _sink is not None and _sink.trouble:
        raise NotReady(_sink.trouble)


def _standard_error() -> LineSink:
    # None where the program was started with it closed. Its number may since belong to another file.
    return LineSink(DescriptorWriter(sys.stderr.fileno()) if sys.stderr else no_descriptor)


def _log_what_nobody_catches() -> None:
    """Log uncaught exceptions too, which Python would print as they are, with what they quote."""
    sys.excepthook = lambda _kind, error, _trace: log.error("process.fault", exc_info=error)
    threading.excepthook = lambda caught: log.error("thread.fault", exc_info=caught.exc_value)
    sys.unraisablehook = lambda caught: log.error("process.fault", exc_info=caught.exc_value)


class _CarefulLogger(structlog.make_filtering_bound_logger(logging.INFO)):  # type: ignore[misc]
    """Counts a record that cannot be rendered as lost, instead of raising out of a logging call."""

    def _proxy_to_logger(self, method_name: str, event: str | None = None, *args: Any, **fields: Any) -> Any:
        try:
            return super()._proxy_to_logger(method_name, event, *args, **fields)
        except Exception:
            LOST.labels("log").inc()


class _SinkLogger:
    """What structlog hands each rendered line to."""

    def __init__(self, sink: LineSink) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = sink.write_line


class _SinkHandler(logging.Handler):
    """What the standard library hands each record to."""

    def __init__(self, sink: LineSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sink.write_line(self.format(record))
        except Exception:
            # The inherited `handleError` would print the record's arguments, unmasked.
            LOST.labels("log").inc()


def _name_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if reference := current_request_id():
        event["request_id"] = reference
    if trace := current_trace_id():
        event["trace_id"] = trace
    return event


def _name_party(party: str) -> Any:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["party"] = party
        return event

    return add


class AccessLogMiddleware:
    """Logs one line for each request: method, path (never the query), status, duration, and codes of refusals.

    `secret_after`: of a path with this in it, what follows is a secret and is not logged.
    """

    def __init__(self, app: ASGIApp, *, secret_after: str | None = None) -> None:
        self.app = app
        self.secret_after = secret_after

    def _route(self, path: str) -> str:
        if self.secret_after is None or self.secret_after not in path:
            return path
        return f"{path.partition(self.secret_after)[0]}{self.secret_after}…"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answer = time.perf_counter(), watched(send)
        with noted() as notes:
            try:
                await self.app(scope, receive, answer)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    route=self._route(scope["path"]),
                    status=answer.status or 500,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                    **notes,
                )
