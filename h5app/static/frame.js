/* In a partner's frame: tells the page around us, which opened us through sdk/js, where the person is. ES5 syntax.
   Speaks only to origins that the server named, never of a person; listens only to the parent. */
(function () {
  "use strict";
  var PROTOCOL = 1, ANSWERED_WITHIN_MS = 60000;
  var parents = document.currentScript.getAttribute("data-parents").split(" ");
  var opened = /^sunbridge-([0-9a-f]{32})$/.exec(window.name);
  if (window.parent === window || !opened) { return; }

  /* Browsers that say who the parent is spare us a message that would find nobody. */
  var known = window.location.ancestorOrigins;
  if (known) { parents = parents.filter(function (origin) { return origin === known[0]; }); }

  function post(message) {
    message.sunbridge = PROTOCOL;
    message.nonce = opened[1];
    parents.forEach(function (origin) { window.parent.postMessage(message, origin); });
  }

  /* What the page around us is told beside the page's name: an element says it, also one that htmx has just put in. */
  var told = null;
  function tell() {
    var element = document.querySelector("[data-event]"), event = element && element.getAttribute("data-event");
    if (event && event !== told) { post({type: event, reference: element.getAttribute("data-reference")}); }
    told = event;
  }
  post({type: "page", title: document.title});
  tell();
  document.addEventListener("htmx:afterSettle", tell);

  var asked = {}, count = 0;
  window.addEventListener("message", function (event) {
    var data = event.data;
    if (event.source !== window.parent || parents.indexOf(event.origin) < 0 || !data) { return; }
    if (data.sunbridge !== PROTOCOL || data.nonce !== opened[1] || data.type !== "answer") { return; }
    var waiting = asked[data.id];
    delete asked[data.id];
    if (waiting) { (data.error ? waiting[1] : waiting[0])(data.error || data.value); }
  });

  /* For bridge.js: ask the page around us for an ability. */
  window.sunbridgeFrame = {
    ask: function (ability, args) {
      return new Promise(function (resolve, reject) {
        var id = count += 1;
        asked[id] = [resolve, reject];
        setTimeout(function () { delete asked[id]; }, ANSWERED_WITHIN_MS);
        post({type: "ask", id: id, ability: ability, args: args});
      });
    }
  };
}());
