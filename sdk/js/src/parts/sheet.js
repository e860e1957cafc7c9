/* The bank's pages over the app's page, in a sheet or in a frame that covers the window. */
import { build, dress } from "../dialog.js";
import { has, isFunction, make, onBlocked, parents, partnerOf, scope, talk } from "../tools.js";

/* What goes wrong settles within 10 s. QUIET_MS: a loaded page speaks; ASK_MS without one: the server is asked. */
const LOAD_MS = 9000, ASK_MS = 5500, PROBE_MS = 3000, QUIET_MS = 1500, LOOK_MS = 500, STEP_MS = 60;

const safe = (/** @type {any} */ text) => String(text).slice(0, 64);
const offline = () => navigator.onLine === false;

/** @param {any} opening @param {URL} address @param {any} core */
function show(opening, address, core) {
  const { mode, launchUrl, provide = {}, loadTimeout = LOAD_MS } = opening.options;
  const { origin } = address;
  /** @type {any} */
  const { navigation } = window;
  const home = navigation && navigation.currentEntry && navigation.currentEntry.key;
  const root = document.documentElement, { overflow } = root.style;
  const ui = build(opening, address);
  const { dialog, button, heading, note, frame } = ui;
  let shown = false, rewind = true, spoke = 0, refused = 0, barred = "", renews = isFunction(launchUrl);
  /** @type {any} */
  let failed, probe, seen, looking;

  /** @type {Record<string, any>} */
  const timers = {};
  const wait = (/** @type {string} */ name, ms = 0, /** @type {(() => void) | undefined} */ then = undefined) => {
    clearTimeout(timers[name]);
    timers[name] = then && setTimeout(then, ms);
  };
  const hush = () => { wait("quiet"); if (probe) probe.remove(); };
  const isOurs = (/** @type {any} */ state) => state && state.sunbridge === frame.name;
  /* Whether the history came below our step. WebKit may go on to say ours in `history.state` after steps of a frame. */
  const isBelow = (/** @type {PopStateEvent} */ { state }) => {
    if (isOurs(state)) return false;
    if (isOurs(history.state)) history.replaceState(state, "");
    return true;
  };
  const leave = () => opening.end(failed || { status: "cancelled", by: "customer" });
  const namePage = (/** @type {any} */ { title }) => {
    const words = String(title).slice(0, 80);
    // The bank's name behind it stands on the page itself.
    heading.textContent = words.split(" · ")[0];
    if (!shown) frame.focus();
    return words;
  };

  /* Nothing of ours was heard: a page of the app, or an error of the browser. Our server knows. */
  const ask = () => {
    if (Date.now() - refused < 2 * QUIET_MS) return opening.fail("frame-src", { what: barred });
    hush();
    probe = make("iframe", "display:none!important", { hidden: true });
    talk(opening, probe, origin, {
      probe({ code, reference }) {
        hush();
        seen = reference;
        if (code) opening.fail(code, { request_id: reference });
      },
    });
    probe.src = `${origin}/sdk/probe?${new URLSearchParams({ partner: partnerOf(address), parent: parents().join(" ") })}`;
    dialog.parentNode.append(probe);
    wait("quiet", PROBE_MS, () => opening.fail(offline() ? "offline" : "unreachable"));
  };
  const loads = () => wait("quiet", ASK_MS, ask);
  /* The address as a frame's, for which we wait. */
  const framed = (/** @type {URL} */ to) => {
    wait("late", loadTimeout, () => opening.fail("timeout", { request_id: seen }));
    loads();
    const framed = new URL(to.href);
    framed.searchParams.set("embed", "frame");
    return framed.href;
  };

  const post = talk(opening, frame, origin, {
    page(message) {
      // Firefox tells nothing of a page that is left before it has loaded.
      loads();
      opening.tell(shown ? "page" : "ready", { title: namePage(message) });
      shown = true;
      failed = null;
      outdated(opening, message.newest, core);
    },
    entering: namePage,
    here() {},
    gone() {
      spoke = 0;
      loads();
    },
    async failed(message) {
      if (message.code === "login.launch_used" && renews && !shown) {
        renews = false;
        const next = await core.addressFor(opening);
        if (!next) return;
        if (next.origin !== origin) return opening.fail("wrong_option", { option: "launchUrl" });
        address = next;
        frame.contentWindow.location.replace(framed(next));
        return;
      }
      namePage(message);
      failed = opening.fault(safe(message.code), { request_id: message.reference });
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
      core.inPage(opening, address, "replace");
    },
    ask({ id, ability, args }) {
      if (ability === "close") return leave();
      if (!has(provide, ability)) return post({ type: "answer", id, error: "unsupported" });
      Promise.resolve(args).then(provide[ability]).then((value) => post({ type: "answer", id, value })).catch(
        (error) => post({ type: "answer", id, error: String((error && (error.code || error.message)) || error) }));
    },
  }, () => {
    note.remove();
    wait("late");
    hush();
    spoke = Date.now();
  });

  history.pushState(Object.assign({}, history.state, { sunbridge: frame.name }), "");
  const { length } = history;
  opening.undo.push(() => {
    hush();
    wait("late");
    clearInterval(looking);
    if (dialog.open) dialog.close();
    dialog.style.cssText = "display:none!important";
    // The app may have set another since.
    if (root.style.overflow === "hidden") root.style.overflow = overflow;
    // The frame's own steps lie above ours in the history: first go back below all of them.
    let steps = history.length - length;
    const stays = frame.isConnected && !home;
    // Old Chromium loads the page anew when it goes back to a step of a frame that is gone.
    if (!rewind || !isOurs(history.state) || (steps && !stays && !home)) return dialog.remove();
    return new Promise((/** @type {(value?: any) => void} */ done) => {
      const here = scope();
      const end = () => {
        wait("back");
        here.clear();
        dialog.remove();
        done();
      };
      const back = () => {
        if (steps < 0) return end();
        steps -= 1;
        wait("back", LOOK_MS, stays ? back : end);
        history.back();
      };
      here.on(window, "popstate", (/** @type {PopStateEvent} */ event) => isBelow(event) && end());
      // A frame with many steps may take longer than an app should wait.
      here.after(PROBE_MS, end);
      if (!home) {
        // A page that was loading already says so too: `popstate` then comes first.
        here.on(frame, "load", () => steps < 0 || wait("back", STEP_MS, back));
        return back();
      }
      dialog.remove();
      wait("back", LOOK_MS, end);
      // Where another navigation comes between, the timer ends it.
      navigation.traverseTo(home).committed.catch(end);
    });
  });
  opening.on(window, "popstate", (/** @type {PopStateEvent} */ event) => {
    if (!isBelow(event)) return;
    rewind = false;
    leave();
  });
  onBlocked(opening, /^(frame|child)/, (blocked) => {
    // Another address is the app's login page, which ours redirect to, or of some other frame.
    refused = Date.now();
    barred = blocked.split("/", 3).join("/");
    if (blocked.startsWith(origin)) opening.fail("frame-src", { what: origin });
  });
  opening.on(button, "click", leave);
  opening.on(dialog, "cancel", (/** @type {Event} */ event) => { event.preventDefault(); leave(); });
  opening.on(frame, "load", () => {
    note.remove();
    wait("late");
    // Its word came just before, or was that of the page before it.
    if (Date.now() - spoke < QUIET_MS) post({ type: "here" });
    wait("quiet", QUIET_MS, ask);
  });
  frame.src = framed(address);
  root.style.overflow = "hidden";
  (document.body || root).append(dialog);
  if (mode === "sheet") dress(ui, leave, opening);
  dialog.showModal();
  looking = setInterval(() => {
    if (!frame.isConnected || !dialog.open) opening.end({ status: "cancelled", by: "app" });
  }, LOOK_MS);
}

/** Tell once a page load that a newer release is out. @param {any} opening @param {string} newest @param {any} core */
function outdated(opening, newest, { version, shared }) {
  if (shared.outdated || !/^[\d.]+$/.test(newest) || newest.localeCompare(version, "en", { numeric: true }) <= 0) return;
  shared.outdated = true;
  opening.tell("outdated", { newest });
  console.warn(`Sunbridge ${version}: ${newest} is out`);
}

/** @type {any} */ (document.currentScript).sunbridge = { show };
