/* 浙里办: methods return promises. `ssoTicket` resolves without `ticketId` when the user is not logged in. */
(function () {
  "use strict";
  var ANSWERS = {
    getUserType: {userType: "2"}, getUiStyle: {uiStyle: "elder"}, scan: {text: "https://pay.test/q/1"},
    setTitle: {result: "success"}, openLink: {}, share: {},
    getNetworkType: {result: "WIFI"}, getLocation: {longitude: 119.2, latitude: 34.6, cityName: "连云港市"},
    getCurrentLocationCity: {cityId: "320700", cityName: "连云港市"}, getLocalStorage: {colour: "blue"}, setLocalStorage: {result: "success"},
    chooseImage: {picSrc: ["data:image/png;base64,AA=="], picPath: []}, saveImage: {}, phoneCall: {}, toast: {}, setClipboardData: {}
  };
  var bridge = {onReady: function (done) { setTimeout(done, 0); }};

  function method(name, answer) {
    if (!window.emulated.has(name)) { return; }
    bridge[name] = function (args) {
      var fate = window.emulated.fate(name, args);
      return new Promise(function (resolve, reject) {
        if (fate === "refuse") { reject({errorCode: 1002, errorMessage: "没有权限"}); }
        if (fate === "cancel") { reject({errorCode: -1, errorMessage: "用户取消"}); }
        if (!fate) { resolve(window.emulated.given(answer)); }
      });
    };
  }
  Object.keys(ANSWERS).forEach(function (name) { method(name, ANSWERS[name]); });
  method("close", function () { window.emulated.close(); return {}; });
  method("zmAuthentication", function () {
    return window.emulated.face().then(function (number) { return {status: "success", pass: true, passId: number}; });
  });
  method("ssoTicket", function () {
    return window.emulated.ticket().then(function (ticket) { return ticket ? {result: true, ticketId: ticket} : {result: true}; });
  });
  window.emulated.arrive("ZWJSBridge", bridge);
}());
