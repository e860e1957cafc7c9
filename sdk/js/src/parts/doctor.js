/* Part `doctor`: tries what in this page, browser or app blocks us, and names the line that mends it. A classic script.
   The core calls `doctor(options, {version})`. Nothing hangs: each trial has a limit, and all of them 9.5 s together.
   The table in docs/partners/embedding.md has the same checks and lines; a test compares them. */

const script = document.currentScript;
const base = script.src.replace(/[^/]*$/, ""), home = new URL(base).origin;
const PROTOCOL = 1;
const LIMIT_MS = 9500, PROBE_MS = 8000, FORM_MS = 4000, BRIDGE_MS = 5000, POLICY_MS = 300;

/* Where a line belongs: Chinese and English. */
const CODE = "页面调用 Sunbridge 的代码|your page's call of Sunbridge";
const HEADER = "页面的 Content-Security-Policy|your page's Content-Security-Policy";
const APP = "App 的网页容器|the app's web view";

/* check: [ok, missing, where, line]. {bank}, {page}, {sources} … stand for what this page has. */
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
    "页面的 script 或 import|your page's script tag or import", "{bank}/sdk/{newest}/sunbridge.js"],
};
/* Beside the two texts of a check: why its state is not known, or why it is missing. */
const TEXTS = {
  first: "没有查到：先解决别的项|Not known: mend the others first",
  late: "没有查到：没有及时回应|Not known: no answer in time",
  offline: "手机没有网络|The phone has no network",
  absent: "页面没有提供 authTicket，客户在贵方登录页登录|The page provides no authTicket: customers use your login page",
  refused: "authTicket 报错：{error}|authTicket reported an error: {error}",
};

const both = (text, values) => {
  const [zh, en] = text.replace(/{(\w+)}/g, (whole, name) => (name in values ? values[name] : whole)).split("|");
  return { zh, en };
};
const system = () => (/harmony|arkweb/i.exec(navigator.userAgent) || /iphone|ipad/i.exec(navigator.userAgent)
  || /android/i.exec(navigator.userAgent) || [""])[0].toLowerCase().replace(/arkweb/, "harmony").replace(/iphone|ipad/, "ios");
const settled = (ms, promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);
const numbers = (version) => String(version).split(".").map(Number);
const isOlder = (ours, newest) => {
  const [a, b] = [numbers(ours), numbers(newest)];
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs >= 0 && a[differs] < b[differs];
};
const stores = () => {
  try {
    sessionStorage.setItem("sunbridge", "1");
    sessionStorage.removeItem("sunbridge");
    return true;
  } catch (fault) { return false; }
};

/* The bank's origin and the partner, and whether the address that names them is right. */
function addressed({ entry, launchUrl, partner }) {
  if (typeof launchUrl === "function") return { bank: home, partner, right: true };
  try {
    const { protocol, hostname, origin, pathname } = new URL(entry || launchUrl);
    const own = pathname.split("/")[1];
    const secure = protocol === "https:" || /^(localhost|127\.0\.0\.1)$/.test(hostname);
    return { bank: origin, partner: own, right: secure && !!own && (!partner || partner === own) };
  } catch (fault) { return { bank: home, partner, right: false }; }
}

/* What the page's policy allows now, with the bank's origin added. A missing directive inherits from the next. */
function allowing(bank, violation, names) {
  const found = names.map((name) => new RegExp(`(?:^|;)\\s*${name} ([^;]*)`).exec(violation.originalPolicy)).find(Boolean);
  const sources = found ? found[1].trim().split(/\s+/).filter((source) => source !== "'none'") : [];
  return [...sources, bank].join(" ");
}

/* A hidden frame of ours says what our server knows of this page; its form then tries cookies and bodies. */
function probe(bank, partner, policy) {
  return new Promise((resolve) => {
    const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
    const query = new URLSearchParams({ doctor: 1, partner, parent: location.origin });
    const frame = Object.assign(document.createElement("iframe"), { name: `sunbridge-${nonce}`, hidden: true });
    const seen = {};
    let timer;
    const end = () => {
      clearTimeout(timer);
      removeEventListener("message", hear);
      frame.remove();
      resolve(seen);
    };
    const hear = ({ data, origin, source }) => {
      if (source !== frame.contentWindow || origin !== bank || !data || data.sunbridge !== PROTOCOL) return;
      if (data.nonce !== nonce || data.type !== "probe") return;
      Object.assign(seen, data);
      clearTimeout(timer);
      if (typeof data.body === "boolean") end();
      else timer = setTimeout(end, FORM_MS);
    };
    addEventListener("message", hear);
    policy.frame = end;
    timer = setTimeout(end, PROBE_MS);
    frame.src = `${bank}/sdk/probe?${query}`;
    document.documentElement.append(frame);
  });
}

/* Whether another part of this release loads. Where the policy forbids it, a violation follows the error. */
function part(policy) {
  return settled(PROBE_MS, new Promise((resolve) => {
    const element = Object.assign(document.createElement("script"), { src: `${base}texts.js`, crossOrigin: "anonymous" });
    if (script.nonce) element.nonce = script.nonce;
    element.onload = () => resolve(true);
    element.onerror = () => setTimeout(resolve, POLICY_MS);
    policy.script = resolve;
    document.head.append(element);
  }).then((loaded) => {
    document.head.querySelectorAll(`script[src="${base}texts.js"]`).forEach((element) => element.remove());
    return loaded;
  }));
}

/* authTicket as our pages ask it: a ticket, an error, or nothing within the limit. */
function ticket({ provide }) {
  const ask = provide && provide.authTicket;
  if (typeof ask !== "function") return Promise.resolve(["unknown", "absent"]);
  return settled(BRIDGE_MS, Promise.resolve({}).then(ask).then(
    (value) => (value ? ["ok"] : ["missing"]),
    (error) => ["unknown", "refused", String((error && (error.code || error.message)) || error).slice(0, 64)],
  )).then((state) => state || ["missing"]);
}

async function doctor(options, core) {
  const given = options || {}, { bank, partner = "", right } = addressed(given);
  const version = (core && core.version) || (/\/([\d.]+)\/$/.exec(base) || ["", "0"])[1];
  const policy = {}, violations = {};
  const forbidden = (event) => {
    const kind = /^(frame|child)/.test(event.effectiveDirective) ? "frame" : "script";
    if (event.disposition === "report" || !event.blockedURI.startsWith(kind === "frame" ? bank : home)) return;
    violations[kind] = event;
    if (policy[kind]) policy[kind]();
  };
  document.addEventListener("securitypolicyviolation", forbidden);
  const found = { seen: {} };
  await settled(LIMIT_MS, Promise.all([
    probe(bank, partner, policy).then((seen) => { found.seen = seen; }),
    part(policy).then((loaded) => { found.loaded = loaded; }),
    ticket(given).then((state) => { found.ticket = state; }),
  ]));
  document.removeEventListener("securitypolicyviolation", forbidden);

  const { seen } = found, { frame: noFrame, script: noScript } = violations;
  const answered = "code" in seen, known = answered && seen.code !== "partner_unknown";
  const tried = (value) => (typeof value === "boolean" ? [value ? "ok" : "missing"] : ["unknown", answered ? "late" : "first"]);
  const when = (fact, isOk) => (fact ? [isOk ? "ok" : "missing"] : ["unknown", "first"]);
  const [state, why, error] = found.ticket || ["missing"];
  const states = {
    entry: when(true, right),
    secure_context: when(true, isSecureContext),
    script_src: noScript ? ["missing"] : found.loaded ? ["ok"] : ["unknown", "late"],
    frame_src: when(noFrame || answered, !noFrame),
    server: answered ? ["ok"] : noFrame ? ["unknown", "first"] : ["missing", navigator.onLine === false ? "offline" : ""],
    partner: when(answered && partner, known),
    frame_ancestors: when(known, seen.code !== "origin_not_allowed"),
    cookies: tried(seen.cookies),
    post_body: tried(seen.body),
    bridge: [state, why],
    dialog: when(true, window.HTMLDialogElement && HTMLDialogElement.prototype.showModal),
    storage: when(true, stores()),
    version: when(seen.newest, !isOlder(version, seen.newest)),
  };
  const values = {
    bank, error, newest: seen.newest, page: location.origin, host: location.host, partner: partner || "<partner>",
    frames: noFrame && allowing(bank, noFrame, ["frame-src", "child-src", "default-src"]),
    scripts: noScript && allowing(home, noScript, ["script-src-elem", "script-src", "default-src"]),
  };
  const checks = Object.keys(CHECKS).map((check) => {
    const [ok, missing, where, lines = null] = CHECKS[check], [state, why] = states[check];
    const line = lines && lines.android ? lines[system()] : lines;
    const lacks = state === "missing" || why === "absent" ? line || null : null;
    return {
      check, state, message: both(why ? TEXTS[why] : state === "ok" ? ok : missing, values),
      line: lacks && both(lacks, values).zh, where: lacks && both(where, values),
    };
  });
  return { ok: checks.every((each) => each.state !== "missing"), version, origin: location.origin, checks };
}

script.sunbridge = { doctor };
