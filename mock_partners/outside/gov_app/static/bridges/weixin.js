/* WeChat's web view: `invoke` reports `err_msg`, which is "method:ok", ":cancel", ":fail…" or "system:function_not_exist". */
(function () {
  "use strict";
  var ANSWERS = {
    scanQRCode: {err_msg: "scanQRCode:ok", resultStr: "https://pay.test/q/1"}, closeWindow: function () { window.emulated.close(); return {err_msg: "close_window:ok"}; },
    getNetworkType: {err_msg: "network_type:wifi"}
  };
  var bridge = {
    invoke: function (method, args, done) {
      var fate = window.emulated.fate(method, args);
      var answer = fate === "refuse" ? {err_msg: method + ":fail"}
        : fate === "cancel" ? {err_msg: method + ":cancel"}
        : fate === "absent" || !ANSWERS[method] ? {err_msg: "system:function_not_exist"}
        : ANSWERS[method];
      if (fate !== "silent") { window.emulated.given(answer).then(done); }
    },
    call: function (method) { bridge.invoke(method, {}, function () {}); },
    on: function () {}
  };
  window.emulated.arrive("WeixinJSBridge", bridge, "WeixinJSBridgeReady");
}());
