/* How far a request is, in a frame within the partner's page. The page in it shows states only, and says how high it is. */
import { addressOf, has, isFunction, make, onBlocked, partnerOf, talk } from "../tools.js";

/* As in the core: a loaded page speaks within QUIET_MS, and without one our server is asked. */
const ASK_MS = 6000, QUIET_MS = 1500, PROBE_MS = 3000, LOOK_MS = 500;
const TITLES = { zh: "办理进度", en: "Progress" };
/* The height before the page has said its own, and what a frame may become. */
const FIRST_PX = 240, LEAST_PX = 80, MOST_PX = 4000;
/** @type {Record<string, (value: any) => any>} */
const RULES = {
  url: (value) => /^\/[^/]+\/progress$/.test(new URL(value).pathname) && addressOf(value),
  locale: (value) => value === "zh-CN" || value === "en",
  uiStyle: (value) => ["standard", "elder", "largest"].includes(value),
  onEvent: isFunction,
  signal: (value) => isFunction(value.addEventListener),
};

/** The name of the first wrong option, or undefined. @param {any} options */
const wrong = (options) => Object.keys({ url: 0, ...options }).find((name) => {
  try { return (name === "url" || options[name] !== undefined) && !(has(RULES, name) && RULES[name](options[name])); } catch (fault) { return true; }
});

/** @param {any} element where the frame goes, behind what is in it @param {any} opening */
function progress(element, opening) {
  const { options, lang } = opening, { signal } = options;
  const option = wrong(options) || (element instanceof Element ? undefined : "element");
  if (option) return opening.fail(has(RULES, option) || option === "element" ? "wrong_option" : "unknown_option", { option });
  const cancel = () => opening.end({ status: "cancelled", by: "app" });
  if (signal && signal.aborted) return cancel();
  if (signal) opening.on(signal, "abort", cancel);
  const offline = () => navigator.onLine === false;
  if (offline()) return opening.fail("offline");
  const address = new URL(options.url);
  if (options.locale) address.searchParams.set("lang", lang);
  if (options.uiStyle) address.searchParams.set("ui", options.uiStyle);

  const { origin } = address;
  const frame = make("iframe", `display:block;width:100%;height:${FIRST_PX}px;border:0`,
    { title: TITLES[/** @type {"zh" | "en"} */ (lang)], referrerPolicy: "no-referrer" });
  let shown = false, spoke = 0;
  /** @type {any} */
  let probe, waiting;
  const hush = () => { clearTimeout(waiting); if (probe) probe.remove(); };
  const wait = (/** @type {number} */ ms, /** @type {() => void} */ then) => { clearTimeout(waiting); waiting = setTimeout(then, ms); };
  const named = (/** @type {any} */ title) => (frame.title = String(title).slice(0, 80));

  /* Nothing of ours was heard: an error of the browser, which tells the page around it nothing. Our server knows. */
  const ask = () => {
    hush();
    probe = make("iframe", "", { hidden: true });
    talk(opening, probe, origin, {
      probe: (/** @type {any} */ { code, reference }) => opening.fail(code || "timeout", { request_id: reference }),
    });
    probe.src = `${origin}/sdk/probe?${new URLSearchParams({ partner: partnerOf(address), parent: location.origin })}`;
    element.append(probe);
    wait(PROBE_MS, () => opening.fail(offline() ? "offline" : "unreachable"));
  };

  const post = talk(opening, frame, origin, {
    here() {},
    gone() {
      spoke = 0;
      wait(ASK_MS, ask);
    },
    page({ title }) {
      wait(ASK_MS, ask);
      opening.tell(shown ? "page" : "ready", { title: named(title) });
      shown = true;
    },
    failed({ title, code, reference }) {
      named(title);
      opening.tell("error", { error: opening.fault(String(code).slice(0, 64), { request_id: reference }) });
    },
    size({ height }) {
      frame.style.height = `${Math.min(MOST_PX, Math.max(LEAST_PX, +height || 0))}px`;
    },
  }, () => {
    hush();
    spoke = Date.now();
  });
  opening.undo.push(() => {
    hush();
    frame.remove();
  });
  onBlocked(opening, /^(frame|child)/, (blocked) => {
    if (blocked.startsWith(origin)) opening.fail("frame-src", { what: origin });
  });
  opening.on(frame, "load", () => {
    // Its word came just before, or was that of the page before it.
    if (Date.now() - spoke < QUIET_MS) post({ type: "here" });
    wait(QUIET_MS, ask);
  });
  wait(ASK_MS, ask);
  frame.src = address.href;
  element.append(frame);
  /* The app's page may remove the frame, or what holds it. */
  const looking = setInterval(() => frame.isConnected || cancel(), LOOK_MS);
  opening.undo.push(() => clearInterval(looking));
}

/** @type {any} */ (document.currentScript).sunbridge = { progress };
