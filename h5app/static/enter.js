/* The page login/bridge.html: asks the app for a ticket and posts it; says what is happening in one of the page's stages.
   ES5 syntax. The ticket goes nowhere but into our own form; the server redeems it. */
(function () {
  "use strict";
  var SCRIPT_WITHIN_MS = 5000;
  var nonce = document.currentScript.nonce || document.currentScript.getAttribute("nonce");
  var form = document.getElementById("handover"), ticket = form.querySelector("[data-ticket]");
  var names = JSON.parse(form.getAttribute("data-names")), ability = form.getAttribute("data-ability");
  var for_whom = {appId: form.getAttribute("data-app")};
  var hosts_page = form.getAttribute("data-otherwise");
  Object.keys(names).forEach(function (container) { window.sunbridge.extend(container, names[container]); });

  function show(stage) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-stage]"), function (section) {
      section.hidden = section.getAttribute("data-stage") !== stage;
    });
  }

  /* The host's own script, unless the app has put the bridge in by itself. It is not waited for forever, nor does the
     page wait for it: hence not among the page's scripts. */
  var brought = null;
  function bridge() {
    brought = brought || new Promise(function (resolve) {
      var address = form.getAttribute("data-script");
      if (!address || window.sunbridge.supported(ability) === "bridge") { resolve(); return; }
      var script = document.createElement("script");
      script.onload = script.onerror = resolve;
      script.setAttribute("nonce", nonce);
      script.src = address;
      document.head.appendChild(script);
      setTimeout(resolve, SCRIPT_WITHIN_MS);
    });
    return brought;
  }

  function ask() {
    show("asking");
    bridge().then(function () { return window.sunbridge.call(ability, for_whom); }).then(function (value) {
      ticket.value = value;
      form.submit();
    }, refused);
  }

  /* Where the host has a page that needs no bridge, that is the way on, unless the person is to decide. */
  function refused(refusal) {
    if (hosts_page && /^(unsupported|timeout|failed)$/.test(refusal.code)) {
      window.location.replace(hosts_page);
    } else { show(refusal.code); }
  }

  /* Some apps log a person in on being asked; others must be left for it. */
  function log_in() {
    show("asking");
    window.sunbridge.call("login").then(ask, function (refusal) {
      if (refusal.code === "unsupported") { ask(); } else { refused(refusal); }
    });
  }

  document.addEventListener("click", function (event) {
    var stage = event.target.getAttribute("data-again");
    if (stage) { (stage === "not_logged_in" ? log_in : ask)(); }
  });

  /* Whoever comes back here wants out, not in again: close where the app can, else say where they are. */
  window.addEventListener("pageshow", function (event) {
    var entry = window.performance.getEntriesByType("navigation")[0];
    ticket.value = "";
    if (!event.persisted && !(entry && entry.type === "back_forward")) { ask(); return; }
    show("back");
    bridge().then(function () { return window.sunbridge.call("close"); }).then(null, function () { return null; });
  });
}());
