"""The map: every address of the citizens' pages, by the name that links use."""

from __future__ import annotations

from types import ModuleType

from starlette.routing import Route

from h5app.pages import home, orders
from h5app.pages.account import open as account_open
from h5app.pages.account import show as account
from h5app.pages.card_check import card, code
from h5app.pages.contracts import costs, document
from h5app.pages.contracts import show as contract
from h5app.pages.credit import application, apply, product, products
from h5app.pages.lines import draw
from h5app.pages.lines import show as line
from h5app.pages.loans import list as loans
from h5app.pages.loans import repay
from h5app.pages.loans import show as loan
from h5app.pages.login import arrive, callback, enter, face, launch, leave
from h5app.pages.me import consent, consents, data, display, help, messages
from h5app.pages.me import show as me
from h5app.pages.wallet import entries, entry, top_up


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
    *page("/card-check", "card_check", card),
    *page("/card-check/code", "card_check_code", code),
    *page("/leave", "leave", leave),
    *page("/account", "account", account),
    *page("/account/open/{step}", "account_open", account_open),
    *page("/top-up", "top_up", top_up),
    *page("/entries", "entries", entries),
    *page("/entries/{entry}", "entry", entry),
    *page("/orders/{intent}", "order", orders),
    *page("/credit", "credit", products),
    *page("/credit/{product}", "product", product),
    *page("/apply/{product}/{step}", "apply", apply),
    *page("/applications/{application}", "application", application),
    *page("/contracts/{contract}", "contract", contract),
    *page("/contracts/{contract}/document", "contract_document", document),
    *page("/contracts/{contract}/costs", "contract_costs", costs),
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
