/* The page of an app that embeds us, and its books: what happened, and what our module has open here. ES5 syntax. */
(function () {
  "use strict";

  var live = [], timers = {};

  function drop(target, type, listener) {
    live = live.filter(function (one) { return one[0] !== target || one[1] !== type || one[2] !== listener; });
  }

  /* Listeners of a page as a whole stay behind when what they were for is gone, so these are counted. */
  [window, document].forEach(function (target) {
    var add = target.addEventListener, remove = target.removeEventListener;
    target.addEventListener = function (type, listener, options) {
      drop(target, type, listener);
      live.push([target, type, listener]);
      if (options && options.once) { add.call(target, type, function () { drop(target, type, listener); }, {once: true}); }
      return add.call(target, type, listener, options);
    };
    target.removeEventListener = function (type, listener, options) {
      drop(target, type, listener);
      return remove.call(target, type, listener, options);
    };
  });

  [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]].forEach(function (names) {
    var set = window[names[0]], clear = window[names[1]];
    window[names[0]] = function (run, ms) {
      var id = set.call(window, function () {
        if (names[0] === "setTimeout") { delete timers[id]; }
        run();
      }, ms);
      timers[id] = true;
      return id;
    };
    window[names[1]] = function (id) { delete timers[id]; return clear.call(window, id); };
  });

  window.told = [];
  window.ended = null;
  window.ends = 0;
  window.asked = 0;
  window.faults = [];
  window.addEventListener("error", function (event) { window.faults.push(String(event.message)); });
  window.addEventListener("unhandledrejection", function (event) { window.faults.push(String(event.reason)); });
  document.addEventListener("securitypolicyviolation", function (event) {
    window.faults.push(event.effectiveDirective + " " + event.blockedURI);
  });

  window.open = function (address) { window.faults.push("window.open " + address); return null; };

  /* As a browser that denies storage, and says so by throwing. */
  if (/[?&]denied\b/.test(location.search)) {
    ["localStorage", "sessionStorage", "indexedDB"].forEach(function (name) {
      Object.defineProperty(window, name, {get: function () { throw new Error("denied: " + name); }});
    });
    Object.defineProperty(document, "cookie", {get: function () { throw new Error("denied: cookie"); }});
  }

  window.books = function () {
    return {
      listeners: live.map(function (one) { return one[1]; }).sort().join(),
      timers: Object.keys(timers).length,
      nodes: document.querySelectorAll("dialog, iframe").length,
      elements: document.querySelectorAll("body *").length,
      style: document.documentElement.getAttribute("style") || "",
      body_style: document.body && document.body.getAttribute("style") || "",
      state: history.state,
      inert: document.querySelectorAll("[inert], [aria-hidden]").length
    };
  };

  function told(event) {
    window.told.push({
      name: event.name, sequence: event.sequence, title: event.title, reference: event.reference,
      error: event.error && described(event.error)
    });
  }

  function described(fault) {
    return {
      rejected: fault.code, reason: fault.reason, option: fault.option, message: fault.message, messages: fault.messages,
      docs: fault.docs, request_id: fault.request_id, name: fault.name, is_error: fault instanceof Error
    };
  }

  function end(value) {
    window.ended = value;
    window.ends += 1;
  }

  /* Opens, and notes what came of it. `window.handle` is what the module returned. */
  window.opened = function (options) {
    window.told = [];
    window.ended = null;
    options.onEvent = options.onEvent || told;
    window.handle = window.Sunbridge.open(options);
    window.handle.result.then(end, function (fault) { end(described(fault)); });
  };

  /* What the link of the page came to. */
  document.addEventListener("sunbridge", function (event) { told(event.detail); });
  document.addEventListener("sunbridge-end", function (event) {
    end(event.detail instanceof Error ? described(event.detail) : event.detail);
  });
}());
