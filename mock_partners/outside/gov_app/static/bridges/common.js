/* The common part of the emulated bridges. A host serves it with one of the files beside it as one script; a test can also
   inject both into a page before the page's own scripts.
   `window.bridgeFaults`, set before, makes calls fail: {absent: [method…], silent: […], refuse: […], cancel: […], loggedOut: true,
   lateMs: 0}. */
(function () {
  "use strict";
  var faults = window.bridgeFaults || {};
  /* The URL this script was loaded from. "" when it was injected: then no host is there, and answers are constants. */
  var served = document.currentScript ? document.currentScript.src : "";

  /* Show a dialog of the app over the page; return a promise of the pressed button's text. Styles are set one by one, because
     a page's content security policy forbids inline style sheets. */
  function screen(title, words, buttons) {
    var sheet = document.createElement("div");
    sheet.setAttribute("role", "dialog");
    sheet.setAttribute("aria-label", title);
    Object.assign(sheet.style, {position: "fixed", top: 0, left: 0, right: 0, bottom: 0, zIndex: 9, padding: "64px 24px", background: "#fff", textAlign: "center"});
    sheet.appendChild(document.createElement("h2")).textContent = title;
    sheet.appendChild(document.createElement("p")).textContent = words;
    return new Promise(function (resolve) {
      buttons.forEach(function (name) {
        var button = sheet.appendChild(document.createElement("button"));
        Object.assign(button.style, {display: "block", width: "100%", minHeight: "48px", margin: "12px 0", font: "inherit"});
        button.textContent = name;
        button.addEventListener("click", function () {
          document.body.removeChild(sheet);
          resolve(name);
        });
      });
      document.body.appendChild(sheet);
      sheet.querySelector("button").focus();
    });
  }

  function listed(fault, method) { return (faults[fault] || []).indexOf(method) >= 0; }

  window.emulated = {
    calls: [],
    faults: faults,
    /* Record the call, and return its fault: "absent", "silent", "refuse", "cancel", or "" when it succeeds. */
    fate: function (method, args) {
      window.emulated.calls.push([method, args]);
      return ["absent", "silent", "refuse", "cancel"].filter(function (fault) { return listed(fault, method); })[0] || "";
    },
    /* Show the app's face-check dialog over the page; return a promise of the number of the passed check. */
    face: function () {
      if (!served) { return Promise.resolve("PASS-1"); }
      return screen("人脸核验", "测试环境不用摄像头，请选择核验的结果。", ["通过", "不通过", "取消"]).then(function (outcome) {
        if (outcome !== "通过") { throw {errorCode: -1, errorMessage: outcome === "取消" ? "用户取消" : "人脸核验不通过"}; }
        return fetch(new URL("face", served).href, {credentials: "include"});
      }).then(function (answer) {
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      }).then(function (body) { return body.number; });
    },
    /* Return a promise of a ticket for the app's user; "" when no user is logged in. `app`: the service's id, if the bridge passes it. */
    ticket: function (app) {
      if (faults.loggedOut || !served) { return Promise.resolve(faults.loggedOut ? "" : "TICKET-1"); }
      var ticketUrl = new URL("ticket", served);
      if (typeof app === "string") { ticketUrl.searchParams.set("app_id", app); }
      return fetch(ticketUrl.href, {credentials: "include"}).then(function (answer) {
        if (answer.status === 401) { return {ticket: ""}; }
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      }).then(function (body) { return body.ticket; });
    },
    /* Return a promise of the answer, which is a value or a function that returns one. */
    given: function (answer, args) {
      return new Promise(function (resolve) { resolve(typeof answer === "function" ? answer(args) : answer); });
    },
    /* Go to the app's home page. */
    close: function () { if (served) { window.location.assign(new URL("../", served).href); } },
    has: function (method) { return !listed("absent", method); },
    /* Install the bridge as `window[name]`, after `faults.lateMs` if set, and fire the event that the real bridge fires. */
    arrive: function (name, bridge, event) {
      function come() {
        window[name] = bridge;
        if (event) { document.dispatchEvent(new Event(event)); }
      }
      if (faults.lateMs) { setTimeout(come, faults.lateMs); } else { come(); }
    }
  };
}());
