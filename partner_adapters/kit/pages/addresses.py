"""Paths of an application's routes, found by the route's name.

Starlette's own `url_path_for` would try every route for every link of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.convertors import Convertor
from starlette.requests import Request
from starlette.routing import BaseRoute, NoMatchFound, Route

MAX_CHARS = 512
_OWN_ADDRESS = re.compile(r"/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&%+-]*)?")


class Addresses:
    """The paths of an application's routes. Routes with one name (GET and POST of a page) share their path."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._paths: dict[str, _Path] = {}
        for route in routes:
            if isinstance(route, Route):
                self._paths.setdefault(route.name, _Path(route.path_format, route.param_convertors))
        self._bound: dict[tuple[tuple[str, str], ...], BoundAddresses] = {}

    def path(self, name: str, **params: Any) -> str:
        """Return the path of a route.

        Raises `NoMatchFound` unless `params` are exactly the parameters of this route.
        """
        return _filled(self._paths, name, params)

    def bind(self, **params: str) -> BoundAddresses:
        """Return the addresses in which `params` are already filled in, of the routes that have all of them."""
        key = tuple(params.items())
        if key not in self._bound:
            paths = {
                name: path for name, path in self._paths.items() if params.keys() <= path.convertors.keys()
            }
            self._bound[key] = BoundAddresses({name: path.bind(params) for name, path in paths.items()})
        return self._bound[key]


class BoundAddresses:
    """Paths with some parameters filled in. A path that needs no other parameters is built only once."""

    def __init__(self, paths: Mapping[str, _Path]) -> None:
        self._paths = paths
        self._complete = {name: path.form for name, path in paths.items() if not path.convertors}

    def __call__(self, name: str, **params: Any) -> str:
        """Return the path of a route. Raises `NoMatchFound` as `Addresses.path` does."""
        if not params and name in self._complete:
            return self._complete[name]
        return _filled(self._paths, name, params)


@dataclass(frozen=True)
class _Path:
    """A path with `{holes}`, and the convertor that writes each."""

    form: str
    convertors: Mapping[str, Convertor[Any]]

    def bind(self, params: Mapping[str, str]) -> _Path:
        rest = {key: convertor for key, convertor in self.convertors.items() if key not in params}
        filled = {key: self.convertors[key].to_string(value) for key, value in params.items()}
        return _Path(self.form.format_map(filled | {key: f"{{{key}}}" for key in rest}), rest)


def _filled(paths: Mapping[str, _Path], name: str, params: dict[str, Any]) -> str:
    path = paths.get(name)
    if path is None or params.keys() != path.convertors.keys():
        raise NoMatchFound(name, params)
    return path.form.format_map({key: path.convertors[key].to_string(value) for key, value in params.items()})


def own_address(request: Request) -> str:
    """Return the request's own path and query."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def with_query(address: str, **values: str) -> str:
    """Return one of our own addresses with these values in its query, in place of any that it has for them."""
    if not values:
        return address
    path, _, query = address.partition("?")
    others = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in values]
    return f"{path}?{urlencode([*others, *values.items()])}"


def safe_return(segment: str, target: str) -> str | None:
    """Return `target` if it is a page below `/{segment}`, else None.

    The result never leads to another host, however `target` is spelled.
    """
    inside = target == f"/{segment}" or target.startswith((f"/{segment}/", f"/{segment}?"))
    plain = _OWN_ADDRESS.fullmatch(target) is not None and "//" not in target and "/." not in target
    return target if inside and plain and len(target) <= MAX_CHARS else None
