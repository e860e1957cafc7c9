/* The page login/bridge.html: ask the app for a ticket and post it, and show the stage that this has reached.
   ES5 syntax. The ticket goes into our own form only; the server redeems it. */
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
    if (!/^(asking|back)$/.test(stage) && window.sunbridgeFrame) { window.sunbridgeFrame.failed("login." + stage); }
    Array.prototype.forEach.call(document.querySelectorAll("[data-stage]"), function (section) {
      section.hidden = section.getAttribute("data-stage") !== stage;
    });
  }

  /* Load the host's script, unless the app has put its bridge into the page. Not a script tag of the page: the page
     must not wait for it, and the wait for the bridge ends after SCRIPT_WITHIN_MS. */
  var script_loaded = null;
  function bridge() {
    script_loaded = script_loaded || new Promise(function (resolve) {
      var address = form.getAttribute("data-script");
      if (!address || window.sunbridge.supported(ability) === "bridge") { resolve(); return; }
      var script = document.createElement("script");
      script.onload = script.onerror = resolve;
      script.setAttribute("nonce", nonce);
      script.src = address;
      document.head.appendChild(script);
      setTimeout(resolve, SCRIPT_WITHIN_MS);
    });
    return script_loaded;
  }

  function ask() {
    show("asking");
    bridge().then(function () { return window.sunbridge.call(ability, for_whom); }).then(function (value) {
      ticket.value = value;
      form.submit();
    }, refused);
  }

  /* Go on to the host's page that needs no bridge, if there is one and the customer has nothing to decide. */
  function refused(refusal) {
    if (hosts_page && /^(unsupported|timeout|failed)$/.test(refusal.code)) {
      window.location.replace(hosts_page);
    } else { show(refusal.code); }
  }

  /* Some apps can show their login when asked; in others the customer must leave this page for it. */
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

  /* A customer who comes back here wants to leave: close the page where the app can, else say where they are. */
  window.addEventListener("pageshow", function (event) {
    var entry = window.performance.getEntriesByType("navigation")[0];
    ticket.value = "";
    if (!event.persisted && !(entry && entry.type === "back_forward")) { ask(); return; }
    show("back");
    bridge().then(function () { return window.sunbridge.call("close"); }).then(null, function () { return null; });
  });
}());
