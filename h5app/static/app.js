/* Enhancement only: every page works without it. ES5 syntax, runs on Chromium 64. */
(function () {
  "use strict";
  document.documentElement.className += " scripted";

  /* A second tap on a form that is already on its way does nothing; coming back by the back button frees it again. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("data-sent") || form.getAttribute("data-wait")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "1");
    var button = event.submitter || form.querySelector("button[data-busy]");
    if (button && button.getAttribute("data-busy")) { button.setAttribute("data-idle", button.textContent); button.textContent = button.getAttribute("data-busy"); }
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-sent]"), function (form) {
      form.removeAttribute("data-sent");
      var button = form.querySelector("button[data-idle]");
      if (button) { button.textContent = button.getAttribute("data-idle"); }
    });
  });

  /* A form that must be read first counts down on its button; the server has the last word on the time. */
  Array.prototype.forEach.call(document.querySelectorAll("form[data-wait]"), function (form) {
    var button = form.querySelector("button"), label = button.textContent;
    var ends = Date.now() + 1000 * form.getAttribute("data-wait");
    button.setAttribute("aria-disabled", "true");
    (function tick() {
      var left = Math.ceil((ends - Date.now()) / 1000);
      if (left > 0) {
        button.textContent = form.getAttribute("data-wait-text").replace("#", left);
        setTimeout(tick, 250);
      } else {
        button.textContent = label;
        button.removeAttribute("aria-disabled");
        form.removeAttribute("data-wait");
      }
    }());
  });

  /* Paper cannot unfold: what is printed is the whole page. Afterwards it is folded as it was. */
  var unfolded = [];
  window.addEventListener("beforeprint", function () {
    unfolded = [].slice.call(document.querySelectorAll("details:not([open])"));
    unfolded.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    unfolded.forEach(function (details) { details.open = false; });
    unfolded = [];
  });

  var summary = document.getElementById("errors");
  if (summary) { summary.focus(); }

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
}());
