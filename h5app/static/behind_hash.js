/* The page login/behind_hash.html: remove what the host put behind `#` from the address, then post it. ES5 syntax.
   Names that the server does not expect are left out. `#/route?name=value` is read as well as `#name=value`. */
(function () {
  "use strict";
  var form = document.getElementById("handover"), names = JSON.parse(form.getAttribute("data-names"));
  var response = window.location.hash.slice(1).replace(/^[^?=]*\?/, "");
  window.history.replaceState(null, "", window.location.pathname);

  function decoded(text) {
    try { return decodeURIComponent(text.replace(/\+/g, " ")); } catch (fault) { return text; }
  }

  response.split("&").forEach(function (pair) {
    var name = decoded(pair.split("=")[0]), field = document.createElement("input");
    if (names.indexOf(name) < 0) { return; }
    field.type = "hidden";
    field.name = name;
    field.value = decoded(pair.slice(pair.indexOf("=") + 1));
    form.appendChild(field);
  });
  /* After a step back the response was posted before, and nothing is left to read. */
  var entry = window.performance.getEntriesByType("navigation")[0];
  if (entry && entry.type === "back_forward") {
    window.location.replace(form.getAttribute("data-home"));
  } else { form.submit(); }
}());
