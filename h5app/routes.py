"""The map: every address of the citizens' pages, by the name that links use."""

from __future__ import annotations

from types import ModuleType

from starlette.routing import Route

from h5app.pages import callback, enter, face, home, leave, orders


def page(path: str, name: str, module: ModuleType) -> list[Route]:
    """`module.show` for GET and, where there is one, `module.submit` for POST, under `/{partner}`."""
    routes = [Route(f"/{{partner}}{path}", module.show, methods=["GET"], name=name)]
    if hasattr(module, "submit"):
        routes.append(Route(f"/{{partner}}{path}", module.submit, methods=["POST"], name=name))
    return routes


ROUTES: list[Route] = [
    *page("/", "home", home),
    Route("/{partner}", home.without_slash, methods=["GET"]),
    *page("/enter", "enter", enter),
    *page("/callback", "callback", callback),
    *page("/face", "face", face),
    *page("/leave", "leave", leave),
    *page("/orders/{intent}", "order", orders),
]
