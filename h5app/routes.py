"""The map: every address of the citizens' pages, by the name that links use."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from h5app.confirming.quoted import ConfirmedAction
from h5app.guard import signed_in
from h5app.limiting import limited
from h5app.overview import read_overview, tasks_of
from h5app.page import Page, render
from h5app.pages import home, orders, progress
from h5app.pages.account import open as account_open
from h5app.pages.account import photograph
from h5app.pages.account import show as account
from h5app.pages.account.close import AccountClosing
from h5app.pages.account.freeze import Freezing, Lifting
from h5app.pages.account.limits import LimitChange
from h5app.pages.account.raise_class import ClassRaise
from h5app.pages.authorise import come_back as authorise_return
from h5app.pages.authorise import leave as authorise_leave
from h5app.pages.card_check import card, code
from h5app.pages.contracts import document
from h5app.pages.contracts import show as contract
from h5app.pages.contracts.costs import Signing
from h5app.pages.credit import application, apply, calculator, offers, papers, product, products
from h5app.pages.documents import download, make
from h5app.pages.freeze import card as visitor_freeze
from h5app.pages.freeze import code as visitor_freeze_code
from h5app.pages.lines import show as line
from h5app.pages.lines.draw import Drawdown
from h5app.pages.loans import certificate, certificate_document
from h5app.pages.loans import show as loan
from h5app.pages.loans.repay import Repayment
from h5app.pages.loans.repay_by_card import RepaymentByCard
from h5app.pages.login import alive, arrive, callback, enter, face, launch, leave, signed_out
from h5app.pages.me import (
    address,
    case,
    complaint_progress,
    complaint_search,
    complaints,
    consent,
    consents,
    data,
    display,
    give_consent,
    messages,
    notifications,
    phone,
)
from h5app.pages.me import sessions as own_sessions
from h5app.pages.wallet import entries, entry, new_card
from h5app.pages.wallet.card import CardChange
from h5app.pages.wallet.top_up import TopUpFromCard
from h5app.pages.wallet.withdraw import WithdrawToCard
from h5app.visit import visit_of


def route(method: str, path: str, name: str, endpoint: Page, *, is_limited: bool = True) -> Route:
    """One method of a page under `/{partner}`, behind the limits that name it (`limits.py`)."""
    serve = limited(endpoint, method, name) if is_limited else endpoint
    return Route(f"/{{partner}}{path}", serve, methods=[method], name=name)


def page(path: str, name: str, module: ModuleType) -> list[Route]:
    """`module.show` for GET and, where there is one, `module.submit` for POST."""
    routes = [route("GET", path, name, module.show)]
    if hasattr(module, "submit"):
        routes.append(route("POST", path, name, module.submit))
    return routes


def action_page(path: str, pages: ConfirmedAction[Any, Any]) -> list[Route]:
    """The page of a money action, by the name that the action's row has for it."""
    name, is_limited = pages.action.page, not pages.action.brings_money
    return [
        route("GET", path, name, signed_in(pages.show), is_limited=is_limited),
        route("POST", path, name, signed_in(pages.submit), is_limited=is_limited),
    ]


def template_page(path: str, name: str, template: str, *, guests: bool = False) -> list[Route]:
    """A page that is its template and nothing else. `guests`: open to visitors who have not logged in."""

    async def show(request: Request) -> Response:
        visit_of(request)  # 404 where the address names no partner of ours
        return render(request, template)

    endpoint = show if guests else signed_in(show)
    return [route("GET", path, name, endpoint)]


def overview_page(path: str, name: str, template: str) -> list[Route]:
    """A page that shows the customer's overview by its template."""

    async def show(request: Request) -> Response:
        overview = await read_overview(visit_of(request))
        return render(request, template, overview=overview, tasks=tasks_of(overview))

    return [route("GET", path, name, signed_in(show))]


ROUTES: list[Route] = [
    *page("/", "home", home),
    Route("/{partner}", home.without_slash, methods=["GET"]),
    *page("/enter", "enter", enter),
    *page("/callback", "callback", callback),
    *page("/arrive", "arrive", arrive),
    route("POST", "/launch", "launch", launch.submit),
    route("POST", "/signed-out", "signed_out", signed_out.submit),
    *page("/face", "face", face),
    *page("/card-check", "card_check", card),
    *page("/card-check/code", "card_check_code", code),
    *page("/leave", "leave", leave),
    *page("/alive", "alive", alive),
    *page("/progress", "progress", progress),
    *page("/account", "account", account),
    *page("/account/open/{step}", "account_open", account_open),
    *action_page("/account/raise", ClassRaise()),
    route("POST", "/account/open/document/{side}", "account_photograph", photograph.submit),
    *action_page("/limits", LimitChange()),
    *action_page("/account/freeze", Freezing()),
    *action_page("/account/unfreeze", Lifting()),
    *action_page("/account/close", AccountClosing()),
    *page("/freeze", "visitor_freeze", visitor_freeze),
    *page("/freeze/code", "visitor_freeze_code", visitor_freeze_code),
    route("GET", "/freeze/done", "visitor_frozen", visitor_freeze_code.done),
    *action_page("/top-up", TopUpFromCard()),
    *action_page("/card", CardChange()),
    *page("/card/new", "card_new", new_card),
    *action_page("/withdraw", WithdrawToCard()),
    *page("/entries", "entries", entries),
    *page("/entries/{entry}", "entry", entry),
    *page("/documents", "documents", make),
    *page("/documents/{token}", "download", download),
    *page("/documents/{token}/{file_name}", "named_download", download),
    *page("/orders/{intent}", "order", orders),
    *page("/credit", "credit", products),
    *page("/credit/calculator", "calculator", calculator),
    *page("/credit/offers", "offers", offers),
    *page("/credit/{product}", "product", product),
    *page("/apply/{product}/{step}", "apply", apply),
    *page("/applications/{application}", "application", application),
    *page("/applications/{application}/papers", "papers", papers),
    route("POST", "/applications/{application}/papers/{code}", "paper_piece", papers.add_piece),
    *page("/contracts/{contract}", "contract", contract),
    *page("/contracts/{contract}/document", "contract_document", document),
    *action_page("/contracts/{contract}/costs", Signing()),
    *page("/lines/{line}", "line", line),
    *action_page("/lines/{line}/draw", Drawdown()),
    *overview_page("/loans", "loans", "loans/list.html"),
    *page("/loans/{loan}", "loan", loan),
    *action_page("/loans/{loan}/repay", Repayment()),
    *action_page("/loans/{loan}/repay-by-card", RepaymentByCard()),
    *page("/loans/{loan}/certificate", "certificate", certificate),
    *page("/loans/{loan}/certificate/document", "certificate_document", certificate_document),
    *template_page("/about", "about", "about.html", guests=True),
    *template_page("/me", "me", "me/show.html"),
    *overview_page("/me/contracts", "contracts", "me/contracts.html"),
    *page("/authorise/{source}", "authorise", authorise_leave),
    *page("/authorise/{source}/return", "authorise_return", authorise_return),
    *page("/me/consents", "consents", consents),
    *page("/me/consents/{consent}", "consent", consent),
    *page("/me/consents/give/{purpose}", "give_consent", give_consent),
    *page("/me/data", "data", data),
    *page("/me/phone", "phone", phone),
    *page("/me/address", "address", address),
    *page("/me/messages", "messages", messages),
    *page("/me/notifications", "notifications", notifications),
    *page("/me/sessions", "sessions", own_sessions),
    *template_page("/me/help", "help", "me/help.html", guests=True),
    *page("/me/complaints", "complaints", complaints),
    *page("/me/complaints/search", "complaint_search", complaint_search),
    *page("/me/complaints/progress", "complaint_progress", complaint_progress),
    *page("/me/cases/{case}", "case", case),
    *page("/me/display", "display", display),
]
