/* How far a request is, in a frame within the partner's page. The page in it shows states only, and says how high it is. */

/* As in the core: a loaded page speaks within QUIET_MS, and without one our server is asked. */
const ASK_MS = 6000, QUIET_MS = 1500, PROBE_MS = 3000, LOOK_MS = 500;
const TITLES = { zh: "办理进度", en: "Progress" };
const TAKEN = ["url", "locale", "uiStyle", "onEvent", "signal"];
/* The height before the page has said its own, and what a frame may become. */
const FIRST_PX = 240, LEAST_PX = 80, MOST_PX = 4000;

/** @param {any} opening @param {any} kit what the core lends @param {any} element where the frame goes, behind what is in it */
function progress(opening, { make, talk, fault, addressOf, partnerOf }, element) {
  const { options, lang } = opening, address = addressOf(options.url);
  const other = Object.keys(options).find((name) => options[name] !== undefined && !TAKEN.includes(name));
  if (other) return opening.fail("unknown_option", { option: other });
  if (!address || !/^\/[^/]+\/progress$/.test(address.pathname)) return opening.fail("wrong_option", { option: "url" });
  if (!(element instanceof Element)) return opening.fail("wrong_option", { option: "element" });
  const offline = () => navigator.onLine === false;
  if (offline()) return opening.fail("offline");
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

  talk(opening, frame, origin, {
    any() {
      hush();
      spoke = Date.now();
    },
    page({ title }) {
      opening.tell(shown ? "page" : "ready", { title: named(title) });
      shown = true;
    },
    failed({ title, code, reference }) {
      named(title);
      opening.tell("error", { error: fault(opening, String(code).slice(0, 64), { request_id: reference }) });
    },
    size({ height }) {
      frame.style.height = `${Math.min(MOST_PX, Math.max(LEAST_PX, +height || 0))}px`;
    },
  });
  opening.undo(() => {
    hush();
    frame.remove();
  });
  opening.on(document, "securitypolicyviolation", (/** @type {SecurityPolicyViolationEvent} */ { effectiveDirective, blockedURI, disposition }) => {
    const forbids = /^(frame|child)/.test(effectiveDirective) && disposition !== "report";
    if (forbids && blockedURI.startsWith(origin)) opening.fail("frame-src", { what: origin });
  });
  opening.on(frame, "load", () => {
    if (Date.now() - spoke > QUIET_MS) wait(QUIET_MS, ask);
  });
  wait(ASK_MS, ask);
  frame.src = address.href;
  element.append(frame);
  /* The app's page may remove the frame, or what holds it. */
  const looking = setInterval(() => frame.isConnected || opening.end({ status: "cancelled", by: "app" }), LOOK_MS);
  opening.undo(() => clearInterval(looking));
}

/** @type {any} */ (document.currentScript).sunbridge = { progress };
