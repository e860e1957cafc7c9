/* Hanweb hosts, such as 苏服办: callbacks `success` and `fail`. Answers are JSON in a string; a user who is not logged in is
   reported to `success` as 未登录. */
(function () {
  "use strict";
  var loggedOut = window.emulated.faults.loggedOut;
  var ANSWERS = {
    "user.getTicket": function () {
      return window.emulated.ticket().then(function (ticket) { return ticket ? JSON.stringify({ticket: ticket}) : "未登录"; });
    },
    "user.loginapp": loggedOut ? "未登录" : JSON.stringify({data: {access_token: "x"}}),
    "navigation.close": function () { window.emulated.close(); return ""; }, "navigation.show": "", "device.call": ""
  };
  var sdk = {};
  Object.keys(ANSWERS).forEach(function (path) {
    if (!window.emulated.has(path)) { return; }
    var group = path.split(".")[0], name = path.split(".")[1];
    sdk[group] = sdk[group] || {};
    sdk[group][name] = function (args) {
      var fate = window.emulated.fate(path, args);
      if (fate === "refuse") { args.fail("失败"); }
      if (fate === "cancel") { args.fail("用户取消"); }
      if (!fate) { window.emulated.given(ANSWERS[path]).then(args.success, function () { args.fail("失败"); }); }
    };
  });
  window.emulated.arrive("lightAppJssdk", sdk);
}());
