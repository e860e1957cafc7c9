/* Alipay's web view: one `call`, one callback for good and bad; `error` 1 is an unknown method, 10 a cancelled scan. */
(function () {
  "use strict";
  var ANSWERS = {
    getAuthCode: {authCode: "TICKET-1"}, scan: {codeContent: "https://pay.test/q/1"}, closeWebview: {}, setTitle: {}, pushWindow: {},
    getNetworkType: {networkType: "WIFI"}, getLocation: {longitude: "119.2", latitude: "34.6"}, photo: {dataURL: "data:image/jpg;base64,AA=="},
    saveImage: {}, toast: {}, setClipboard: {success: true}
  };
  var bridge = {
    call: function (method, args, done) {
      var fate = window.emulated.fate(method, args);
      var answer = fate === "refuse" ? {error: 4, errorMessage: "无权限调用"}
        : fate === "cancel" ? {error: 10, errorMessage: "用户取消"}
        : fate === "absent" || !ANSWERS[method] ? {error: 1, errorMessage: "接口不存在"}
        : method === "getAuthCode" && window.emulated.faults.loggedOut ? {error: 11, errorMessage: "用户未登录"}
        : ANSWERS[method];
      if (fate !== "silent") { setTimeout(function () { done(answer); }, 0); }
    }
  };
  window.emulated.arrive("AlipayJSBridge", bridge, "AlipayJSBridgeReady");
}());
