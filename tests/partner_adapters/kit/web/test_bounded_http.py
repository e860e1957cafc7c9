"""What the bounds of HTTP/1.1 rely on in uvicorn. What they do is shown in tests/attacks/test_requests_too_large.py."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from partner_adapters.kit.web.bounded_http import BoundedProtocol
from partner_adapters.kit.web.connections import Connections

# Read `httptools_impl.py` again before you raise a version here.
READ_VERSIONS = {"uvicorn": "0.54.0", "httptools": "0.9.0"}
OVERRIDDEN = """__init__ connection_made connection_lost data_received on_message_begin on_url on_headers_complete
on_body on_message_complete pause_writing resume_writing""".split()
USED = {
    HttpToolsProtocol: "connections client transport loop parser flow cycle pipeline url headers".split(),
    RequestResponseCycle: "disconnected message_event response_started response_complete".split(),
    FlowControl: ["read_paused"],
}


def test_the_versions_installed_are_those_whose_source_was_read() -> None:
    assert {name: version(name) for name in READ_VERSIONS} == READ_VERSIONS


def test_uvicorn_still_has_what_the_bounds_stand_on() -> None:
    for name in OVERRIDDEN:
        theirs, ours = (getattr(which, name) for which in (HttpToolsProtocol, BoundedProtocol))
        assert list(inspect.signature(theirs).parameters) == list(inspect.signature(ours).parameters), name
    for owner, names in USED.items():
        source = inspect.getsource(owner)
        assert all(f"self.{name}" in source for name in names), owner


@pytest.mark.parametrize(
    ("proxies", "first", "second", "counted_together"),
    [
        ("", "192.0.2.1", "192.0.2.1", True),
        ("", "192.0.2.1", "192.0.2.2", False),
        ("", "2001:db8::1", "2001:db8::ffff", True),
        ("", "2001:db8::1", "2001:db8:0:1::1", False),
        ("", "192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.0/24", "192.0.2.1", "192.0.2.1", False),
        ("198.51.100.7, 2001:db8::/64", "2001:db8::1", "2001:db8::1", False),
        ("*", "192.0.2.1", "192.0.2.1", False),
    ],
)
def test_who_counts_as_one_peer(proxies: str, first: str, second: str, counted_together: bool) -> None:
    connections = Connections(9, 1, proxies)
    entered = connections.enter(first)
    assert entered is not None
    assert (connections.enter(second) is None) is counted_together
    connections.leave(entered)
    assert connections.enter(first) is not None
