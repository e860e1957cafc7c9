/* In a partner's frame: tells the page around us, which opened us through sdk/js, where the person is. ES5 syntax.
   Speaks only to origins that the server named, never of a person; listens only to the parent. Its script tag has
   data-parents, data-newest (the newest release of sdk/js) and, on a page that fits its frame to itself, data-size. */
(function () {
  "use strict";
  var PROTOCOL = 1, ANSWERED_WITHIN_MS = 60000;
  var script = document.currentScript, newest = script.getAttribute("data-newest");
  var parents = script.getAttribute("data-parents").split(" ");
  var opened = /^sunbridge-([0-9a-f]{32})$/.exec(window.name);
  if (window.parent === window || !opened) { return; }

  /* Browsers that say who the parent is spare us a message that would find nobody. Firefox says "null" where the frame
     sends no referrer, as those of sdk/js do. */
  var known = window.location.ancestorOrigins;
  if (known && known[0] !== "null" && parents[0] !== "*") { parents = parents.filter(function (origin) { return origin === known[0]; }); }

  function post(message) {
    message.sunbridge = PROTOCOL;
    message.nonce = opened[1];
    parents.forEach(function (origin) { window.parent.postMessage(message, origin); });
  }

  /* Such pages stand before or in place of what the customer came for, so they are not announced as pages. */
  var UNREADY = /^(entering|failed|blocked|probe)$/;
  function said(name) {
    var element = document.querySelector("[data-event]");
    return element && element.getAttribute("data-" + name);
  }
  function announce(type, code) {
    var message = {type: type, title: document.title, code: code, reference: said("reference")};
    if (/^(page|probe)$/.test(type)) { message.newest = newest; }
    /* The origins of the partner's login pages, and which ancestor may not frame us. */
    ["login", "ancestor"].forEach(function (name) { if (said(name)) { message[name] = said(name); } });
    /* What the form of the probe's first page has proven. */
    ["cookies", "body"].forEach(function (name) { if (said(name)) { message[name] = said(name) === "yes"; } });
    post(message);
  }

  /* What happened: the page says it when it opens, or htmx puts it in later. */
  var told = null;
  function tell() {
    var event = said("event");
    if (event && event !== told && !UNREADY.test(event)) { post({type: event, reference: said("reference")}); }
    told = event;
  }
  announce(UNREADY.test(said("event")) ? said("event") : "page", said("code"));
  tell();
  document.addEventListener("htmx:afterSettle", tell);
  if (said("event") === "probe" && document.forms[0]) { document.forms[0].submit(); }

  /* What comes next may be an error of the browser, after which Firefox tells the page around us nothing. */
  window.addEventListener("pagehide", function (event) { if (!event.persisted) { post({type: "gone"}); } });

  /* The height of the content, which may also shrink: that of the root element, not of the window. */
  var height = 0;
  function measure() {
    var now = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (now !== height) { post({type: "size", height: height = now}); }
  }
  if (script.hasAttribute("data-size")) {
    measure();
    ["load", "resize"].forEach(function (name) { window.addEventListener(name, measure); });
    document.addEventListener("htmx:afterSettle", measure);
    if (window.ResizeObserver) { new ResizeObserver(measure).observe(document.documentElement); }
  }

  var asked = {}, count = 0;
  window.addEventListener("message", function (event) {
    var data = event.data;
    if (event.source !== window.parent || parents.indexOf(event.origin) < 0 || !data) { return; }
    if (data.sunbridge !== PROTOCOL || data.nonce !== opened[1]) { return; }
    /* What the frame has loaded may be this page or an error of the browser, which would say nothing. */
    if (data.type === "here") { post({type: "here"}); }
    if (data.type !== "answer") { return; }
    var waiting = asked[data.id];
    delete asked[data.id];
    if (waiting) { (data.error ? waiting[1] : waiting[0])(data.error || data.value); }
  });

  /* The parent's dialog does not hear keys that are pressed in here. Escape in an input method cancels its text only. */
  document.addEventListener("keydown", function (event) {
    var escape = event.key === "Escape" && !event.isComposing && event.keyCode !== 229;
    if (escape && !event.defaultPrevented) { post({type: "ask", id: 0, ability: "close"}); }
  });

  /* For bridge.js: ask the page around us for an ability. For enter.js: say that the login failed on this page.
     For storage_access.js: say that this browser keeps no cookies here, so that the whole window opens. */
  window.sunbridgeFrame = {
    failed: function (code) { announce("failed", code); },
    blocked: function () { announce("blocked"); },
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
