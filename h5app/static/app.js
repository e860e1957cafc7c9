/* Enhancement only: every page works without it. ES5 syntax, runs on Chromium 64. */
(function () {
  "use strict";
  var root = document.documentElement, script = document.currentScript, alive = script.getAttribute("data-alive");
  var SLEPT_MS = 30000, ANSWERED_WITHIN_MS = 8000, slept_since = 0;
  root.className += " scripted";

  /* The answer to a form takes the address of its page. Back to it, or reloading it, then asks for that page and never
     offers to send the form again. */
  if (script.hasAttribute("data-answers")) { window.history.replaceState(null, "", window.location.href); }

  /* Load this page anew. Without the fragment: the same address with one would only scroll. */
  function load_again() { window.location.replace(window.location.href.split("#")[0]); }

  /* Ask whether this page's session is still open. data-alive="" says that the page is for one look only. */
  function ask_alive(unanswered) {
    if (!alive) { load_again(); return; }
    var request = new XMLHttpRequest();
    request.open("GET", alive);
    request.timeout = ANSWERED_WITHIN_MS;
    request.setRequestHeader("HX-Request", "true"); /* asking does not keep the session open */
    request.onload = function () {
      if (request.status === 204) { root.classList.remove("asking"); } else { load_again(); }
    };
    request.onerror = request.ontimeout = unanswered;
    request.send();
  }

  /* A page that the browser kept in memory is legible again only when the server has said that the session is open. */
  if (alive !== null) {
    window.addEventListener("pagehide", function () { root.classList.add("asking"); });
    window.addEventListener("pageshow", function (event) {
      if (event.persisted) { ask_alive(load_again); } else { root.classList.remove("asking"); }
    });
  }

  /* A page that slept asks for the truth as soon as it is seen again. It stays where something may be typed, and where
     it answers a form: loading it again would send the form again. */
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) { slept_since = Date.now(); return; }
    if (!slept_since || Date.now() - slept_since < SLEPT_MS || alive === null) { return; }
    slept_since = 0;
    if (script.hasAttribute("data-reloads") && !document.querySelector("main form")) { window.location.reload(); return; }
    ask_alive(function () { return null; });
  });

  /* A second tap on a form that is already on its way does nothing; coming back by the back button frees it again. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-again")) { return; } /* its answer is a file: the page stays, for another one */
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

  /* A form that must be read first counts down on its button, a link to what comes later on itself. The server has the
     last word on the time. */
  Array.prototype.forEach.call(document.querySelectorAll("form[data-wait], a[data-wait]"), function (form) {
    var button = form.querySelector("button") || form, label = button.textContent;
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

  /* A long text says how much more fits, in the characters that the server counts. */
  Array.prototype.forEach.call(document.querySelectorAll("textarea[data-most]"), function (area) {
    var said = document.createElement("p");
    said.className = "hint";
    area.parentNode.insertBefore(said, area.nextSibling);
    function count() {
      var typed = area.value.trim().replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, "_").length;
      var left = area.getAttribute("data-most") - typed;
      said.textContent = area.getAttribute(left < 0 ? "data-over" : "data-left").replace("#", Math.abs(left));
    }
    area.addEventListener("input", count);
    count();
  });

  /* What is to be copied can be selected without scripts. With them, a button copies it and says so. */
  Array.prototype.forEach.call(document.querySelectorAll("button[data-copies]"), function (button) {
    var text = document.getElementById(button.getAttribute("data-copies")), said = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", function () {
      var range = document.createRange(), chosen = window.getSelection(), copied = false;
      range.selectNodeContents(text);
      chosen.removeAllRanges();
      chosen.addRange(range);
      try { copied = document.execCommand("copy"); } catch (error) { copied = false; }
      said.textContent = said.getAttribute(copied ? "data-copied" : "data-chosen");
    });
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

  /* An amount broken in two is misread, such as 60,00 and 0.00. Where large letters would break it, it shrinks to fit.
     Sizes are relative: the letters of a web view that enlarges text are larger than any size that a page can name. */
  function fit_amounts() {
    Array.prototype.forEach.call(document.querySelectorAll(".number, .sum dd"), function (amount) {
      amount.style.fontSize = "";
      var fits = amount.clientWidth / amount.scrollWidth;
      if (fits >= 1) { return; }
      var size = parseFloat(getComputedStyle(amount).fontSize) / parseFloat(getComputedStyle(amount.parentNode).fontSize);
      amount.style.fontSize = Math.floor(size * fits * 100) / 100 + "em";
    });
  }
  fit_amounts();
  window.addEventListener("resize", fit_amounts);
  document.addEventListener("htmx:afterSwap", fit_amounts);

  var summary = document.getElementById("errors");
  if (summary) { summary.focus(); }

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
}());
