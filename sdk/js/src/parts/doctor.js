/* Part `doctor`: tries what in this page, browser or app blocks us, and names the line that mends it. A classic script.
   The core calls `doctor(options, {version, within})`. Nothing hangs: the trials run at once, and end within
   that many milliseconds.
   The table in docs/partners/embedding.md has the same checks and lines; a test compares them. */

import { addressOf, isFunction, make, parents, partnerOf, scope, talk } from "../tools.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const base = script.src.replace(/[^/]*$/, ""), home = new URL(base).origin;
const FRAMES = ["frame-src", "child-src", "default-src"];
const PROBE_MS = 8000, FORM_MS = 4000, BRIDGE_MS = 5000, QUIET_MS = 1000, POLICY_MS = 300;

/* Where a line belongs: Chinese and English. */
const CODE = "页面用 Sunbridge 的代码|your page's code for Sunbridge";
const HEADER = "Content-Security-Policy|Content-Security-Policy";
const APP = "App 的网页容器|the app's web view";

/**
 * check: [where, line]. {bank}, {page}, {frames} … stand for what this page has. A line may depend on the system, which
 * an app's web view names, or on the reason. What a check says is in checks.js.
 *
 * @type {Record<string, any[]>}
 */
const CHECKS = {
  entry: [CODE, 'entry: "{bank}/{partner}/enter"'],
  secure_context: ["页面的地址|your page's address", "https://{host}"],
  script_src: [HEADER, "script-src {scripts}"],
  frame_src: [HEADER, "frame-src {frames}"],
  server: ["在这部手机的浏览器里打开|open it in this phone's browser", "{bank}/sdk/probe"],
  isolation: ["页面的响应头，或外层 iframe|your page's headers, or the iframe around it", {
    coep: "Cross-Origin-Embedder-Policy: unsafe-none",
    opaque: "sandbox allow-same-origin allow-scripts allow-forms allow-popups",
  }],
  partner: [CODE, 'entry: "{bank}/<partner>/enter"'],
  frame_ancestors: ["发给银行，写进配置|send it to the bank for its configuration", 'frame_ancestors = ["{parent}"]'],
  login_page: ["登录页的 Content-Security-Policy|the login page's Content-Security-Policy", "frame-ancestors {page}"],
  cookies: [APP, {
    android: "CookieManager.getInstance().setAcceptThirdPartyCookies(webView, true)",
    harmony: "webview.WebCookieManager.putAcceptThirdPartyCookieEnabled(true)",
  }],
  post_body: [APP, {
    android: 'if (request.method == "POST") return null',
    ios: 'if action.request.httpMethod == "POST" { decisionHandler(.allow); return }',
    harmony: ".onInterceptRequest(() => null)",
  }],
  bridge: [CODE, "provide: { authTicket: async ({ appId }) => ticket }"],
  dialog: [],
  storage: [APP, {
    android: "webView.settings.domStorageEnabled = true",
    ios: "configuration.websiteDataStore = .default()",
    harmony: ".domStorageAccess(true)",
  }],
  version: [CODE, "{bank}/sdk/{newest}/sunbridge.js"],
};
/* The only texts that are needed where the others cannot load. */
const BLOCKED = ["SDK 的部件能加载|Parts of the SDK load", "策略不让加载 SDK 的部件|The policy blocks parts of the SDK"];

const SYSTEMS = { harmony: /harmony|arkweb/i, ios: /iphone|ipad/i, android: /android/i };

/** @param {string} text @param {any} values */
const filled = (text, values) => text.replace(/{(\w+)}/g, (whole, name) => name in values ? values[name] : whole);

/** @param {string} text @param {any} values */
function inBoth(text, values) {
  const [zh, en] = filled(text, values).split("|");
  return { zh, en };
}

function stores() {
  // Denied storage throws in some browsers, and is missing in Android's web views.
  try { return sessionStorage.getItem("") === null; } catch (fault) { return false; }
}

/**
 * What the page's policy allows now, with another origin. A missing directive inherits from the next.
 *
 * @param {any} violation @param {string[]} names @param {string} origin
 */
function allowing(violation, names, origin) {
  const found = names.map((name) => new RegExp(`(?:^|;)\\s*${name} ([^;]*)`).exec(violation.originalPolicy)).find(Boolean);
  return `${found ? found[1].replace(/'none'/, "") : ""} ${origin}`.trim();
}

/**
 * A hidden frame of ours says what our server knows of this page; its form then tries cookies and bodies.
 *
 * @param {any} here @param {string} bank @param {string} partner @returns {Promise<any>}
 */
const probe = (here, bank, partner) => new Promise((resolve) => {
  const frame = make("iframe", "", { hidden: true });
  let seen = {};
  const end = () => resolve(seen);
  talk(here, frame, bank, {
    probe(message) {
      seen = message;
      if ("body" in message) end();
      else here.after(FORM_MS, end);
    },
  });
  here.undo.push(() => frame.remove());
  // Our page speaks before it has loaded. What loads without a word is the browser's own page of an error.
  here.on(frame, "load", () => here.after(QUIET_MS, () => "code" in seen || end()));
  here.frame = end;
  here.after(here.within, end);
  frame.src = `${bank}/sdk/probe?${new URLSearchParams({ doctor: "1", partner, parent: parents().join(" ") })}`;
  document.documentElement.append(frame);
});

/**
 * Whether the policy lets these origins into a frame: a violation says if not. No script of theirs runs.
 *
 * @param {any} here @param {string} origin @returns {Promise<any>}
 */
const frames = (here, origin) => new Promise((resolve) => {
  const frame = make("iframe", "", { hidden: true, sandbox: "", src: `${origin}/robots.txt` });
  here.on(frame, "load", () => here.after(POLICY_MS, resolve));
  here.after(QUIET_MS, resolve);
  here.undo.push(() => frame.remove());
  document.documentElement.append(frame);
});

/**
 * Load the part with our texts: whether another part of this release loads at all. A violation follows the error of a script that the policy forbids.
 *
 * @param {any} here @returns {Promise<any>}
 */
const another = (here) => new Promise((resolve) => {
  const known = /** @type {any} */ (document.querySelector("script[nonce]"));
  // The core's policy vouches for the address where a page demands that.
  const { policy } = /** @type {any} */ (window)[Symbol.for("sunbridge")] || {}, url = `${base}texts.js`;
  const part = make("script", "", { src: policy ? policy.createScriptURL(url) : url, crossOrigin: "anonymous", nonce: known ? known.nonce : "" });
  here.on(part, "load", () => resolve(part.sunbridge));
  here.on(part, "error", () => here.after(POLICY_MS, resolve));
  here.undo.push(() => part.remove());
  here.script = resolve;
  here.after(here.within, resolve);
  document.documentElement.append(part);
});

/**
 * authTicket as our pages ask it: a ticket, an error, or nothing in time.
 *
 * @param {any} here @param {any} provide @returns {Promise<string[]>}
 */
const ticket = (here, { authTicket } = /** @type {any} */ ({})) => new Promise((resolve) => {
  if (!isFunction(authTicket)) return resolve(["unknown", "absent"]);
  const refused = (/** @type {any} */ error) =>
    resolve(["unknown", "refused", String((error && (error.code || error.message)) || error).slice(0, 64)]);
  here.after(BRIDGE_MS, () => resolve(["missing"]));
  here.after(here.within, () => resolve(["unknown", "open"]));
  Promise.resolve({}).then(authTicket).then((value) => resolve([value ? "ok" : "missing"]), refused);
});

/** @param {any} options @param {{ version: string, within: number }} core */
async function doctor(options, { version, within }) {
  /** @type {any} */
  const here = Object.assign(scope(), { within: Math.min(within, PROBE_MS) }), violations = {};
  const { entry, launchUrl } = options;
  const address = addressOf(entry || launchUrl), bank = address ? address.origin : home;
  const partner = (address ? partnerOf(address) : options.partner) || "";
  /** @type {string[]} */
  let logins = [];
  here.on(document, "securitypolicyviolation", (/** @type {any} */ event) => {
    const [kind] = /frame|script/.exec(event.effectiveDirective.replace("child", "frame")) || [""];
    const from = event.blockedURI.split("/", 3).join("/");
    if (!kind || event.disposition === "report") return;
    if (from === (kind === "frame" ? bank : home)) {
      violations[kind] = event;
      here[kind]();
    } else if (kind === "frame" && logins.includes(from)) violations.login = event;
  });
  const late = new Promise((resolve) => here.after(here.within, resolve));
  const trial = async () => {
    const seen = await probe(here, bank, partner);
    logins = (seen.login || "").split(" ").filter((/** @type {string} */ each) => each && each !== bank);
    // A server that answers there, and not in a frame, is kept out of frames by something in this page.
    const asked = "code" in seen || violations.frame ? Promise.all(logins.map((each) => frames(here, each)))
      : fetch(`${bank}/sdk/${version}/integrity.json`, { cache: "no-store" }).then(({ ok }) => { seen.reached = ok; }, () => {});
    await Promise.race([asked, late]);
    // What comes later counts no more.
    return { ...seen };
  };
  const [seen, loaded, [state, why, error]] = await Promise.all([trial(), another(here), ticket(here, options.provide)]);
  here.clear();

  const noFrame = violations.frame, noLogin = violations.login, noScript = violations.script;
  const opaque = window.origin === "null";
  const answered = "code" in seen, known = answered && seen.code !== "partner_unknown";
  /* A fact may not be known: then another check is to be mended first. */
  const when = (/** @type {any} */ fact, /** @type {any} */ isOk) => fact ? [isOk ? "ok" : "missing"] : ["unknown", "open"];
  const tried = (/** @type {string} */ name) => when(name in seen, seen[name]);
  const isolated = !answered && !noFrame && (opaque || window.crossOriginIsolated || (navigator.onLine && seen.reached));
  /** @type {Record<string, string[]>} */
  const states = {
    entry: when(1, isFunction(launchUrl) || (address && partner && partner === (options.partner || partner))),
    secure_context: when(1, isSecureContext),
    script_src: when(loaded || noScript, loaded),
    frame_src: when(noFrame || answered, !noFrame && !noLogin),
    server: answered || noFrame || isolated ? when(answered, 1) : ["missing", navigator.onLine === false ? "offline" : ""],
    isolation: opaque ? ["missing", "opaque"] : when(answered || isolated, answered),
    partner: when(answered && partner, known),
    frame_ancestors: when(known, seen.code !== "origin_not_allowed"),
    login_page: seen.login ? ["unknown", "login"] : when(known, 1),
    cookies: tried("cookies"),
    post_body: tried("body"),
    bridge: [state, why],
    dialog: when(1, window.HTMLDialogElement && isFunction(HTMLDialogElement.prototype.showModal)),
    storage: when(1, stores()),
    version: when(seen.newest, version.localeCompare(seen.newest, "en", { numeric: true }) >= 0),
  };
  const values = {
    bank, error, newest: seen.newest, page: location.origin, host: location.host, partner: partner || "<partner>",
    login: seen.login, parent: parents()[seen.ancestor || 0],
    frames: noFrame ? allowing(noFrame, FRAMES, bank) : noLogin && allowing(noLogin, FRAMES, logins.join(" ")),
    scripts: noScript && allowing(noScript, ["script-src-elem", "script-src", "default-src"], home),
  };
  const [system] = Object.entries(SYSTEMS).find(([, agent]) => agent.test(navigator.userAgent)) || [""];
  const { checks: said = {}, reasons = {} } = /** @type {any} */ (loaded || {});
  const checks = Object.entries(CHECKS).map(([check, [where, lines]]) => {
    const [state, why] = states[check], [ok, missing] = check === "script_src" ? BLOCKED : said[check] || [];
    const shown = state === "missing" || why === "absent" || why === "login";
    const line = shown && (Object(lines) === lines ? lines[why || "coep"] || lines[system] : lines);
    const message = why ? reasons[why] : state === "ok" ? ok : missing;
    return {
      check, state, message: inBoth(message || `${check}: ${state}|${check}: ${state}`, values),
      line: line ? filled(line, values) : null, where: line ? inBoth(where, values) : null,
    };
  });
  return { ok: checks.every((each) => each.state !== "missing"), version, origin: location.origin, checks };
}

script.sunbridge = { doctor };
