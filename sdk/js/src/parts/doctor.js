/* Part `doctor`: tries what in this page, browser or app blocks us, and names the line that mends it. A classic script.
   The core calls `doctor(options, {version, within})`. Nothing hangs: the trials run at once, and end within
   that many milliseconds.
   The table in docs/partners/embedding.md has the same checks and lines; a test compares them. */

import { addressOf, isFunction, make, partnerOf, scope, talk } from "../tools.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const base = script.src.replace(/[^/]*$/, ""), home = new URL(base).origin;
const PROBE_MS = 8000, FORM_MS = 4000, BRIDGE_MS = 5000, QUIET_MS = 1000, POLICY_MS = 300;

/* Where a line belongs: Chinese and English. */
const CODE = "页面用 Sunbridge 的代码|your page's code for Sunbridge";
const HEADER = "页面的 Content-Security-Policy|your page's Content-Security-Policy";
const APP = "App 的网页容器|the app's web view";

/**
 * check: [ok, missing, where, line]. {bank}, {page}, {frames} … stand for what this page has. A line may depend on the
 * system, which an app's web view names.
 *
 * @type {Record<string, any[]>}
 */
const CHECKS = {
  entry: ["银行的地址可用|The bank's address is usable",
    "entry 不是银行给的 https 地址，或属于另一个 partner|entry is not the bank's https address, or is another partner's",
    CODE, 'entry: "{bank}/{partner}/enter"'],
  secure_context: ["页面走 https|The page is https",
    "页面不走 https，框架里存不了 Cookie|The page is not https, so frames keep no cookies",
    "页面的地址|your page's address", "https://{host}"],
  script_src: ["SDK 的部件能加载|Parts of the SDK load",
    "页面的策略不让加载 SDK 的部件|The page's policy blocks parts of the SDK", HEADER, "script-src {scripts}"],
  frame_src: ["策略允许嵌入银行的页面|The policy allows our frames",
    "页面的策略不让嵌入银行的页面|The page's policy blocks our frames", HEADER, "frame-src {frames}"],
  server: ["银行的服务器有回应|The bank's server answers",
    "银行的服务器没有回应|The bank's server does not answer",
    "在这部手机的浏览器里打开|open it in this phone's browser", "{bank}/sdk/probe"],
  partner: ["银行认识这个 partner|The bank knows this partner",
    "银行没有这个 partner：{partner}|The bank has no partner {partner}", CODE, 'entry: "{bank}/<partner>/enter"'],
  frame_ancestors: ["银行允许本页嵌入|The bank lets this page frame it",
    "银行的配置里没有本页的来源|This page's origin is not in the bank's configuration",
    "发给银行，写进配置|send it to the bank for its configuration", 'frame_ancestors = ["{page}"]'],
  cookies: ["框架里能存 Cookie|Frames keep cookies",
    "框架里存不了 Cookie，银行会改用整页打开|Frames keep no cookies: the whole window opens instead", APP, {
      android: "CookieManager.getInstance().setAcceptThirdPartyCookies(webView, true)",
      harmony: "webview.WebCookieManager.putAcceptThirdPartyCookieEnabled(true)",
    }],
  post_body: ["表单内容能送到|Forms arrive whole",
    "App 清空了表单的内容，办不成任何业务|The app empties forms, so nothing can be done", APP, {
      android: 'if (request.method == "POST") return null',
      ios: 'if action.request.httpMethod == "POST" { decisionHandler(.allow); return }',
      harmony: ".onInterceptRequest(() => null)",
    }],
  bridge: ["authTicket 有回应|authTicket answers",
    "authTicket 5 秒内没有给出票据|authTicket gave no ticket within 5 s",
    CODE, "provide: { authTicket: async ({ appId }) => ticket }"],
  dialog: ["浏览器有 <dialog>|The browser has <dialog>",
    "浏览器没有 <dialog>，sheet 和 frame 会用整页打开|No <dialog>: sheet and frame open the whole window"],
  storage: ["页面能用存储|The page may store",
    "页面不能用存储，登录页可能需要它|The page may not store, which login pages often need", APP, {
      android: "webView.settings.domStorageEnabled = true",
      ios: "configuration.websiteDataStore = .default()",
      harmony: ".domStorageAccess(true)",
    }],
  version: ["SDK 是最新的|The SDK is the newest",
    "SDK 有新版本 {newest}|The SDK has a newer release, {newest}",
    CODE, "{bank}/sdk/{newest}/sunbridge.js"],
};
/**
 * Why a state is not known, or missing, where its check says something else.
 *
 * @type {Record<string, string>}
 */
const TEXTS = {
  open: "还不知道：先解决别的项|Not known yet: mend the others first",
  offline: "手机没有网络|The phone has no network",
  absent: "页面没有提供 authTicket，客户在贵方登录页登录|The page provides no authTicket: customers use your login page",
  refused: "authTicket 报错：{error}|authTicket reported an error: {error}",
};

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
 * What the page's policy allows now, with one origin more. A missing directive inherits from the next.
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
  frame.src = `${bank}/sdk/probe?${new URLSearchParams({ doctor: "1", partner, parent: location.origin })}`;
  document.documentElement.append(frame);
});

/**
 * Whether another part of this release loads. A violation follows the error of a script that the policy forbids.
 *
 * @param {any} here @returns {Promise<any>}
 */
const another = (here) => new Promise((resolve) => {
  const known = /** @type {any} */ (document.querySelector("script[nonce]"));
  const part = make("script", "", { src: `${base}texts.js`, crossOrigin: "anonymous", nonce: known ? known.nonce : "" });
  here.on(part, "load", () => resolve(true));
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
  here.on(document, "securitypolicyviolation", (/** @type {any} */ event) => {
    const [kind] = /frame|script/.exec(event.effectiveDirective.replace("child", "frame")) || [""];
    if (!kind || event.disposition === "report" || !event.blockedURI.startsWith(kind === "frame" ? bank : home)) return;
    violations[kind] = event;
    here[kind]();
  });
  const [seen, loaded, [state, why, error]] = await Promise.all(
    [probe(here, bank, partner), another(here), ticket(here, options.provide)]);
  here.clear();

  const noFrame = violations.frame, noScript = violations.script;
  const answered = "code" in seen, known = answered && seen.code !== "partner_unknown";
  /* A fact may not be known: then another check is to be mended first. */
  const when = (/** @type {any} */ fact, /** @type {any} */ isOk) => fact ? [isOk ? "ok" : "missing"] : ["unknown", "open"];
  const tried = (/** @type {string} */ name) => when(name in seen, seen[name]);
  /** @type {Record<string, string[]>} */
  const states = {
    entry: when(1, isFunction(launchUrl) || (address && partner && partner === (options.partner || partner))),
    secure_context: when(1, isSecureContext),
    script_src: when(loaded || noScript, loaded),
    frame_src: when(noFrame || answered, !noFrame),
    server: answered || noFrame ? when(answered, 1) : ["missing", navigator.onLine === false ? "offline" : ""],
    partner: when(answered && partner, known),
    frame_ancestors: when(known, seen.code !== "origin_not_allowed"),
    cookies: tried("cookies"),
    post_body: tried("body"),
    bridge: [state, why],
    dialog: when(1, window.HTMLDialogElement && isFunction(HTMLDialogElement.prototype.showModal)),
    storage: when(1, stores()),
    version: when(seen.newest, version.localeCompare(seen.newest, "en", { numeric: true }) >= 0),
  };
  const values = {
    bank, error, newest: seen.newest, page: location.origin, host: location.host, partner: partner || "<partner>",
    frames: noFrame && allowing(noFrame, ["frame-src", "child-src", "default-src"], bank),
    scripts: noScript && allowing(noScript, ["script-src-elem", "script-src", "default-src"], home),
  };
  const [system] = Object.entries(SYSTEMS).find(([, agent]) => agent.test(navigator.userAgent)) || [""];
  const checks = Object.entries(CHECKS).map(([check, [ok, missing, where, lines]]) => {
    const [state, why] = states[check];
    const line = (state === "missing" || why === "absent") && (lines && lines.android ? lines[system] : lines);
    return {
      check, state, message: inBoth(why ? TEXTS[why] : state === "ok" ? ok : missing, values),
      line: line ? filled(line, values) : null, where: line ? inBoth(where, values) : null,
    };
  });
  return { ok: checks.every((each) => each.state !== "missing"), version, origin: location.origin, checks };
}

script.sunbridge = { doctor };
