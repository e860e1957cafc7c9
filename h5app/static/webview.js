/* The page sdk/webview.html: try what the web view around it allows. ES5 syntax. What the maker of the app must try by
   hand shows its line as soon as it is tapped, and takes it back when the page sees that it worked. */
(function () {
  "use strict";
  var OPENS_WITHIN_MS = 3000;

  function show(check, state) {
    var section = document.querySelector("[data-check=" + check + "]"), parts = section.querySelectorAll("[data-when]");
    section.setAttribute("data-state", state);
    for (var i = 0; i < parts.length; i += 1) { parts[i].hidden = parts[i].getAttribute("data-when") !== state; }
  }
  function onTap(check, then) {
    document.getElementById(check).addEventListener("click", function () {
      show(check, "missing");
      if (then) { then(); }
    });
  }

  /* Where the storage is switched off, Android has no such object and others throw. */
  function stores(name) {
    try {
      window[name].setItem("sb-webview", "1");
      window[name].removeItem("sb-webview");
      return true;
    } catch (fault) { return false; }
  }
  show("storage", stores("sessionStorage") && stores("localStorage") ? "ok" : "missing");
  show("engine", window.Promise && window.fetch && window.CSS && window.CSS.supports("--a", "0") ? "ok" : "missing");

  ["file", "camera"].forEach(function (check) {
    onTap(check);
    document.getElementById(check).addEventListener("change", function (event) {
      if (event.target.files.length) { show(check, "ok"); }
    });
  });

  /* No page learns whether a file was saved: the line stays for comparison. */
  onTap("download");

  onTap("back", function () { window.history.pushState("back", ""); });
  window.addEventListener("popstate", function () { show("back", "ok"); });

  var dialled = 0;
  onTap("scheme", function () { dialled = Date.now(); });
  function left() { if (Date.now() - dialled < OPENS_WITHIN_MS) { show("scheme", "ok"); } }
  window.addEventListener("blur", left);
  document.addEventListener("visibilitychange", function () { if (document.hidden) { left(); } });
}());
