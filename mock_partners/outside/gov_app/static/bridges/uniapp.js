/* A web view of a uni-app: pages can navigate the app and post messages to it, but get no answers. */
(function () {
  "use strict";
  var uni = {getEnv: function (done) { done({plus: true}); }};
  ["postMessage", "navigateBack", "navigateTo"].forEach(function (method) {
    if (window.emulated.has(method)) { uni[method] = function (args) {
        if (!window.emulated.fate(method, args) && method === "navigateBack") { window.emulated.close(); }
      }; }
  });
  window.emulated.arrive("uni", uni, "UniAppJSBridgeReady");
}());
