/* Sends a chosen photograph in pieces. ES5 syntax, runs on Chromium 64. Without it, the form sends the whole file.
   A piece that was not answered is sent again; the server says where to go on. */
(function () {
  "use strict";
  var PIECE_BYTES = 131072, WAITS_MS = [1000, 2000, 4000, 8000, 15000], sending = 0;

  function new_id() {
    var bytes = new Uint8Array(16), id = "", i;
    window.crypto.getRandomValues(bytes);
    for (i = 0; i < bytes.length; i++) { id += (bytes[i] + 256).toString(16).slice(1); }
    return id;
  }

  function begin(field, input) {
    var file = input.files[0], form = input.form, state = field.querySelector("[role=status]");
    var id = new_id(), failures = 0, attempt = (field.attempt = (field.attempt || 0) + 1);
    if (!file || !file.size) { return; }
    state.classList.remove("error");
    say(field.getAttribute("data-sending").replace("#", "0%"));
    hold(1);
    send(0);

    function say(text) { state.textContent = text; }

    function hold(by) {
      sending += by;
      /* app.js keeps a form with this mark from being sent. */
      var button = form.querySelector("button[data-busy]");
      if (!button.getAttribute("data-label")) { button.setAttribute("data-label", button.textContent); }
      button.textContent = button.getAttribute(sending ? "data-busy" : "data-label");
      if (sending) {
        form.setAttribute("data-wait", "1");
        button.setAttribute("aria-disabled", "true");
      } else {
        form.removeAttribute("data-wait");
        button.removeAttribute("aria-disabled");
      }
    }

    function end(text, is_taken) {
      hold(-1);
      if (attempt !== field.attempt) { return; }
      /* The summary of errors speaks of the form as it was sent. What is still wrong stands beside its field. */
      [field.querySelector(".error:not([role])"), document.getElementById("errors")].forEach(function (old) {
        if (old) { old.parentNode.removeChild(old); }
      });
      state.classList.toggle("error", !is_taken);
      field.classList.toggle("bad", !is_taken);
      if (is_taken) { input.removeAttribute("aria-invalid"); } else { input.setAttribute("aria-invalid", "true"); }
      say(text);
      /* What was sent in pieces, or refused, is not sent again with the form. */
      input.value = "";
    }

    function again(offset) {
      say(field.getAttribute("data-waiting"));
      window.setTimeout(function () { send(offset); }, WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)]);
    }

    function send(offset) {
      if (attempt !== field.attempt) { hold(-1); return; }
      var request = new XMLHttpRequest();
      request.open("POST", field.getAttribute("data-send") + "?id=" + id + "&offset=" + offset + "&total=" + file.size);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-CSRF-Token", form.querySelector("[name=csrf]").value);
      request.timeout = 60000;
      request.onerror = request.ontimeout = function () { again(offset); };
      request.onload = function () {
        var said = {};
        try { said = JSON.parse(request.responseText); } catch (error) { said = {}; }
        if (request.status === 200 && said.done) { end(field.getAttribute("data-done"), true); return; }
        if ((request.status === 200 || request.status === 409) && said.received !== undefined) {
          failures = request.status === 200 ? 0 : failures + 1;
          say(field.getAttribute("data-sending").replace("#", Math.floor(100 * said.received / file.size) + "%"));
          if (failures > 20) { hold(-1); window.location.reload(); return; }
          send(said.received);
        } else if (request.status === 422 && said.error) { end(said.error, false);
        } else if (request.status >= 500) { again(offset);
        } else { hold(-1); window.location.reload(); }
      };
      request.send(file.slice(offset, offset + PIECE_BYTES));
    }
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-send]"), function (field) {
    Array.prototype.forEach.call(field.querySelectorAll("input[type=file]"), function (input) {
      input.addEventListener("change", function () { begin(field, input); });
    });
  });
}());
