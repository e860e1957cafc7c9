/* What the emulated bridges share: this first, then one of the files beside it; served by a host as one script, or put into
   a page by hand before its own scripts.
   `window.bridgeFaults`, set before, misbehaves: {absent: [method…], silent: […], refuse: […], cancel: […], loggedOut: true, lateMs: 0}. */
(function () {
  "use strict";
  var faults = window.bridgeFaults || {};
  /* Where the host served it from; "" where it was put in by hand: then there is no host. */
  var served = document.currentScript ? document.currentScript.src : "";

  /* A screen of the app's over the page; a promise of the button that was pressed. Styled piece by piece: a page's policy
     forbids whole style texts. */
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
    /* What this call meets: "absent", "silent", "refuse", "cancel" or "" (it goes well). Every call is written down. */
    fate: function (method, args) {
      window.emulated.calls.push([method, args]);
      return ["absent", "silent", "refuse", "cancel"].filter(function (fault) { return listed(fault, method); })[0] || "";
    },
    /* A promise of the number of a face check that the phone's owner passes: the app's own screen, over the page. */
    face: function () {
      if (!served) { return Promise.resolve("PASS-1"); }
      return screen("人脸核验", "测试环境不用摄像头，请选择核验的结果。", ["通过", "不通过", "取消"]).then(function (outcome) {
        if (outcome !== "通过") { throw {errorCode: -1, errorMessage: outcome === "取消" ? "用户取消" : "人脸核验不通过"}; }
        return fetch(new URL("face", served).href, {credentials: "include"});
      }).then(function (answer) {
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      }).then(function (said) { return said.number; });
    },
    /* A promise of a ticket for whoever holds the phone; "" where nobody is logged in. `app`: for whom, where an app is told. */
    ticket: function (app) {
      if (faults.loggedOut || !served) { return Promise.resolve(faults.loggedOut ? "" : "TICKET-1"); }
      var asked = new URL("ticket", served);
      if (typeof app === "string") { asked.searchParams.set("app_id", app); }
      return fetch(asked.href, {credentials: "include"}).then(function (answer) {
        if (answer.status === 401) { return {ticket: ""}; }
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      }).then(function (said) { return said.ticket; });
    },
    /* A promise of an answer that is there, or must be asked for. */
    given: function (answer, args) {
      return new Promise(function (resolve) { resolve(typeof answer === "function" ? answer(args) : answer); });
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
