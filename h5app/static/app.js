/* Enhancement only: every page works without it. ES5 syntax, runs on Chromium 64. */
(function () {
  "use strict";
  document.documentElement.className += " scripted";

  /* A second tap on a form that is already on its way does nothing; coming back by the back button frees it again. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "1");
    var button = form.querySelector("button[data-busy]");
    if (button) { button.setAttribute("data-idle", button.textContent); button.textContent = button.getAttribute("data-busy"); }
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-sent]"), function (form) {
      form.removeAttribute("data-sent");
      var button = form.querySelector("button[data-idle]");
      if (button) { button.textContent = button.getAttribute("data-idle"); }
    });
  });

  var summary = document.getElementById("errors");
  if (summary) { summary.focus(); }

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
}());
