/* What bridge.js offers where there is no bridge for it: load this before. ES5 syntax, Chromium 64. Throws a code of bridge.js. */
(function () {
  "use strict";
  var page = window.sunbridgePage = {
    setTitle: function (args) { document.title = args.title; },
    openLink: function (args) { if (!/^https?:/.test(args.url)) { throw "failed"; } window.location.assign(args.url); },
    uiStyle: function () { return /elder|largest/.test(document.documentElement.className) ? "elder" : "standard"; },
    fontScale: function () {
      var probe = document.body.appendChild(document.createElement("span"));
      probe.style.fontSize = "100px";
      var scale = parseFloat(window.getComputedStyle(probe).fontSize) / 100;
      document.body.removeChild(probe);
      return scale;
    },
    theme: function () { return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"; },
    networkType: function () { return navigator.onLine === false ? "none" : (navigator.connection || {}).effectiveType || "unknown"; },
    storage: function (args) { return window.sessionStorage.getItem(args.key); },
    store: function (args) { window.sessionStorage.setItem(args.key, args.value); },
    saveImage: function (args) { press("a", {href: args.url, download: "image"}); },
    phoneCall: function (args) { press("a", {href: "tel:" + String(args.number).replace(/[^\d+]/g, "")}); },
    chooseImage: function () {
      return new Promise(function (resolve, reject) {
        var field = press("input", {type: "file", accept: "image/*"}, function (chosen) {
          var reader = new FileReader();
          reader.onload = function () { resolve([reader.result]); };
          reader.onerror = reject;
          if (chosen.files[0]) { reader.readAsDataURL(chosen.files[0]); } else { reject("cancel"); }
        });
        field.addEventListener("cancel", function () { reject("cancel"); });
      });
    },
    toast: function (args) {
      var notice = document.createElement("div");
      notice.className = "notice";
      notice.setAttribute("role", "status");
      notice.textContent = args.text;
      (document.getElementById("main") || document.body).appendChild(notice);
      setTimeout(function () { notice.parentNode.removeChild(notice); }, 4000);
    },
    copy: function (args) {
      if (navigator.clipboard && navigator.clipboard.writeText) { return navigator.clipboard.writeText(args.text); }
      var field = document.body.appendChild(document.createElement("textarea"));
      field.value = args.text;
      field.select();
      var copied = document.execCommand("copy");
      document.body.removeChild(field);
      if (!copied) { throw "failed"; }
    },
    /* handler: called instead of going back. */
    onBack: function (args) {
      window.history.pushState({sunbridge: "back"}, "");
      window.addEventListener("popstate", args.handler);
    }
  };
  if (navigator.share) { page.share = function (args) { return navigator.share(args); }; }

  function press(tag, given, chosen) {
    var element = document.createElement(tag);
    Object.keys(given).forEach(function (key) { element[key] = given[key]; });
    if (chosen) { element.addEventListener("change", function () { chosen(element); }); }
    element.click();
    return element;
  }
}());
