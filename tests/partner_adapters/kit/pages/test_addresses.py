"""Paths by route name, with some parameters filled in beforehand, and addresses that are safe to return to."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import NoMatchFound, Route

from partner_adapters.kit.pages.addresses import Addresses, safe_return


async def page(_request: Request) -> Response:
    return Response()


ADDRESSES = Addresses(
    [
        Route("/healthz", page, name="health"),
        Route("/{partner}/", page, methods=["GET"], name="home"),
        Route("/{partner}/", page, methods=["POST"], name="home"),
        Route("/{partner}/loans/{loan}", page, name="loan"),
    ]
)


def test_a_path_is_found_by_its_routes_name() -> None:
    assert ADDRESSES.path("health") == "/healthz"
    assert ADDRESSES.path("home", partner="lyg") == "/lyg/"
    assert ADDRESSES.path("loan", partner="lyg", loan="ln-1") == "/lyg/loans/ln-1"


def test_bound_addresses_need_the_other_parameters_only() -> None:
    bound = ADDRESSES.bind(partner="lyg")
    assert bound("home") == "/lyg/"
    assert bound("loan", loan="ln-1") == "/lyg/loans/ln-1"
    assert ADDRESSES.bind(partner="haian")("home") == "/haian/"


@pytest.mark.parametrize(
    ("name", "params"),
    [("unknown", {}), ("loan", {}), ("home", {"loan": "ln-1"}), ("loan", {"loan": "ln-1", "page": "2"})],
)
def test_a_link_that_fits_no_route_is_an_error_and_not_a_broken_link(
    name: str, params: dict[str, str]
) -> None:
    with pytest.raises(NoMatchFound):
        ADDRESSES.bind(partner="lyg")(name, **params)
    with pytest.raises(NoMatchFound):
        ADDRESSES.path(name, **params)


@pytest.mark.parametrize("target", ["/lyg/", "/lyg", "/lyg/loans/ln-1?wait=2", "/lyg?lang=en"])
def test_a_page_of_the_same_partner_may_be_returned_to(target: str) -> None:
    assert safe_return("lyg", target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "/haian/",
        "//evil.example",
        "/lyg//evil",
        "/lyg/../haian",
        "https://evil.example/lyg/",
        "/lyg/\t",
        "/lygx/",
        f"/lyg/{'a' * 600}",
    ],
)
def test_no_other_address_may(target: str) -> None:
    assert safe_return("lyg", target) is None
