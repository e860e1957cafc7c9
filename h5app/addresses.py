"""The path of a page by its route's name: the router itself would try every route for every link of a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.routing import BaseRoute, NoMatchFound, Route


class Addresses:
    """Of several routes with one name (GET and POST of a page) the first answers for all: they share their path."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes: dict[str, Route] = {}
        for route in routes:
            if isinstance(route, Route):
                self._routes.setdefault(route.name, route)
        self._of: dict[str, PartnerAddresses] = {}

    def path(self, name: str, **params: Any) -> str:
        """Raises `NoMatchFound` for a name that is none, or for other parameters than its route's."""
        route = self._routes.get(name)
        if route is None or params.keys() != route.param_convertors.keys():
            raise NoMatchFound(name, params)
        parts = {key: route.param_convertors[key].to_string(value) for key, value in params.items()}
        return route.path_format.format_map(parts)

    def of(self, partner: str) -> PartnerAddresses:
        if partner not in self._of:
            self._of[partner] = PartnerAddresses(self, partner)
        return self._of[partner]

    def wanting_nothing_but(self, param: str) -> list[str]:
        """The names of the routes with this one parameter."""
        return [name for name, route in self._routes.items() if [*route.param_convertors] == [param]]


class PartnerAddresses:
    """The paths of one partner's pages: most are written once, not at every page that links to them."""

    def __init__(self, addresses: Addresses, partner: str) -> None:
        self._addresses = addresses
        self._partner = partner
        names = addresses.wanting_nothing_but("partner")
        self._written = {name: addresses.path(name, partner=partner) for name in names}

    def __call__(self, name: str, **params: Any) -> str:
        """As `Addresses.path`."""
        if not params and name in self._written:
            return self._written[name]
        return self._addresses.path(name, partner=self._partner, **params)
