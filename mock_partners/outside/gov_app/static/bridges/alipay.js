/* Alipay's web view: `call` reports success and failure to one callback. `error` 1 means an unknown method, 10 that the user cancelled. */
(function () {
  "use strict";
  var ANSWERS = {
    scan: {codeContent: "https://pay.test/q/1"}, setTitle: {}, pushWindow: {},
    getAuthCode: function (args) {
      return window.emulated.ticket(args.appId || "").then(function (ticket) { return ticket ? {authCode: ticket} : {error: 11, errorMessage: "用户未登录"}; });
    },
    closeWebview: function () { window.emulated.close(); return {}; },
    getNetworkType: {networkType: "WIFI"}, getLocation: {longitude: "119.2", latitude: "34.6"}, photo: {dataURL: "data:image/jpg;base64,AA=="},
    saveImage: {}, toast: {}, setClipboard: {success: true}
  };
  var bridge = {
    call: function (method, args, done) {
      var fate = window.emulated.fate(method, args);
      var answer = fate === "refuse" ? {error: 4, errorMessage: "无权限调用"}
        : fate === "cancel" ? {error: 10, errorMessage: "用户取消"}
        : fate === "absent" || !ANSWERS[method] ? {error: 1, errorMessage: "接口不存在"}
        : ANSWERS[method];
      if (fate !== "silent") { window.emulated.given(answer, args).then(done, function () { done({error: 12, errorMessage: "系统繁忙"}); }); }
    }
  };
  window.emulated.arrive("AlipayJSBridge", bridge, "AlipayJSBridgeReady");
}());
