/* An app built with dsBridge. Each app defines its own methods; here they have the names that our SDK uses. The callback gets the value itself. */
(function () {
  "use strict";
  var ANSWERS = {
    authTicket: window.emulated.ticket, scan: "https://pay.test/q/1", userType: "person", uiStyle: "elder",
    networkType: "wifi", location: {longitude: 119.2, latitude: 34.6}, close: function () { window.emulated.close(); return ""; }, setTitle: "", city: "320700"
  };
  var bridge = {
    hasNativeMethod: function (method) { return ANSWERS[method] !== undefined && window.emulated.has(method); },
    call: function (method, args, done) {
      var fate = window.emulated.fate(method, args);
      if (fate === "refuse") { done({error: 2, message: "refused"}); }
      if (fate === "cancel") { done({error: 3, message: "cancelled by user"}); }
      if (!fate && bridge.hasNativeMethod(method)) {
        window.emulated.given(ANSWERS[method]).then(null, function () { return {error: 4, message: "not supported here"}; })
          .then(function (answer) { setTimeout(function () { done(answer); }, 0); });
      }
    }
  };
  window.emulated.arrive("dsBridge", bridge);
}());
