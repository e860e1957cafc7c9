/* What the emulated bridges share: this first, then one of the files beside it; served by a host as one script, or put into
   a page by hand before its own scripts.
   `window.bridgeFaults`, set before, misbehaves: {absent: [method…], silent: […], refuse: […], cancel: […], loggedOut: true, lateMs: 0}. */
(function () {
  "use strict";
  var faults = window.bridgeFaults || {};
  /* Where the host served it from; "" where it was put in by hand: then there is no host. */
  var served = document.currentScript ? document.currentScript.src : "";

  function listed(fault, method) { return (faults[fault] || []).indexOf(method) >= 0; }

  window.emulated = {
    calls: [],
    faults: faults,
    /* What this call meets: "absent", "silent", "refuse", "cancel" or "" (it goes well). Every call is written down. */
    fate: function (method, args) {
      window.emulated.calls.push([method, args]);
      return ["absent", "silent", "refuse", "cancel"].filter(function (fault) { return listed(fault, method); })[0] || "";
    },
    /* A promise of a ticket for whoever holds the phone; "" where nobody is logged in. */
    ticket: function () {
      if (faults.loggedOut || !served) { return Promise.resolve(faults.loggedOut ? "" : "TICKET-1"); }
      return fetch(new URL("ticket", served).href, {credentials: "include"}).then(function (answer) {
        if (answer.status === 401) { return {ticket: ""}; }
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      }).then(function (said) { return said.ticket; });
    },
    /* A promise of an answer that is there, or must be asked for. */
    given: function (answer) {
      return new Promise(function (resolve) { resolve(typeof answer === "function" ? answer() : answer); });
    },
    /* Back to the app's home. */
    close: function () { if (served) { window.location.assign(new URL("../", served).href); } },
    has: function (method) { return !listed("absent", method); },
    /* The bridge appears, late where it is told so; `event` is what the real one fires then. */
    arrive: function (name, bridge, event) {
      function come() {
        window[name] = bridge;
        if (event) { document.dispatchEvent(new Event(event)); }
      }
      if (faults.lateMs) { setTimeout(come, faults.lateMs); } else { come(); }
    }
  };
}());
