/* How far a request is, in a frame within the partner's page. The page in it shows states only, and says how high it is. */

/* As in the core: a loaded page speaks within QUIET_MS, and without one the server is asked. */
const LOAD_MS = 9000, QUIET_MS = 1500, PROBE_MS = 3000, LOOK_MS = 500;
const TITLES = { zh: "办理进度", en: "Progress" };
/* Before the page has said its height, and what an app's page can take. */
const FIRST_PX = 240, LEAST_PX = 80, MOST_PX = 4000;
/** @type {Record<string, (value: any) => any>} */
const RULES = {
  locale: (value) => /^(zh-CN|en)$/.test(value),
  uiStyle: (value) => /^(standard|elder|largest)$/.test(value),
  onEvent: (value) => typeof value === "function",
  signal: (value) => value && typeof value.addEventListener === "function",
};

/**
 * @param {any} element where the frame goes, after what is in it
 * @param {any} opening
 * @param {any} kit of the core
 */
function progress(element, opening, { make, talk, addressOf }) {
  const { options, lang } = opening;
  const address = addressOf(options.url);
  const wrong = (/** @type {string} */ option, reason = "wrong_option") => opening.end(opening.fault(reason, { option }));
  if (!(element instanceof Element)) return wrong("element");
  if (!address || !/^\/[^/]+\/progress$/.test(address.pathname)) return wrong("url");
  for (const name of Object.keys(options)) {
    if (name === "url" || options[name] === undefined) continue;
    const rule = Object.prototype.hasOwnProperty.call(RULES, name) && RULES[name];
    if (!rule) return wrong(name, "unknown_option");
    if (!rule(options[name])) return wrong(name);
  }
  if (navigator.onLine === false) return opening.fail("offline");
  if (options.locale) address.searchParams.set("lang", lang);
  if (options.uiStyle) address.searchParams.set("ui", options.uiStyle);

  const { origin } = address;
  const frame = make("iframe", `display:block;width:100%;height:${FIRST_PX}px;border:0`,
    { title: TITLES[/** @type {"zh" | "en"} */ (lang)], referrerPolicy: "no-referrer" });
  let shown = false, spoke = 0;
  /** @type {any} */
  let probe, quiet, seen;

  const hush = () => { clearTimeout(quiet); if (probe) probe.remove(); };
  const wait = (/** @type {number} */ ms, /** @type {() => void} */ then) => { clearTimeout(quiet); quiet = setTimeout(then, ms); };
  /* The frame shows nothing of ours: an error of the browser, or a refusal that tells the page around it nothing. */
  const ask = () => {
    hush();
    probe = make("iframe", "", { hidden: true });
    talk(opening, probe, origin, {
      probe({ code, reference }) {
        hush();
        seen = reference;
        code ? opening.fail(code, { request_id: seen }) : opening.fail("timeout", { request_id: seen });
      },
    });
    probe.src = `${origin}/sdk/probe?${new URLSearchParams({ partner: address.pathname.split("/")[1], parent: location.origin })}`;
    element.append(probe);
    wait(PROBE_MS, () => opening.fail(navigator.onLine === false ? "offline" : "unreachable"));
  };

  talk(opening, frame, origin, {
    page({ title }) {
      frame.title = String(title).slice(0, 80);
      opening.tell(shown ? "page" : "ready", { title: frame.title });
      shown = true;
    },
    failed({ title, code, reference }) {
      frame.title = String(title).slice(0, 80);
      opening.tell("error", { error: opening.fault(String(code).slice(0, 64), { request_id: reference }) });
    },
    size({ height }) {
      frame.style.height = `${Math.min(MOST_PX, Math.max(LEAST_PX, Number(height) || FIRST_PX))}px`;
    },
  }, () => {
    hush();
    spoke = Date.now();
  });
  opening.undo.push(() => {
    hush();
    frame.remove();
  });
  opening.on(document, "securitypolicyviolation", (/** @type {SecurityPolicyViolationEvent} */ event) => {
    const forbids = /^(frame|child)/.test(event.effectiveDirective) && event.disposition !== "report";
    if (forbids && event.blockedURI.startsWith(origin)) opening.fail("frame-src", { what: origin });
  });
  opening.on(frame, "load", () => {
    if (Date.now() - spoke > QUIET_MS) wait(QUIET_MS, ask);
  });
  frame.src = address.href;
  element.append(frame);
  wait(LOAD_MS - PROBE_MS, ask);
  const looking = setInterval(() => frame.isConnected || opening.end({ status: "cancelled", by: "app" }), LOOK_MS);
  opening.undo.push(() => clearInterval(looking));
}

/** @type {HTMLScriptElement} */ (document.currentScript).sunbridge = { progress };
