/* One promise API over the bridges of super-apps: `sunbridge.call("scan")` or `sunbridge.scan()`. ES5 syntax, Chromium 64.
   What a bridge says is a hint: the server confirms. A rejection is {code, ability, container}, where code is
   unsupported, timeout, cancelled, not_logged_in or failed. docs/partners/bridges.md says where each name was read. */
(function () {
  "use strict";
  var QUICK_MS = 5000, PERSON_MS = 120000, FOUND_WITHIN_MS = 1500, LOOK_EVERY_MS = 50;

  /* ability: [time limit, what its answer is made into] */
  var ABILITIES = {
    authTicket: [15000, "text"], login: [PERSON_MS, "nothing"], userType: [QUICK_MS, "userType"],
    scan: [PERSON_MS, "text"], faceVerify: [PERSON_MS, "text"], close: [QUICK_MS, "nothing"], setTitle: [QUICK_MS, "nothing"],
    openLink: [QUICK_MS, "nothing"], uiStyle: [QUICK_MS, "uiStyle"], fontScale: [QUICK_MS, "number"], theme: [QUICK_MS, "theme"],
    share: [PERSON_MS, "nothing"], networkType: [QUICK_MS, "network"], location: [20000, "place"], city: [20000, "text"],
    storage: [QUICK_MS, "stored"], store: [QUICK_MS, "nothing"], chooseImage: [PERSON_MS, "images"],
    saveImage: [PERSON_MS, "nothing"], phoneCall: [QUICK_MS, "nothing"], toast: [QUICK_MS, "nothing"], copy: [QUICK_MS, "nothing"],
    onBack: [QUICK_MS, "nothing"]
  };

  /* container → ability: [its method, where in the answer the value is ("": it is the answer), its argument: ours or [constant]] */
  var TABLE = {
    zwjsbridge: {
      authTicket: ["ssoTicket", "ticketId"], userType: ["getUserType", "userType"], uiStyle: ["getUiStyle", "uiStyle"],
      scan: ["scan", "text", {type: ["qrCode"]}], faceVerify: ["zmAuthentication", "passId"], close: ["close"],
      setTitle: ["setTitle", "", {title: "title"}], openLink: ["openLink", "", {url: "url"}],
      share: ["share", "", {url: "url", title: "title", content: "text"}], networkType: ["getNetworkType", "result"],
      location: ["getLocation", ""], city: ["getCurrentLocationCity", "cityId"],
      storage: ["getLocalStorage", "*key", {key: "key"}], store: ["setLocalStorage", "", {key: "key", value: "value"}],
      chooseImage: ["chooseImage", "picSrc", {upload: [false]}], saveImage: ["saveImage", "", {url: "url"}],
      phoneCall: ["phoneCall", "", {corpId: "number"}], toast: ["toast", "", {message: "text", duration: [2000]}],
      copy: ["setClipboardData", "", {text: "text"}]
    },
    lightapp: {
      authTicket: ["user.getTicket", "ticket"], login: ["user.loginapp", ""], close: ["navigation.close", ""],
      openLink: ["navigation.show", "", {url: "url", title: "title", isgoback: ["0"]}],
      phoneCall: ["device.call", "", {phone: "number"}]
    },
    alipay: {
      authTicket: ["getAuthCode", "authCode", {scopeNicks: [["auth_user"]], appId: "appId"}],
      scan: ["scan", "codeContent", {type: ["qr"]}], close: ["closeWebview", ""], setTitle: ["setTitle", "", {title: "title"}],
      openLink: ["pushWindow", "", {url: "url"}], networkType: ["getNetworkType", "networkType"], location: ["getLocation", ""],
      chooseImage: ["photo", "dataURL", {dataType: ["dataURL"], imageFormat: ["jpg"]}], saveImage: ["saveImage", "", {src: "url"}],
      toast: ["toast", "", {content: "text", duration: [2000]}], copy: ["setClipboard", "", {text: "text"}]
    },
    weixin: {
      scan: ["scanQRCode", "resultStr", {needResult: [1], scanType: [["qrCode"]]}], close: ["closeWindow", ""],
      networkType: ["getNetworkType", "err_msg"]
    },
    uniapp: {close: ["navigateBack", "", {delta: [1]}], openLink: ["navigateTo", "", {url: "url"}]},
    /* Apps name these methods as they like; unless the partner's configuration says otherwise, as we do. */
    dsbridge: same(["authTicket", "login", "userType", "scan", "faceVerify", "close", "setTitle", "openLink", "uiStyle", "fontScale",
      "theme", "share", "networkType", "location", "city", "storage", "store", "chooseImage", "saveImage", "phoneCall", "toast", "copy"]),
    frame: same(["authTicket", "login", "userType", "scan", "faceVerify", "close", "uiStyle", "fontScale", "theme", "share", "location", "city"])
  };

  /* How each is known, and called: call(method, argument, good, bad). */
  var CONTAINERS = {
    frame: {global: "sunbridgeFrame", call: function (method, args, good, bad) { window.sunbridgeFrame.ask(method, args).then(good, bad); }},
    zwjsbridge: {
      global: "ZWJSBridge", agent: /dtdreamweb|zlb/i,
      ready: function (done) { window.ZWJSBridge.onReady(done); },
      call: function (method, args, good, bad) { window.ZWJSBridge[method](args).then(good, bad); }
    },
    lightapp: {
      global: "lightAppJssdk", agent: /hanweb/i,
      call: function (method, args, good, bad) {
        args.success = good;
        args.fail = bad;
        at(window.lightAppJssdk, method.split(".")[0])[method.split(".")[1]](args);
      }
    },
    alipay: {
      global: "AlipayJSBridge", agent: /AlipayClient/,
      call: function (method, args, good) { window.AlipayJSBridge.call(method, args, good); }
    },
    weixin: {
      global: "WeixinJSBridge", agent: /MicroMessenger/,
      call: function (method, args, good) { window.WeixinJSBridge.invoke(method, args, good); }
    },
    uniapp: {
      global: "uni", agent: /uni-app/i, here: function () { return window.uni.getEnv; },
      /* It never says how it went. */
      call: function (method, args, good) { window.uni[method](args); good({}); }
    },
    dsbridge: {
      global: "dsBridge",
      has: function (method) { return window.dsBridge.hasNativeMethod(method); },
      call: function (method, args, good) { window.dsBridge.call(method, args, good); }
    }
  };

  var CODES = ["unsupported", "timeout", "cancelled", "not_logged_in", "failed"];
  /* What stands in an answer → code; the first that fits. Some say "not logged in" where they should say that it went well. */
  var SAID = [
    [/未登录|未登陆|not.?log|no.?login|need.?login/i, "not_logged_in"], [/cancel|取消|"error":"?10"?[,}]/i, "cancelled"],
    [/not.?(exist|found|support|implement)|unsupported|access_denied|不支持|"error":"?1"?[,}]/i, "unsupported"],
    [/time.?out|超时/i, "timeout"]
  ];
  var WENT_WRONG = /:(fail|cancel)|^system:|^access_denied/;

  var MADE = {
    nothing: function () { return true; },
    text: function (value) { return typeof value === "string" || typeof value === "number" ? String(value) : ""; },
    stored: function (value) { return value === undefined || value === null ? null : String(value); },
    number: function (value) { return isFinite(value) ? Number(value) : 0; },
    userType: function (value) { return {"0": "person", "1": "person", "2": "company", person: "person", company: "company"}[value] || ""; },
    uiStyle: function (value) { return value ? (/elder|old|care/i.test(value) ? "elder" : "standard") : ""; },
    theme: function (value) { return value ? (/dark/i.test(value) ? "dark" : "light") : ""; },
    network: function (value) { return value ? String(value).toLowerCase().replace("network_type:", "") : ""; },
    images: function (value) { return value && value.length ? [].concat(value) : null; },
    place: function (value) {
      var place = {latitude: Number(value.latitude), longitude: Number(value.longitude)};
      return isFinite(place.latitude) && isFinite(place.longitude) ? place : null;
    }
  };

  /* What a page does without a bridge: bridge_page.js, where it was loaded before. */
  var PAGE = window.sunbridgePage || {};

  function same(names) {
    return names.reduce(function (table, name) { table[name] = [name, ""]; return table; }, {});
  }

  function own(object, key) { return object && Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined; }

  function at(object, path) {
    return path.split(".").reduce(function (found, key) { return found === undefined || found === null ? undefined : found[key]; }, object);
  }

  function found() {
    return Object.keys(CONTAINERS).filter(function (name) {
      var container = CONTAINERS[name];
      return window[container.global] && (!container.here || container.here());
    })[0] || "none";
  }

  function expected() {
    return Object.keys(CONTAINERS).some(function (name) { return (CONTAINERS[name].agent || /^$/).test(navigator.userAgent); });
  }

  var readiness = null;
  /* The container's name, "none" at the latest after `limit_ms`: bridges come late, and some of them never. */
  function ready(limit_ms) {
    readiness = readiness || new Promise(function (resolve) {
      var ends = Date.now() + (limit_ms || (expected() ? 2 * FOUND_WITHIN_MS : FOUND_WITHIN_MS));
      (function look() {
        var name = found(), container = CONTAINERS[name];
        if (name === "none" && Date.now() < ends) { setTimeout(look, LOOK_EVERY_MS); return; }
        api.container = name;
        if (!container || !container.ready) { resolve(name); return; }
        setTimeout(function () { resolve(name); }, Math.max(0, ends - Date.now()));
        container.ready(function () { resolve(name); });
      }());
    });
    return readiness;
  }

  /* "bridge", "page" or "": how this ability would be had now. */
  function supported(ability) {
    var name = found(), way = own(TABLE[name], ability), container = CONTAINERS[name];
    var there = way && (container.has ? container.has(way[0]) : /frame|alipay|weixin/.test(name) || at(window[container.global], way[0]));
    if (there) { return "bridge"; }
    return own(PAGE, ability) ? "page" : "";
  }

  function translated(wanted, args) {
    return Object.keys(wanted || {}).reduce(function (given, key) {
      var value = Array.isArray(wanted[key]) ? wanted[key][0] : args[wanted[key]];
      if (value !== undefined) { given[key] = value; }
      return given;
    }, {});
  }

  function parsed(answer) {
    if (typeof answer !== "string" || !/^\s*[{\[]/.test(answer)) { return answer; }
    try { return JSON.parse(answer); } catch (fault) { return answer; }
  }

  function codeOf(answer, otherwise) {
    var text = typeof answer === "string" ? answer : answer instanceof Error ? answer.message : JSON.stringify(answer) || "";
    var fits = SAID.filter(function (row) { return row[0].test(text); })[0];
    return fits ? fits[1] : otherwise;
  }

  /* The value that a bridge gave, or a thrown code. */
  function understood(ability, way, args, raw) {
    var answer = parsed(raw), where = way[1], value;
    if (ability === "authTicket" && typeof answer === "string" && codeOf(answer, "") === "not_logged_in") { throw "not_logged_in"; }
    if (answer && typeof answer === "object") {
      if (answer.result === false) { throw codeOf(answer, "unsupported"); }
      if (answer.error || WENT_WRONG.test(answer.err_msg || "")) { throw codeOf(answer, "failed"); }
    } else if (ABILITIES[ability][1] === "nothing" && codeOf(answer || "", "")) { throw codeOf(answer, "failed"); }
    if (where && where.charAt(0) === "*") { where = args[where.slice(1)]; }
    value = where ? at(answer, where) : answer;
    if (value === undefined && where) { value = at(answer, "data." + where); }
    var made = MADE[ABILITIES[ability][1]](where || value !== undefined ? value : {});
    if (made === "" || (made === null && ABILITIES[ability][1] !== "stored")) {
      throw codeOf(answer, ability === "authTicket" ? "not_logged_in" : "failed");
    }
    return made;
  }

  function byBridge(ability, args) {
    var way = TABLE[api.container][ability];
    return new Promise(function (resolve, reject) {
      var given = way[2] ? translated(way[2], args) : /frame|dsbridge/.test(api.container) ? args : {};
      CONTAINERS[api.container].call(way[0], given, function (raw) {
        try { resolve(understood(ability, way, args, raw)); } catch (code) { reject(code); }
      }, function (raw) { reject(codeOf(parsed(raw), "failed")); });
    });
  }

  function byPage(ability, args) {
    return new Promise(function (resolve) { resolve(PAGE[ability](args)); }).then(function (value) {
      return value === undefined ? true : value;
    });
  }

  function within(limit_ms, promise) {
    return new Promise(function (resolve, reject) {
      setTimeout(function () { reject("timeout"); }, limit_ms);
      promise.then(resolve, reject);
    });
  }

  function refusal(ability, fault) {
    var known = CODES.indexOf(fault) >= 0, aborted = fault && fault.name === "AbortError";
    return {code: known ? fault : aborted ? "cancelled" : codeOf(fault, "failed"), ability: ability, container: api.container};
  }

  /* limit_ms: another time limit than the ability's own. */
  function call(ability, args, limit_ms) {
    var given = args || {}, limits = own(ABILITIES, ability);
    return ready().then(function () {
      var how = limits ? supported(ability) : "";
      if (!how) { throw "unsupported"; }
      return within(limit_ms || limits[0], how === "page" ? byPage(ability, given) : byBridge(ability, given).then(null, function (fault) {
        if (refusal(ability, fault).code === "unsupported" && PAGE[ability]) { return byPage(ability, given); }
        throw fault;
      }));
    }).then(null, function (fault) { throw refusal(ability, fault); });
  }

  var api = {
    container: "none", ready: ready, supported: supported, call: call,
    /* Names that a partner's configuration gives: extend("dsbridge", {authTicket: ["getToken", "data.token"]}). What is
       sent along stays as it is known here. */
    extend: function (container, abilities) {
      TABLE[container] = TABLE[container] || {};
      Object.keys(abilities).forEach(function (ability) {
        var known = own(TABLE[container], ability) || [], given = abilities[ability];
        TABLE[container][ability] = [given[0], given[1], given[2] || known[2]];
      });
    }
  };
  Object.keys(ABILITIES).forEach(function (ability) {
    api[ability] = function (args, limit_ms) { return call(ability, args, limit_ms); };
  });
  window.sunbridge = api;
}());
