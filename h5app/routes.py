"""The map: every address of the citizens' pages, by the name that links use."""

from __future__ import annotations

from types import ModuleType

from starlette.routing import Route

from h5app.pages import (
    account,
    account_open,
    application,
    apply,
    arrive,
    callback,
    consent,
    consents,
    contract,
    contract_costs,
    contract_document,
    credit,
    data,
    display,
    draw,
    enter,
    entries,
    entry,
    face,
    help,
    home,
    launch,
    leave,
    line,
    loan,
    loans,
    me,
    messages,
    orders,
    product,
    repay,
    top_up,
)


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
    *page("/arrive", "arrive", arrive),
    Route("/{partner}/launch", launch.submit, methods=["POST"], name="launch"),
    *page("/face", "face", face),
    *page("/leave", "leave", leave),
    *page("/account", "account", account),
    *page("/account/open/{step}", "account_open", account_open),
    *page("/top-up", "top_up", top_up),
    *page("/entries", "entries", entries),
    *page("/entries/{entry}", "entry", entry),
    *page("/orders/{intent}", "order", orders),
    *page("/credit", "credit", credit),
    *page("/credit/{product}", "product", product),
    *page("/apply/{product}/{step}", "apply", apply),
    *page("/applications/{application}", "application", application),
    *page("/contracts/{contract}", "contract", contract),
    *page("/contracts/{contract}/document", "contract_document", contract_document),
    *page("/contracts/{contract}/costs", "contract_costs", contract_costs),
    *page("/lines/{line}", "line", line),
    *page("/lines/{line}/draw", "draw", draw),
    *page("/loans", "loans", loans),
    *page("/loans/{loan}", "loan", loan),
    *page("/loans/{loan}/repay", "repay", repay),
    *page("/me", "me", me),
    *page("/me/consents", "consents", consents),
    *page("/me/consents/{consent}", "consent", consent),
    *page("/me/data", "data", data),
    *page("/me/messages", "messages", messages),
    *page("/me/help", "help", help),
    *page("/me/display", "display", display),
]
