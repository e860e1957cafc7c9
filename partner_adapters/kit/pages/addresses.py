"""Paths of an application's routes, found by the route's name.

Starlette's own `url_path_for` would try every route for every link of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, NoMatchFound, Route

MAX_CHARS = 512
_OWN_ADDRESS = re.compile(r"/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&%+-]*)?")


class Addresses:
    """The paths of an application's routes. Routes with one name (GET and POST of a page) share their path."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes: dict[str, Route] = {}
        for route in routes:
            if isinstance(route, Route):
                self._routes.setdefault(route.name, route)
        self._bound: dict[tuple[tuple[str, str], ...], BoundAddresses] = {}

    def path(self, name: str, **params: Any) -> str:
        """Return the path of a route.

        Raises `NoMatchFound` unless `params` are exactly the parameters of this route.
        """
        route = self._routes.get(name)
        if route is None or params.keys() != route.param_convertors.keys():
            raise NoMatchFound(name, params)
        parts = {key: route.param_convertors[key].to_string(value) for key, value in params.items()}
        return route.path_format.format_map(parts)

    def bind(self, **params: str) -> BoundAddresses:
        """Return the addresses in which `params` are already filled in."""
        key = tuple(params.items())
        if key not in self._bound:
            self._bound[key] = BoundAddresses(self, params)
        return self._bound[key]

    def names_with(self, params: Iterable[str]) -> list[str]:
        """Return the names of the routes that take exactly these parameters."""
        wanted = set(params)
        return [name for name, route in self._routes.items() if route.param_convertors.keys() == wanted]


class BoundAddresses:
    """Paths with some parameters filled in. A path that needs no other parameters is built only once."""

    def __init__(self, addresses: Addresses, params: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._params = params
        self._complete = {name: addresses.path(name, **params) for name in addresses.names_with(params)}

    def __call__(self, name: str, **params: Any) -> str:
        """Return the path of a route. Raises `NoMatchFound` as `Addresses.path` does."""
        if not params and name in self._complete:
            return self._complete[name]
        return self._addresses.path(name, **self._params, **params)


def own_address(request: Request) -> str:
    """Return the request's own path and query."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def safe_return(segment: str, target: str) -> str | None:
    """Return `target` if it is a page below `/{segment}`, else None.

    The result never leads to another host, however `target` is spelled.
    """
    inside = target == f"/{segment}" or target.startswith((f"/{segment}/", f"/{segment}?"))
    plain = _OWN_ADDRESS.fullmatch(target) is not None and "//" not in target and "/." not in target
    return target if inside and plain and len(target) <= MAX_CHARS else None
