"""Structured logs that cannot leak: a record has only the fields listed here, and their text is masked."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.observed.spans import current_trace_id
from partner_adapters.kit.values.masking import mask_text
from partner_adapters.kit.web.watching import watched

ALLOWED_FIELDS = frozenset(
    """event level timestamp request_id trace_id party world bank_id partner method route status duration_ms code reason
    kind subject intent state attempts job account application contract line loan order error exception count
    upstream url_host port file customer_id day""".split()
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
log = structlog.get_logger()


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and mask numbers in the others.

    A trace id is random and not masked: one in a thousand looks as if it contained a phone number.
    """
    return {
        key: mask_text(value) if isinstance(value, str) and key != "trace_id" else value
        for key, value in event.items()
        if key in ALLOWED_FIELDS
    }


def configure_logs(party: str, sink: TextIO | None = None) -> None:
    """Write JSON lines to standard error, or `sink`, for this process and the standard library's loggers."""
    sink = sink or sys.stderr
    shared: list[Any] = [
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            *shared,
            _name_party(party),
            keep_allowed,
            structlog.processors.JSONRenderer(_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sink),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _name_party(party),
                keep_allowed,
                structlog.processors.JSONRenderer(_as_json),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _as_json(event: MutableMapping[str, Any], **options: Any) -> str:
    """Return one line. `json.dumps` would make a new encoder for each."""
    return _ENCODER.encode(event)


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
    """Logs one line for each request: method, route (never the query), status, duration."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answer = time.perf_counter(), watched(send)
        try:
            await self.app(scope, receive, answer)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=scope["path"],
                status=answer.status or 500,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
