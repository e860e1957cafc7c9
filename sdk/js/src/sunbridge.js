/* Opens a bank's Sunbridge pages from a super-app's page: README.md in the folder above. Importing it asks nothing of a
   server and needs no document. What not every page needs lies in parts/, loaded from the same release by its hash. */
import { addressOf, has, isFunction, make, onBlocked, partnerOf, scope } from "./tools.js";

/** @typedef {"zh" | "en"} Lang */
/** @typedef {"page" | "sheet" | "frame"} Mode */
/** @typedef {"ready" | "page" | "done" | "left" | "error" | "blocked" | "outdated"} EventName */
/**
 * @typedef {"load_failed" | "blocked_by_policy" | "timeout" | "refused" | "unknown_partner" | "wrong_option"
 *   | "session_expired" | "bank_away" | "login_failed" | "host_body_lost" | "already_open"} Code
 */
/**
 * What was wrong. `message` is a sentence for the customer, in your page's language. The rest is for your code, your
 * log and our support. `detail` says to a developer what mends it.
 *
 * @typedef {Error & {
 *   name: "SunbridgeError",
 *   code: Code,
 *   reason: string,
 *   option?: string,
 *   messages: { zh: string, en: string },
 *   detail: string,
 *   docs: string,
 *   request_id: string | null,
 *   cause?: unknown,
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
 * @typedef {object} ShownOptions
 * @property {string} [partner] your id at the bank, the first part of the path of `entry`
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
/** @typedef {string | URL} Address */
/** @typedef {Address | (() => Address | Promise<Address>)} LaunchUrl a launch's address, or what fetches one from your server */
/**
 * Either `entry`, the address that the bank gave you, or `launchUrl`.
 *
 * @typedef {ShownOptions & ({ entry: Address, launchUrl?: undefined } | { entry?: undefined, launchUrl: LaunchUrl })} OpenOptions
 */
/**
 * `result` always settles. `close()` may be called at any time.
 *
 * @typedef {{ result: Promise<Result>, close(): void }} Handle
 */
/** @typedef {{ partner?: string, entry?: Address, launchUrl?: LaunchUrl, provide?: ShownOptions["provide"] }} DoctorOptions */
/**
 * @typedef {{
 *   check: string, state: "ok" | "missing" | "unknown", message: { zh: string, en: string }, line: string | null,
 *   where: { zh: string, en: string } | null,
 * }} Check
 */
/** @typedef {{ ok: boolean, version: string, origin: string, checks: Check[] }} Report */
/**
 * @typedef {object} ProgressOptions
 * @property {Address} url the address that your server got from ours
 * @property {"zh-CN" | "en"} [locale]
 * @property {"standard" | "elder" | "largest"} [uiStyle]
 * @property {(event: SunbridgeEvent) => void} [onEvent]
 * @property {AbortSignal} [signal]
 */

const VERSION = __VERSION__;
/** @type {readonly EventName[]} */
const EVENTS = Object.freeze(["ready", "page", "done", "left", "error", "blocked", "outdated"]);
/* What goes wrong settles within 10 s: a part or an address that does not come, and then the texts of the error. */
const LOAD_MS = 9000, PART_MS = 5000, TEXTS_MS = 800, POLICY_MS = 100;
/* A code and its reasons. Other reasons of a page of ours are `refused`, of a login `login_failed`, or codes themselves. */
const REASONS = [
  "load_failed offline unreachable part launch_url no_document internal page.fault",
  "blocked_by_policy frame-src script-src trusted-types",
  "refused origin_not_allowed login.untrusted login.bank_refused",
  "unknown_partner partner_unknown",
  "wrong_option unknown_option",
  "session_expired login.launch_used login.stale login.ended page.expired",
  "bank_away login.bank_away page.no_answer page.not_begun page.unknown",
  "host_body_lost page.body_lost",
];
const IN_PAGE = typeof document === "object";
/* The folder of this release. A bundler may leave no address of the module, or one that is not a folder's. */
const HERE = (/^(https?|file):/.test(import.meta.url) ? import.meta.url : IN_PAGE ? document.baseURI : "https://localhost/")
  .replace(/[^/]*$/, "").replace(/\/2\/$/, `/${VERSION}/`);
/* A page may load this module twice, or two releases of it. They share one lock and one listener. */
const KEY = Symbol.for("sunbridge");
/** @type {any} */
const shared = IN_PAGE ? window[KEY] || (window[KEY] = {}) : {};

/* ---- Options ---- */

/** @type {(pattern: RegExp) => (value: any) => boolean} */
const isText = (pattern) => (value) => typeof value === "string" && pattern.test(value);
/** @type {Record<string, (value: any) => any>} */
const RULES = {
  partner: isText(/./),
  entry: addressOf,
  launchUrl: (value) => isFunction(value) || addressOf(value),
  mode: isText(/^(page|sheet|frame)$/),
  locale: isText(/^(zh-CN|en)$/),
  uiStyle: isText(/^(standard|elder|largest)$/),
  theme: isText(/^#[\da-f]{6}$/i),
  onEvent: isFunction,
  signal: (value) => isFunction(value.addEventListener),
  loadTimeout: (value) => typeof value === "number" && value >= 1000 && value <= LOAD_MS,
  provide: (value) => !Array.isArray(value) && Object.values(value).every(isFunction),
  title: isText(/^/),
};

/**
 * Fail the opening where an option is wrong. Returns whether one is.
 *
 * @param {any} opening @param {boolean} [free] whether its address is not judged here
 */
function refuses({ options, fail }, free) {
  const { partner, entry, launchUrl } = options;
  const option = Object.keys(options).find((name) => {
    if (free && /^(entry|launchUrl)$/.test(name)) return;
    try { return options[name] !== undefined && !(has(RULES, name) && RULES[name](options[name])); } catch (fault) { return true; }
  }) || (!free && ((!entry === !launchUrl && (entry ? "launchUrl" : "entry"))
    || (partner && !isFunction(launchUrl) && partner !== partnerOf(new URL(entry || launchUrl)) && "partner")));
  if (option) fail(has(RULES, option) ? "wrong_option" : "unknown_option", { option });
  return option;
}

/* ---- Parts and errors ---- */

/** @type {Record<string, Promise<any>>} */
const parts = {};
/* What blocked a part the last time. */
let blockedBy = "";
const OF_RELEASE = /^https?:..[^/?#]+\/sdk\/[\d.]+\/\w+\.js$/;
/* Where the part `texts` does not load. */
const PLAIN = { zh: "银行的页面没有打开，请稍后再试。", en: "The bank's page did not open. Please try again later." };

/** Load a part of this release. Rejects with a reason. @param {string} name @param {string} base @param {number} [limit] */
function load(name, base, limit = PART_MS) {
  return parts[name] || (parts[name] = new Promise((ready, fail) => {
    const known = /** @type {any} */ (document.querySelector("script[nonce]"));
    // A page may demand that a policy vouches for the addresses of scripts.
    const { trustedTypes } = /** @type {any} */ (window);
    /** @type {any} */
    let src = `${base}${name}.js`;
    if (trustedTypes) {
      try {
        const createScriptURL = (/** @type {string} */ url) => OF_RELEASE.test(url) || url.replace(/\w+\.js$/, "") === HERE ? url : null;
        shared.policy = shared.policy || trustedTypes.createPolicy("sunbridge", { createScriptURL });
        src = shared.policy.createScriptURL(src);
      } catch (refused) {
        return fail("trusted-types");
      }
    }
    const script = make("script", "", {
      src, integrity: __PARTS__[name], crossOrigin: "anonymous", nonce: known ? known.nonce : "",
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
    // A blocked script's error comes before the event that says why, or after it.
    onBlocked(here, /^script/, (blocked, event) => {
      if (!blocked || !script.src.startsWith(blocked)) return;
      reason = "script-src";
      blockedBy = event.originalPolicy;
      end();
    });
    here.on(script, "load", end);
    here.on(script, "error", () => here.after(POLICY_MS, end));
    here.after(limit, end);
    document.documentElement.append(script);
  }));
}

/** The part, or undefined once the opening has failed for its lack. @param {any} opening @param {string} name */
const part = (opening, name) => load(name, opening.base).catch((reason) => {
  const what = reason === "trusted-types" ? "sunbridge" : new URL(opening.base).origin;
  return name + reason === "doctorscript-src" ? opening.end(blockedReport(what)) : opening.fail(reason, { what });
});

/**
 * @param {{ base: string, lang: Lang }} from @param {string} reason
 * @param {{ option?: string, request_id?: any, what?: string, cause?: any }} [more] @returns {Promise<any>}
 */
async function fault({ base, lang }, reason, more = {}) {
  const { option, request_id, what } = more;
  const [code] = (REASONS.find((line) => ` ${line} `.includes(` ${reason} `))
    || (/^page\./.test(reason) ? "refused" : /^login\./.test(reason) ? "login_failed" : reason)).split(" ");
  const docs = new URL(`/sdk/errors?lang=${lang}#${reason === "wrong_option" ? "option-" + option : code}`, base).href;
  const error = { ...more, name: "SunbridgeError", code, reason, docs, request_id: request_id ? String(request_id).slice(0, 64) : null };
  const plain = { messages: PLAIN, detail: `${code} (${option || (what ? `${reason} ${what}` : reason)}): ${docs}` };
  const said = await load("texts", base, TEXTS_MS).then((texts) => texts.say(error, lang)).catch(() => plain);
  return Object.assign(new Error(said.messages[lang]), error, said);
}

/* ---- An opening tells events in order, and settles once ---- */

const baseOf = (/** @type {any} */ address) => address ? `${address.origin}/sdk/${VERSION}/` : HERE;

/** @param {any} given @param {(opening: any) => any} run @returns {any} */
function begin(given, run) {
  const options = Object(given) === given ? given : {};
  const { locale, signal, onEvent } = options;
  const abortable = signal && isFunction(signal.addEventListener);
  let sequence = 0, told = Promise.resolve();
  /** @type {any} */
  const opening = {
    ...scope(),
    options,
    base: baseOf(addressOf(options.entry || options.url || options.launchUrl)),
    lang: /^zh/.test(RULES.locale(locale) ? locale : IN_PAGE && (document.documentElement.lang || navigator.language)) ? "zh" : "en",
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
    fault: (reason, more) => fault(opening, reason, more),
    /** @param {string} reason @param {any} [more] */
    fail(reason, more) {
      const error = opening.fault(reason, more);
      opening.tell("error", { error });
      opening.end(error);
    },
  };
  const result = new Promise((settle, refuse) => {
    /** @param {any} outcome a result, or the promise of an error */
    opening.end = (outcome) => {
      if (opening.over) return;
      opening.over = true;
      if (abortable) signal.removeEventListener("abort", close);
      const undone = opening.clear();
      if (shared.opening === opening) {
        shared.opening = null;
        shared.ending = Promise.all([shared.ending, undone]);
      }
      Promise.all([opening.done || outcome, undone]).then(
        ([end]) => told.then(() => (end instanceof Error ? refuse : settle)(end)), refuse);
    };
  });
  const close = () => opening.end({ status: "cancelled", by: "app" });
  const start = async () => {
    if (!IN_PAGE) return opening.fail("no_document");
    if (signal && signal.aborted) return close();
    if (abortable) signal.addEventListener("abort", close);
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
    const { mode } = opening.options;
    if (refuses(opening)) return;
    if (shared.opening) return opening.fail("already_open");
    shared.opening = opening;
    // Earlier openings may still be putting the history back.
    await shared.ending;
    if (navigator.onLine === false) return opening.fail("offline");
    const address = await addressFor(opening);
    if (!address) return;
    const framable = window.HTMLDialogElement && isFunction(HTMLDialogElement.prototype.showModal);
    if (!framable || !mode || mode === "page") return inPage(opening, address);
    const over = await part(opening, "sheet");
    if (!opening.over) over.show(opening, address, { version: VERSION, shared, addressFor, inPage });
  });
}

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
  const option = !address ? "launchUrl" : partner && partner !== partnerOf(address) && "partner";
  if (option) return opening.fail("wrong_option", { option });
  opening.base = baseOf(address);
  if (locale) address.searchParams.set("lang", opening.lang);
  if (uiStyle) address.searchParams.set("ui", uiStyle);
  return address;
}

/** Open the whole window. @param {any} opening @param {URL} address @param {"assign" | "replace"} [go] */
function inPage(opening, address, go = "assign") {
  // Settles where the browser kept this page alive, or the app let nothing replace it.
  let loading = true;
  opening.on(window, "pageshow", (/** @type {PageTransitionEvent} */ event) => {
    loading = !event.persisted;
    if (!loading) opening.end({ status: "left" });
  });
  // Once `result` has settled, our page may not replace this one any more.
  opening.undo.push(() => loading && stop());
  opening.after(opening.options.loadTimeout || LOAD_MS, () => opening.fail("timeout"));
  location[go](address.href);
}

/** Where the page's policy blocks the part itself, the report is this one check, as the part has it. @param {string} bank */
function blockedReport(bank) {
  const [, allowed = ""] = /script-src( [^;]*)/.exec(blockedBy) || /default-src( [^;]*)/.exec(blockedBy) || "";
  const where = "Content-Security-Policy";
  return {
    ok: false, version: VERSION, origin: location.origin,
    checks: [{
      check: "script_src", state: "missing", line: `script-src${allowed} ${bank}`, where: { zh: where, en: where },
      message: { zh: "策略不让加载 SDK 的部件", en: "The policy blocks parts of the SDK" },
    }],
  };
}

/**
 * Find out what in this page or app blocks us, with the line that mends it.
 *
 * @param {DoctorOptions} [options]
 * @returns {Promise<Report>}
 */
export const doctor = (options) => begin(options, async (opening) => {
  if (refuses(opening, true)) return;
  // From where this module lies, if that is a release: the address in the options may be what is wrong.
  const began = Date.now();
  const first = OF_RELEASE.test(`${HERE}doctor.js`) ? load("doctor", HERE, PART_MS / 2) : Promise.reject();
  const loaded = await first.catch(() => part(opening, "doctor"));
  // What was spent on loading is taken from what the trials may take.
  if (loaded) opening.end(loaded.doctor(opening.options, { version: VERSION, within: LOAD_MS - Date.now() + began }));
}).result;

/**
 * Show how far an application is, in an element of your page.
 *
 * @param {Element} element
 * @param {ProgressOptions} options
 * @returns {Handle}
 */
export const progress = (element, options) => begin(options, async (opening) => {
  const loaded = await part(opening, "progress");
  // The part checks its options itself. `opening` is that of `begin`, with the tools of a scope.
  if (!opening.over) loaded.progress(element, opening);
});

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
  open({ entry: link.href, mode, title: link.textContent.trim() || undefined, onEvent: tell("sunbridge") }).result.then(ended, (error) => {
    // What a page of ours said of itself, the customer has read and closed: its reason has a dot.
    const plain = mode !== "page" && error.code !== "already_open" && !error.reason.includes(".");
    if (ended(error) && plain) location.assign(link.href);
  });
}

if (IN_PAGE && !shared.follows) {
  shared.follows = true;
  document.addEventListener("click", follow);
}
