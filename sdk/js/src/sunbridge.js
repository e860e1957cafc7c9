/* Opens a bank's Sunbridge pages from a super-app's page: README.md in the folder above. Importing it asks nothing of a
   server and needs no document. What is rarely needed lies in parts/, loaded from the same release by its hash. */

/** @typedef {"zh" | "en"} Lang */
/** @typedef {"page" | "sheet" | "frame"} Mode */
/** @typedef {"ready" | "page" | "done" | "left" | "error" | "blocked" | "outdated"} EventName */
/**
 * @typedef {"load_failed" | "blocked_by_policy" | "timeout" | "refused" | "unknown_partner" | "wrong_option"
 *   | "session_expired" | "bank_away" | "login_failed" | "host_body_lost" | "already_open"} Code
 */
/**
 * What was wrong, for your code, your log and our support.
 *
 * @typedef {Error & {
 *   name: "SunbridgeError",
 *   code: Code,
 *   reason: string,
 *   option?: string,
 *   messages: { zh: string, en: string },
 *   docs: string,
 *   request_id: string | null,
 * }} SunbridgeError
 */
/** @typedef {{ status: "done", reference: string }} Done */
/** @typedef {{ status: "left" }} Left */
/** @typedef {{ status: "cancelled", by: "customer" | "app" }} Cancelled */
/** @typedef {Done | Left | Cancelled} Result */
/**
 * `sequence` counts the events of one opening from 1. Ignore events whose name you do not know.
 *
 * @typedef {{
 *   name: EventName, sequence: number, title?: string, reference?: string, error?: SunbridgeError, newest?: string,
 * }} SunbridgeEvent
 */
/**
 * @typedef {object} OpenOptions
 * @property {string} [partner] your id at the bank, the first part of the path of `entry`
 * @property {string} [entry] the address that the bank gave you; either this or `launchUrl`
 * @property {string | (() => string | Promise<string>)} [launchUrl] a launch's address, or what fetches one from your server
 * @property {Mode} [mode] "page" unless you say another
 * @property {"zh-CN" | "en"} [locale]
 * @property {"standard" | "elder" | "largest"} [uiStyle]
 * @property {string} [theme] "#rrggbb", the colour of the bar above our pages
 * @property {(event: SunbridgeEvent) => void} [onEvent]
 * @property {AbortSignal} [signal]
 * @property {number} [loadTimeout] 1000 to 9000 ms
 * @property {Record<string, (args: any) => unknown>} [provide] what our pages may ask of your app
 * @property {string} [title] the name of the service, until a page of ours names itself
 */
/**
 * `result` always settles. `close()` may be called at any time.
 *
 * @typedef {{ result: Promise<Result>, close(): void }} Handle
 */
/** @typedef {{ partner?: string, entry?: string, launchUrl?: OpenOptions["launchUrl"], provide?: OpenOptions["provide"] }} DoctorOptions */
/**
 * @typedef {{
 *   check: string, state: "ok" | "missing" | "unknown", message: { zh: string, en: string }, line: string | null,
 *   where: { zh: string, en: string } | null,
 * }} Check
 */
/** @typedef {{ ok: boolean, version: string, origin: string, checks: Check[] }} Report */
/**
 * @typedef {object} ProgressOptions
 * @property {string} url the address that your server got from ours
 * @property {"zh-CN" | "en"} [locale]
 * @property {"standard" | "elder" | "largest"} [uiStyle]
 * @property {(event: SunbridgeEvent) => void} [onEvent]
 * @property {AbortSignal} [signal]
 */

const VERSION = __VERSION__, PROTOCOL = 1;
/** @type {readonly EventName[]} */
const EVENTS = Object.freeze(["ready", "page", "done", "left", "error", "blocked", "outdated"]);
const WORDS = { zh: ["关闭", "银行服务"], en: ["Close", "Banking service"] };
/* What goes wrong settles within 10 s. QUIET_MS: a loaded page speaks; ASK_MS without one: the server is asked. */
const LOAD_MS = 9000, ASK_MS = 6000, PROBE_MS = 3000, QUIET_MS = 1500, LOOK_MS = 500, PART_MS = 5000, TEXTS_MS = 800;
/* A code and its reasons. Other reasons of a page of ours are `refused`, of a login `login_failed`, or codes themselves. */
const REASONS = [
  "load_failed offline unreachable part launch_url no_document internal page.fault",
  "blocked_by_policy frame-src script-src",
  "refused origin_not_allowed login.untrusted login.bank_refused",
  "unknown_partner partner_unknown",
  "wrong_option unknown_option",
  "session_expired login.launch_used login.stale page.expired",
  "bank_away login.bank_away page.no_answer page.not_begun page.unknown",
  "host_body_lost page.body_lost",
];
const HERE = import.meta.url.replace(/[^/]*$/, "").replace(/\/2\/$/, `/${VERSION}/`);
const IN_PAGE = typeof document === "object";
/* A page may load this module twice, or two releases of it. They share one lock and one listener. */
const KEY = Symbol.for("sunbridge");
/** @type {any} */
const shared = IN_PAGE ? window[KEY] || (window[KEY] = {}) : {};

/* ---- Options ---- */

/** The address, or a falsy value where it is not one that we open. @param {any} text */
function addressOf(text) {
  try {
    const address = new URL(text);
    return /^(https:|http:..(localhost|127\.0\.0\.1)[:/])/.test(address.href) && address;
  } catch (fault) {}
}
const partnerOf = (/** @type {URL} */ address) => address.pathname.split("/")[1];
/** @type {(value: any) => boolean} */
const isFunction = (value) => typeof value === "function";
/** @type {(pattern: RegExp) => (value: any) => boolean} */
const isText = (pattern) => (value) => typeof value === "string" && pattern.test(value);
/** @type {Record<string, (value: any) => any>} */
const RULES = {
  // @ts-ignore: so that no name of Object's own is an option.
  __proto__: null,
  partner: isText(/./),
  entry: addressOf,
  url: addressOf,
  launchUrl: (value) => isFunction(value) || addressOf(value),
  mode: isText(/^(page|sheet|frame)$/),
  locale: isText(/^(zh-CN|en)$/),
  uiStyle: isText(/^(standard|elder|largest)$/),
  theme: isText(/^#[\da-f]{6}$/i),
  onEvent: isFunction,
  signal: (value) => isFunction(value.addEventListener),
  loadTimeout: (value) => value >= 1000 && value <= LOAD_MS,
  provide: (value) => Object.values(value).every(isFunction),
  title: isText(/./),
};

/* ---- What is changed is put back ---- */

function scope() {
  /** @type {(() => any)[]} */
  const steps = [];
  return {
    undo: (/** @type {() => any} */ step) => { steps.push(step); },
    /** @param {EventTarget} target @param {string} type @param {(event: any) => any} listener */
    on(target, type, listener) {
      target.addEventListener(type, listener);
      steps.push(() => target.removeEventListener(type, listener));
    },
    /** @param {number} ms @param {() => any} then */
    after(ms, then) {
      const timer = setTimeout(then, ms);
      steps.push(() => clearTimeout(timer));
    },
    clear: () => Promise.all(steps.splice(0).map((step) => step())),
  };
}

/** Tell what this page's policy blocks. @param {any} within @param {RegExp} directive @param {(blocked: string) => void} then */
const onBlocked = (within, directive, then) =>
  within.on(document, "securitypolicyviolation", (/** @type {SecurityPolicyViolationEvent} */ event) => {
    if (directive.test(event.effectiveDirective) && event.disposition !== "report") then(event.blockedURI);
  });

/* ---- Parts and errors ---- */

/** @type {Record<string, Promise<any>>} */
const parts = {};

/** Load a part of this release. Rejects with a reason. @param {string} name @param {string} base @param {number} [limit] */
function load(name, base, limit = PART_MS) {
  return parts[name] || (parts[name] = new Promise((ready, fail) => {
    const known = /** @type {any} */ (document.querySelector("script[nonce]"));
    const script = make("script", "", {
      src: `${base}${name}.js`, integrity: __PARTS__[name], crossOrigin: "anonymous", nonce: known ? known.nonce : "",
    });
    const here = scope();
    let reason = "part";
    const end = () => {
      here.clear();
      script.remove();
      if (script.sunbridge) return ready(script.sunbridge);
      delete parts[name];
      fail(reason);
    };
    onBlocked(here, /^script/, (blocked) => { if (script.src.startsWith(blocked)) reason = "script-src"; });
    here.on(script, "load", end);
    here.on(script, "error", end);
    here.after(limit, end);
    document.documentElement.append(script);
  }));
}

/** The part, or undefined once the opening has failed for its lack. @param {any} opening @param {string} name */
const part = (opening, name) => load(name, opening.base).catch(
  (reason) => opening.fail(reason === "script-src" ? reason : "part", { what: new URL(opening.base).origin }));

/**
 * @param {{ base: string, lang: Lang }} from @param {string} reason
 * @param {{ option?: string, request_id?: any, what?: string, cause?: any }} [more] @returns {Promise<any>}
 */
async function fault({ base, lang }, reason, more = {}) {
  const { option, request_id } = more;
  const [code] = (REASONS.find((line) => ` ${line} `.includes(` ${reason} `))
    || (/^page\./.test(reason) ? "refused" : /^login\./.test(reason) ? "login_failed" : reason)).split(" ");
  const docs = new URL(`/sdk/errors?lang=${lang}#${reason === "wrong_option" ? "option-" + option : code}`, base).href;
  const error = { ...more, name: "SunbridgeError", code, reason, docs, request_id: request_id ? safe(request_id) : null };
  const plain = `${code} (${option || reason}): ${docs}`;
  const messages = await load("texts", base, TEXTS_MS).then((texts) => texts.say(error)).catch(() => ({ zh: plain, en: plain }));
  return Object.assign(new Error(messages[lang]), error, { messages });
}

const safe = (/** @type {any} */ text) => String(text).slice(0, 64);

/* ---- An opening tells events in order, and settles once ---- */

const baseOf = (/** @type {any} */ address) => address ? `${address.origin}/sdk/${VERSION}/` : HERE;

/** @param {any} given @param {(opening: any) => any} run @returns {any} */
function begin(given, run) {
  const options = Object(given);
  const { locale, signal, onEvent } = options;
  let sequence = 0, told = Promise.resolve();
  /** @type {any} */
  const opening = {
    ...scope(),
    options,
    base: baseOf(addressOf(options.entry || options.url || options.launchUrl)),
    lang: /^zh/.test(locale || (IN_PAGE && document.documentElement.lang)) ? "zh" : "en",
    /** @param {EventName} name @param {any} [more] */
    tell(name, more) {
      if (opening.over) return;
      told = told.then(async () => {
        const event = { name, sequence: sequence += 1, ...more };
        if (event.error) event.error = await event.error;
        // A fault of the app's listener is the app's, and stops nothing here.
        try { if (isFunction(onEvent)) onEvent(event); } catch (thrown) { setTimeout(() => { throw thrown; }); }
      });
    },
    /** @param {string} reason @param {any} [more] */
    fail(reason, more) {
      const error = fault(opening, reason, more);
      opening.tell("error", { error });
      opening.end(error);
    },
  };
  const result = new Promise((settle, refuse) => {
    opening.end = (/** @type {any} */ outcome) => {
      if (opening.over) return;
      opening.over = true;
      const undone = opening.clear();
      if (shared.opening === opening) {
        shared.opening = null;
        shared.ending = undone;
      }
      Promise.all([opening.done || outcome, undone]).then(
        ([end]) => told.then(() => (end instanceof Error ? refuse : settle)(end)), refuse);
    };
  });
  const close = () => opening.end({ status: "cancelled", by: "app" });
  const start = async () => {
    const wrong = Object.keys(options).find((name) => {
      try { return options[name] !== undefined && !RULES[name](options[name]); } catch (fault) { return true; }
    });
    if (!IN_PAGE) return opening.fail("no_document");
    if (wrong) return opening.fail(RULES[wrong] ? "wrong_option" : "unknown_option", { option: wrong });
    if (signal && signal.aborted) return close();
    if (signal) opening.on(signal, "abort", close);
    await run(opening);
  };
  start().catch((cause) => opening.fail("internal", { cause }));
  return { result, close };
}

/**
 * Open the bank's pages. Never throws: a mistake rejects `result`. While one opening has not ended, a second one's
 * `result` rejects with `already_open`.
 *
 * @param {OpenOptions} options
 * @returns {Handle}
 */
export function open(options) {
  return begin(options, async (opening) => {
    const { entry, launchUrl, mode = "page" } = opening.options;
    if (!entry === !launchUrl) return opening.fail("wrong_option", { option: entry ? "launchUrl" : "entry" });
    if (shared.opening) return opening.fail("already_open");
    shared.opening = opening;
    // The last opening may still be putting the history back.
    await shared.ending;
    if (offline()) return opening.fail("offline");
    const address = await addressFor(opening);
    if (!address) return;
    if (mode === "page" || !window.HTMLDialogElement || !HTMLDialogElement.prototype.showModal) return inPage(opening, address);
    const sheet = mode === "sheet" ? await part(opening, "sheet") : {};
    if (!opening.over) inFrame(opening, address, sheet.dress);
  });
}

const offline = () => navigator.onLine === false;

/** The address to open, with the look that the app asks for; undefined once the opening is over. @param {any} opening */
async function addressFor(opening) {
  const { entry, launchUrl, partner, locale, uiStyle, loadTimeout = LOAD_MS } = opening.options;
  /** @type {any} */
  let address = entry || launchUrl;
  if (isFunction(address)) {
    const late = new Promise((_, fail) => opening.after(loadTimeout, fail));
    try { address = await Promise.race([launchUrl(), late]); } catch (cause) {
      return opening.fail(cause ? "launch_url" : "timeout", { cause });
    }
  }
  address = addressOf(address);
  if (opening.over) return;
  if (!address) return opening.fail("wrong_option", { option: "launchUrl" });
  opening.base = baseOf(address);
  if (partner && partner !== partnerOf(address)) return opening.fail("wrong_option", { option: "partner" });
  if (locale) address.searchParams.set("lang", opening.lang);
  if (uiStyle) address.searchParams.set("ui", uiStyle);
  return address;
}

/* ---- The whole window ---- */

/** @param {any} opening @param {URL} address @param {"assign" | "replace"} [go] */
function inPage(opening, address, go = "assign") {
  // Settles where the browser kept this page alive, or the app let nothing replace it.
  opening.on(window, "pageshow", (/** @type {PageTransitionEvent} */ event) => event.persisted && opening.end({ status: "left" }));
  opening.after(opening.options.loadTimeout || LOAD_MS, () => opening.fail("timeout"));
  location[go](address.href);
}

/* ---- A frame over the page ---- */

/**
 * Hear what our page in a frame says, and nothing else. Returns what posts to it.
 * @param {any} opening @param {HTMLIFrameElement} frame @param {string} origin
 * @param {Record<string, (message: any) => any>} heard a function for each type of message; `any` comes before it
 */
function talk(opening, frame, origin, heard) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  frame.name = `sunbridge-${nonce}`;
  opening.on(window, "message", (/** @type {MessageEvent} */ { data, origin: from, source }) => {
    if (source !== frame.contentWindow || from !== origin || !data || data.sunbridge !== PROTOCOL || data.nonce !== nonce) return;
    if (!has(heard, data.type)) return;
    if (heard.any) heard.any(data);
    heard[data.type](data);
  });
  return (/** @type {object} */ message) =>
    /** @type {Window} */ (frame.contentWindow).postMessage({ sunbridge: PROTOCOL, nonce, ...message }, origin);
}
const has = (/** @type {object} */ holder, /** @type {string} */ name) => Object.prototype.hasOwnProperty.call(holder, name);

/** @param {any} opening @param {URL} address @param {(ui: any, leave: () => void, opening: any) => void} [dress] */
function inFrame(opening, address, dress) {
  const { launchUrl, provide = {}, loadTimeout = LOAD_MS } = opening.options;
  const { origin } = address;
  /** @type {any} */
  const { navigation } = window;
  const home = navigation && navigation.currentEntry.key;
  const root = document.documentElement, { overflow } = root.style;
  const ui = build(opening);
  const { dialog, button, heading, frame } = ui;
  let shown = false, rewind = true, spoke = 0, refused = 0, barred = "", renews = isFunction(launchUrl);
  /** @type {any} */
  let failed, probe, seen;

  /** @type {Record<string, any>} */
  const timers = {};
  const wait = (/** @type {string} */ name, ms = 0, /** @type {(() => void) | undefined} */ then = undefined) => {
    clearTimeout(timers[name]);
    timers[name] = then && setTimeout(then, ms);
  };
  const hush = () => { wait("quiet"); if (probe) probe.remove(); };
  const stands = () => history.state && history.state.sunbridge === frame.name;
  const leave = () => opening.end(failed || { status: "cancelled", by: "customer" });
  const namePage = (/** @type {any} */ { title }) => {
    heading.textContent = String(title).slice(0, 80);
    if (!shown) frame.focus();
  };

  /* Nothing of ours was heard: a page of the app, or an error of the browser. Our server knows. */
  const ask = () => {
    if (Date.now() - refused < 2 * QUIET_MS) return opening.fail("frame-src", { what: barred });
    hush();
    probe = make("iframe", "", { hidden: true });
    talk(opening, probe, origin, {
      probe({ code, reference }) {
        hush();
        seen = reference;
        if (code) opening.fail(code, { request_id: reference });
      },
    });
    probe.src = `${origin}/sdk/probe?${new URLSearchParams({ partner: partnerOf(address), parent: location.origin })}`;
    dialog.parentNode.append(probe);
    wait("quiet", PROBE_MS, () => opening.fail(offline() ? "offline" : "unreachable"));
  };
  /* The address as a frame's, for which we wait. */
  const framed = (/** @type {URL} */ to) => {
    wait("late", loadTimeout, () => opening.fail("timeout", { request_id: seen }));
    wait("quiet", ASK_MS, ask);
    const { href } = to;
    return `${href}${to.search ? "&" : "?"}embed=frame`;
  };

  const post = talk(opening, frame, origin, {
    any() {
      wait("late");
      hush();
      spoke = Date.now();
    },
    page(message) {
      namePage(message);
      opening.tell(shown ? "page" : "ready", { title: heading.textContent });
      shown = true;
      failed = null;
      outdated(opening, message.newest);
    },
    entering: namePage,
    async failed(message) {
      if (message.code === "login.launch_used" && renews && !shown) {
        renews = false;
        const next = await addressFor(opening);
        if (next) frame.contentWindow.location.replace(framed(next));
        return;
      }
      namePage(message);
      failed = fault(opening, safe(message.code), { request_id: message.reference });
      opening.tell("error", { error: failed });
    },
    done({ reference }) {
      opening.done = { status: "done", reference: safe(reference) };
      opening.tell("done", { reference: opening.done.reference });
    },
    left() {
      opening.tell("left");
      opening.end({ status: "left" });
    },
    blocked({ reference }) {
      opening.tell("blocked", { reference: safe(reference) });
      rewind = false;
      opening.clear();
      inPage(opening, address, "replace");
    },
    ask({ id, ability, args }) {
      if (ability === "close") return leave();
      if (!has(provide, ability)) return post({ type: "answer", id, error: "unsupported" });
      Promise.resolve(args).then(provide[ability]).then((value) => post({ type: "answer", id, value })).catch(
        (error) => post({ type: "answer", id, error: String((error && (error.code || error.message)) || error) }));
    },
  });

  history.pushState({ sunbridge: frame.name }, "");
  opening.on(window, "popstate", () => {
    if (stands()) return;
    rewind = false;
    leave();
  });
  onBlocked(opening, /^(frame|child)/, (blocked) => {
    // Another address is the app's login page, which ours redirect to, or of some other frame.
    refused = Date.now();
    barred = blocked;
    if (blocked.startsWith(origin)) opening.fail("frame-src", { what: origin });
  });
  opening.on(button, "click", leave);
  opening.on(dialog, "cancel", (/** @type {Event} */ event) => { event.preventDefault(); leave(); });
  opening.on(frame, "load", () => {
    wait("late");
    if (Date.now() - spoke > QUIET_MS) wait("quiet", QUIET_MS, ask);
  });
  frame.src = framed(address);
  root.style.overflow = "hidden";
  (document.body || root).append(dialog);
  if (dress) dress(ui, leave, opening);
  dialog.showModal();
  const looking = setInterval(() => {
    if (!frame.isConnected || !dialog.open) opening.end({ status: "cancelled", by: "app" });
  }, LOOK_MS);
  opening.undo(() => {
    hush();
    wait("late");
    clearInterval(looking);
    if (dialog.open) dialog.close();
    dialog.remove();
    root.style.overflow = overflow;
    // The frame's own steps lie above ours in the history: first go back below all of them.
    return rewind && stands() && new Promise((done) => {
      const here = scope();
      const end = () => done(here.clear());
      here.on(window, "popstate", end);
      here.after(LOOK_MS, end);
      home ? navigation.traverseTo(home) : history.back();
    });
  });
}

/** Tell once a page load that a newer release is out. @param {any} opening @param {any} newest */
function outdated(opening, newest) {
  if (shared.outdated || !/^[\d.]+$/.test(newest) || newest.localeCompare(VERSION, "en", { numeric: true }) <= 0) return;
  shared.outdated = true;
  opening.tell("outdated", { newest });
  console.warn(`Sunbridge ${VERSION}: ${newest} is out`);
}

/** @param {string} tag @param {string} style @param {object} given @returns {any} */
function make(tag, style, given) {
  const made = Object.assign(document.createElement(tag), given);
  made.style.cssText = style;
  return made;
}

/** The dialog with its bar and frame, in the look that the app asks for. @param {any} opening */
function build({ lang, options: { title = WORDS[/** @type {Lang} */ (lang)][1], theme = "#ffffff", uiStyle = "standard" } }) {
  const [size, target] = uiStyle === "standard" ? [17, 48] : [20, 60];
  const [red, green, blue] = theme.match(/\w\w/g).map((hex) => parseInt(hex, 16));
  const ink = red * red * 3 + green * green * 10 + blue * blue > 220000 ? "#1c2526" : "#fff";
  const dialog = make("dialog", "position:fixed;top:0;left:0;width:100%;height:100%;max-width:none;max-height:none;margin:0;" +
    "padding:0;border:0;background:none;color:inherit;overflow:hidden", {});
  const panel = make("div", `display:flex;flex-direction:column;height:100%;box-sizing:border-box;background:${theme};color:${ink};` +
    `font:${size}px/1.4 system-ui,sans-serif;padding:env(safe-area-inset-top) env(safe-area-inset-right) ` +
    "env(safe-area-inset-bottom) env(safe-area-inset-left)", {});
  const bar = make("div", "display:flex;align-items:center", {});
  const heading = make("span", "flex:1;padding:0 16px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap",
    { textContent: title });
  const button = make("button", `min-width:${target}px;min-height:${target}px;padding:0 16px;border:0;background:none;font:inherit;color:inherit`,
    { type: "button", textContent: WORDS[/** @type {Lang} */ (lang)][0] });
  const frame = make("iframe", "flex:1;width:100%;border:0;background:#fff",
    { title, referrerPolicy: "no-referrer", allow: "clipboard-write" });
  dialog.setAttribute("aria-label", title);
  bar.append(heading, button);
  panel.append(bar, frame);
  dialog.append(panel);
  return { dialog, panel, bar, heading, button, frame };
}

/* ---- What the parts doctor and progress do. `kit` is what they may use of the core ---- */

const kit = { VERSION, make, talk, fault, addressOf, partnerOf };
const run = (/** @type {string} */ name, /** @type {any} */ options, /** @type {any} */ element = undefined) =>
  begin(options, async (opening) => {
    const loaded = await part(opening, name);
    if (!opening.over) await loaded[name](opening, kit, element);
  });

/**
 * Find out what in this page or app blocks us, with the line that mends it.
 *
 * @param {DoctorOptions} [options]
 * @returns {Promise<Report>}
 */
export const doctor = (options) => run("doctor", options).result;

/**
 * Show how far an application is, in an element of your page.
 *
 * @param {Element} element
 * @param {ProgressOptions} options
 * @returns {Handle}
 */
export const progress = (element, options) => run("progress", options, element);

/** What `import { Sunbridge }` and the classic script give. */
export const Sunbridge = Object.freeze({ version: VERSION, EVENTS, open, doctor, progress });

/* ---- Links ---- */

/* <a href="…/enter" data-sunbridge="frame">: a plain link until this module has loaded, and where opening fails. */
function follow(/** @type {any} */ event) {
  const link = event.target.closest && event.target.closest("a[data-sunbridge]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const mode = link.dataset.sunbridge || "page";
  const tell = (/** @type {string} */ name) => (/** @type {any} */ detail) =>
    link.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
  const ended = tell("sunbridge-end");
  open({ entry: link.href, mode, title: link.textContent.trim(), onEvent: tell("sunbridge") }).result.then(ended, (error) => {
    // What a page of ours said of itself, the customer has read and closed: its reason has a dot.
    const plain = mode !== "page" && error.code !== "already_open" && !error.reason.includes(".");
    if (ended(error) && plain) location.assign(link.href);
  });
}

if (IN_PAGE && !shared.follows) {
  shared.follows = true;
  document.addEventListener("click", follow);
}
