"""`/sdk/webview`: a page for makers of apps that tries their web view, and shows the line that is missing in it.

It belongs to no partner and knows no person. Its cookie says nothing but that a web view keeps cookies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from h5app.devices import kind_of
from h5app.page import environment
from h5app.services import services_of
from h5app.sessions import as_lang, as_text_size
from partner_adapters.kit.pages import rendering
from partner_adapters.kit.pages.addresses import with_query

PATH = "/sdk/webview"
COOKIE, KEPT_FOR_S = "sb-webview", 600
# What the form sends. A web view that removes bodies loses it.
FIELD, SENT = "word", "sunbridge"
FILE = "Sunbridge saved this file. Your web view lets customers save files.\n"

System = Literal["android", "ios", "harmony", "mini_program"]
# What we try, in the order of the page, with the line that mends it in each system (docs/partners/native-apps.md).
# Where a system has no such line, the web view does it by itself or the app's platform decides.
LINES: Mapping[str, Mapping[System, str]] = {
    "script": {
        "android": "webView.settings.javaScriptEnabled = true",
        "ios": "configuration.defaultWebpagePreferences.allowsContentJavaScript = true",
        "harmony": ".javaScriptAccess(true)",
    },
    "cookies": {
        "android": "CookieManager.getInstance().setAcceptCookie(true)",
        "ios": "configuration.websiteDataStore = .default()",
        "harmony": "webview.WebCookieManager.putAcceptCookieEnabled(true)",
    },
    "post": {
        "android": 'if (request.method == "POST") return null',
        "ios": 'if action.request.httpMethod == "POST" { decisionHandler(.allow); return }',
        "harmony": ".onInterceptRequest(() => null)",
    },
    "storage": {
        "android": "webView.settings.domStorageEnabled = true",
        "ios": "configuration.websiteDataStore = .default()",
        "harmony": ".domStorageAccess(true)",
    },
    "file": {
        "android": "override fun onShowFileChooser(",
        "harmony": ".onShowFileSelector((event) => this.chooseFile(event))",
    },
    "camera": {
        "android": '<uses-permission android:name="android.permission.CAMERA"/>',
        "ios": "<key>NSCameraUsageDescription</key>",
        "harmony": '{ "name": "ohos.permission.CAMERA" }',
    },
    "download": {
        "android": "webView.setDownloadListener(downloads)",
        "ios": "decisionHandler(.download)",
        "harmony": "this.controller.setDownloadDelegate(this.downloads)",
    },
    "back": {
        "android": "if (webView.canGoBack()) webView.goBack() else finish()",
        "ios": "webView.allowsBackForwardNavigationGestures = true",
        "harmony": "if (this.controller.accessBackward()) { this.controller.backward(); return true }",
    },
    "scheme": {
        "android": "startActivity(Intent(Intent.ACTION_VIEW, request.url))",
        "ios": "UIApplication.shared.open(url)",
        "harmony": "this.context.openLink(url)",
    },
}
SYSTEMS: tuple[System, ...] = ("android", "ios", "harmony", "mini_program")
_SYSTEM_OF: Mapping[str, System] = {
    "iphone": "ios",
    "ipad": "ios",
    "harmony": "harmony",
    "android_phone": "android",
    "android_tablet": "android",
}


def webview_routes() -> list[Route]:
    """Return the routes. Query: `lang` (`zh`, `en`) and `ui` (`standard`, `elder`, `largest`)."""
    return [
        Route(PATH, _begin, methods=["GET"], name="sdk_webview"),
        Route(PATH, _try, methods=["POST"], name="sdk_webview_try"),
        Route(f"{PATH}/file", _file, methods=["GET"], name="sdk_webview_file"),
    ]


async def _begin(request: Request) -> Response:
    page = _page(request, {})
    secure = services_of(request).settings.secure
    page.set_cookie(COOKIE, "1", KEPT_FOR_S, path=PATH, secure=secure, httponly=True, samesite="lax")
    return page


async def _try(request: Request) -> Response:
    """Show what this request has proven, and let the page's script try the rest."""
    sent = parse_qs((await request.body()).decode("latin-1"))
    has_body = sent.get(FIELD) == [SENT]
    return _page(request, {"cookies": request.cookies.get(COOKIE) == "1", "post": has_body})


async def _file(_request: Request) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="sunbridge-webview.txt"'}
    return PlainTextResponse(FILE, headers=headers)


def _page(request: Request, proven: Mapping[str, bool]) -> Response:
    lang = as_lang(request.query_params.get("lang")) or "zh"
    size = as_text_size(request.query_params.get("ui")) or "standard"
    user_agent = request.headers.get("user-agent", "")
    system: System | None = _SYSTEM_OF.get(kind_of(user_agent))
    if "miniprogram" in user_agent.lower():
        system = "mini_program"
    return rendering.render(
        request,
        environment(lang),
        "sdk/webview.html",
        visit=None,
        lines=LINES,
        systems=[system] if system else SYSTEMS,
        proven=proven,
        size=size,
        path=with_query(PATH, lang=lang, ui=size),
        file=f"{PATH}/file",
        field=FIELD,
        sent=SENT,
        other_lang=with_query(PATH, lang="en" if lang == "zh" else "zh", ui=size),
        other_size=with_query(PATH, lang=lang, ui="elder" if size == "standard" else "standard"),
    )
