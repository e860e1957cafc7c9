/* The page login/bridge.html: asks the app for a ticket and posts it; says what is happening in one of the page's stages.
   ES5 syntax. The ticket goes nowhere but into our own form; the server redeems it. */
(function () {
  "use strict";
  var form = document.getElementById("handover"), ticket = form.querySelector("[data-ticket]");
  var names = JSON.parse(form.getAttribute("data-names")), ability = form.getAttribute("data-ability");
  Object.keys(names).forEach(function (container) { window.sunbridge.extend(container, names[container]); });

  function show(stage) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-stage]"), function (section) {
      section.hidden = section.getAttribute("data-stage") !== stage;
    });
  }

  function ask() {
    show("asking");
    window.sunbridge.call(ability).then(function (value) {
      ticket.value = value;
      form.submit();
    }, function (refusal) { show(refusal.code); });
  }

  /* Some apps log a person in on being asked; others must be left for it. */
  function log_in() {
    show("asking");
    window.sunbridge.call("login").then(ask, function (refusal) {
      if (refusal.code === "unsupported") { ask(); } else { show(refusal.code); }
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
    window.sunbridge.call("close").then(null, function () { return null; });
  });
}());
