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

    def path(self, name: str, **params: Any) -> str:
        """Raises `NoMatchFound` for a name that is none, or for other parameters than its route's."""
        route = self._routes.get(name)
        if route is None or params.keys() != route.param_convertors.keys():
            raise NoMatchFound(name, params)
        parts = {key: route.param_convertors[key].to_string(value) for key, value in params.items()}
        return route.path_format.format_map(parts)
