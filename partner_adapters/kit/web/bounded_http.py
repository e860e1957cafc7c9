"""HTTP/1.1 with bounds: how large a head is, how long a request may take to arrive, how many connections are open.

The protocol of uvicorn has none of these bounds. Its parser joins the pieces of a header value as they arrive.
Each piece of an endless value costs more than the one before: 100 MB kept every other request waiting for 3.8 s.
Each refusal is a problem (RFC 9457), written here because no application has seen the request.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Any, cast

import httptools
import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.bounds import (
    MALFORMED,
    TOO_MANY,
    TOO_SLOW,
    Bounds,
    address_too_long,
    head_too_large,
    written,
)
from partner_adapters.kit.web.connections import Connections

# A refused caller has this long to read why. Closing at once, with something unread, could destroy the answer.
LINGER_S = 1.0
log = structlog.get_logger()


class BoundedConfig(uvicorn.Config):
    """uvicorn's options, with the bounds of the server and the table that its connections share."""

    def __init__(self, app: Any, bounds: Bounds, trusted_proxies: str, **options: Any) -> None:
        ours: dict[str, Any] = {
            "http": BoundedProtocol,
            # No application of ours speaks WebSocket, and an upgraded connection would leave these bounds.
            "ws": "none",
            "proxy_headers": bool(trusted_proxies),
            "forwarded_allow_ips": trusted_proxies or None,
        }
        super().__init__(app, **(ours | options))
        self.bounds = bounds
        self.open_connections = Connections(bounds.connections, bounds.connections_of_peer, trusted_proxies)


class _Part(Enum):
    """What the next byte belongs to."""

    BETWEEN = auto()
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `tests/partner_adapters/kit/web/test_bounded_http.py` names what it relies on in uvicorn."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        bounded = cast(BoundedConfig, config)
        self._bounds, self._open_connections = bounded.bounds, bounded.open_connections
        self._peer: str | None = None
        self._part = _Part.BETWEEN
        # Bytes since the last that were body or ended a request. A head or a trailer is made of these.
        self._unfinished = 0
        # Bytes of the body since its timer was set.
        self._arrived = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._ended = False

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = self._open_connections.enter(self.client[0] if self.client else "")
        if self._peer is None:
            self._turn_away()
        else:
            self._timer = self.loop.call_later(self._bounds.head_s, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_unread_timer()
        self._ended = True
        if self._peer is not None:
            self._open_connections.leave(self._peer)
            self._peer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        # Piece by piece, because the parser stores what it is given: it never sees more than the bound. What a piece
        # holds after the end of a request is not counted, so a pipelined head may have up to twice as much.
        while data and not self._ended:
            room = self._bounds.head_bytes - self._unfinished
            piece, data = data[:room], data[room:]
            self._feed(piece)
        if not self._ended and self._timer is None and (self._unfinished or self._part is not _Part.BETWEEN):
            # Only a request that did not arrive at once costs a timer.
            within_s = self._bounds.body_s if self._part is _Part.BODY else self._bounds.head_s
            self._timer = self.loop.call_later(within_s, self._too_slow)

    def _feed(self, piece: bytes) -> None:
        self._unfinished += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # a wish to speak something else may be ignored: the request is answered over HTTP/1.1
        except httptools.HttpParserError:
            too_long = self._part is _Part.HEAD and len(self.url) > self._bounds.address_bytes
            self._refuse(address_too_long(self._bounds) if too_long else MALFORMED)
        else:
            if self._unfinished >= self._bounds.head_bytes:
                self._refuse(head_too_large(self._bounds))

    # The answer

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_unread_timer()

    def _watch_reader(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread_timer = self.loop.call_later(self._bounds.answer_s, self._unread, left)

    def _unread(self, left_before: int) -> None:
        if self.transport.get_write_buffer_size() < left_before:
            self._watch_reader()  # slow, but it reads
        else:
            # Closing would wait until the rest is read.
            self.transport.abort()

    # What the parser tells

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._part = _Part.HEAD

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._bounds.address_bytes:
            raise ValueError("the address is too long")  # the parser stops, and `_feed` refuses

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # A trailer is not a header: the application keeps the list as it is now.
        self.headers = []
        self._part, self._unfinished, self._arrived = _Part.BODY, 0, 0
        self._stop_timer()

    def on_body(self, body: bytes) -> None:
        self._unfinished = 0
        self._arrived += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._part, self._unfinished = _Part.BETWEEN, 0
        self._stop_timer()

    # Refusing

    def _too_slow(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            # We did not read, so the caller could not send.
            self._timer = self.loop.call_later(self._bounds.body_s, self._too_slow)
        elif self._part is _Part.BODY and self._arrived >= self._bounds.body_bytes:
            # The application bounds how large a body may become.
            self._arrived = 0
            self._timer = self.loop.call_later(self._bounds.body_s, self._too_slow)
        elif self._part is _Part.BETWEEN and not self._unfinished:
            # A browser connects in advance and may never need the connection.
            self.transport.close()
        else:
            self._refuse(TOO_SLOW)

    def _refuse(self, problem: Problem) -> None:
        """Say why, and end the connection without reading on."""
        self._ended = True
        self._stop_timer()
        log.info("request.refused", code=problem.code, status=problem.status)
        if not self._is_next_to_answer():
            self.transport.abort()
            return
        if self._part is _Part.BODY:
            # The application waits for the rest of this body: for it, the caller has left.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.flow.pause_reading()
        self.transport.write(written(problem))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_S, self.transport.close)

    def _is_next_to_answer(self) -> bool:
        """Whether the refusal can be taken for the answer to another request."""
        if self._part is _Part.BODY:
            return not self.pipeline and not self.cycle.response_started
        return self.cycle is None or self.cycle.response_complete

    def _turn_away(self) -> None:
        """End a connection that is one too many, at once: waiting for it to read would let them pile up."""
        self._ended = True
        self.transport.write(written(TOO_MANY))
        self.transport.close()

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
