/* What the emulated bridges share: put this first, then one of the files beside it, into a page before its own scripts.
   `window.bridgeFaults`, set before, misbehaves: {absent: [method…], silent: […], refuse: […], cancel: […], loggedOut: true, lateMs: 0}. */
(function () {
  "use strict";
  var faults = window.bridgeFaults || {};

  function listed(fault, method) { return (faults[fault] || []).indexOf(method) >= 0; }

  window.emulated = {
    calls: [],
    faults: faults,
    /* What this call meets: "absent", "silent", "refuse", "cancel" or "" (it goes well). Every call is written down. */
    fate: function (method, args) {
      window.emulated.calls.push([method, args]);
      return ["absent", "silent", "refuse", "cancel"].filter(function (fault) { return listed(fault, method); })[0] || "";
    },
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
