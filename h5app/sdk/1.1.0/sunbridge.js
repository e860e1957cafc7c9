/*! sunbridge-js 1.1.0, Apache-2.0. Opens a bank's Sunbridge pages from a super-app's page: README.md beside it. */

const PROTOCOL = 1;
const WORDS = { zh: ["关闭", "银行服务"], en: ["Close", "Banking service"] };
/* What goes wrong settles within 10 s. QUIET_MS: a loaded page speaks; ASK_MS without one: the server is asked. */
const QUIET_MS = 1500, ASK_MS = 6000, PROBE_MS = 3000, LATE_MS = 9500, LOOK_MS = 500;
let opened = false;

/**
 * Open the bank's pages. Resolves to {type: "done", reference}, {type: "left"}, {type: "closed"} or
 * {type: "error", code, request_id}. A mistake of the caller rejects with a TypeError that has a `code`.
 */
export async function open(options) {
  const { partner, entry, mode = "page", onEvent = () => {}, provide = {}, title } = options || {};
  let address;
  try { address = new URL(entry); } catch (fault) { throw mistake("entry_invalid"); }
  const local = /^(localhost|127\.0\.0\.1)$/.test(address.hostname);
  const own = address.pathname.split("/")[1];
  if (address.protocol !== "https:" && !local) throw mistake("entry_invalid");
  if (partner && own !== partner) throw mistake("partner_mismatch");
  if (mode !== "frame" && mode !== "page") throw mistake("mode_invalid");
  if (typeof onEvent !== "function" || !provide || typeof provide !== "object") throw mistake("option_invalid");
  if (opened) throw mistake("already_open");
  opened = true;
  // A fault of the app's listener is the app's, and stops nothing here.
  const tell = (event) => { try { onEvent(event); } catch (fault) { setTimeout(() => { throw fault; }); } };
  const framable = window.HTMLDialogElement && HTMLDialogElement.prototype.showModal;
  try {
    return await new Promise((settle) => {
      if (offline()) settle(trouble("offline"));
      else if (mode === "frame" && framable) inFrame(address, own, tell, provide, title, settle);
      else inPage(address, settle);
    });
  } finally {
    opened = false;
  }
}

export const Sunbridge = { open };

const mistake = (code) => Object.assign(new TypeError(`Sunbridge.open: ${code}`), { code });
const offline = () => navigator.onLine === false;
const trouble = (code, request_id = null) => ({ type: "error", code, request_id });

function inPage(address, settle, go = "assign") {
  // Settles where the browser kept this page alive, or the app let nothing replace it.
  addEventListener("pageshow", (event) => event.persisted && settle({ type: "left" }));
  setTimeout(() => settle(trouble("timeout")), LATE_MS);
  location[go](address.href);
}

function inFrame(address, partner, tell, provide, title, settle) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  const name = `sunbridge-${nonce}`, { origin } = address;
  const home = window.navigation && navigation.currentEntry.key;
  const root = document.documentElement, { overflow } = root.style;
  const words = WORDS[/^zh/.test(root.lang) ? "zh" : "en"];
  const { dialog, button, heading, frame } = build(words[0], title || words[1]);
  let shown = false, spoke = 0, refused = 0, done, failed, probe, seen, quiet, late, looking;

  const stands = () => history.state && history.state.sunbridge === nonce;
  const close = (result, rewind = true) => {
    removeEventListener("message", hear);
    removeEventListener("popstate", back);
    document.removeEventListener("securitypolicyviolation", forbidden);
    hush();
    [late, looking].forEach(clearTimeout);
    if (dialog.open) dialog.close();
    dialog.remove();
    root.style.overflow = overflow;
    const end = () => result && settle(done || result);
    if (!rewind || !stands()) return end();
    // The frame's own steps lie above ours in the history: first go back below all of them.
    addEventListener("popstate", end, { once: true });
    setTimeout(end, LOOK_MS);
    home ? navigation.traverseTo(home) : history.back();
  };
  const fail = (code, request_id) => {
    tell(trouble(code, request_id));
    close(trouble(code, request_id));
  };
  const hush = () => { clearTimeout(quiet); if (probe) probe.remove(); };
  const wait = (ms, then) => { clearTimeout(quiet); quiet = setTimeout(then, ms); };
  const leave = (rewind) => close({ type: "closed", ...failed }, rewind);
  const back = () => stands() || leave(false);
  const post = (message) => frame.contentWindow.postMessage({ sunbridge: PROTOCOL, nonce, ...message }, origin);
  const name_page = ({ title }) => {
    heading.textContent = String(title).slice(0, 80);
    if (!shown) frame.focus();
    return heading.textContent;
  };

  /* Nothing of ours was heard: a page of the app, or an error of the browser. Our server knows. */
  const ask = () => {
    if (Date.now() - refused < 2 * QUIET_MS) return fail("policy");
    hush();
    probe = make("iframe", "", { name, hidden: true });
    probe.src = `${origin}/sdk/probe?${new URLSearchParams({ partner, parent: location.origin })}`;
    dialog.parentNode.append(probe);
    wait(PROBE_MS, () => fail(offline() ? "offline" : "unreachable"));
  };
  const forbidden = ({ effectiveDirective, blockedURI, disposition }) => {
    if (!/^(frame|child)/.test(effectiveDirective) || disposition === "report") return;
    // Another address is the app's login page, which ours redirect to, or of some other frame.
    refused = Date.now();
    if (blockedURI.startsWith(origin)) fail("policy");
  };

  const heard = {
    page(message) {
      tell({ type: shown ? "page" : "ready", title: name_page(message) });
      shown = true;
      failed = null;
    },
    entering: name_page,
    failed(message) {
      name_page(message);
      failed = { code: String(message.code).slice(0, 64), request_id: message.reference };
      tell({ type: "error", ...failed });
    },
    probe({ code, reference }) {
      hush();
      seen = reference;
      if (code) fail(code, reference);
    },
    done({ reference }) {
      tell((done = { type: "done", reference: String(reference).slice(0, 64) }));
    },
    left() {
      tell({ type: "left" });
      close({ type: "left" });
    },
    blocked({ reference }) {
      tell(trouble("blocked", reference));
      close(null, false);
      inPage(address, settle, "replace");
    },
    ask({ id, ability, args }) {
      if (ability === "close") return leave();
      const own = Object.prototype.hasOwnProperty.call(provide, ability);
      if (!own) return post({ type: "answer", id, error: "unsupported" });
      Promise.resolve(args).then(provide[ability]).then((value) => post({ type: "answer", id, value })).catch(
        (error) => post({ type: "answer", id, error: String((error && (error.code || error.message)) || error) }));
    },
  };
  const hear = ({ data, origin: from, source }) => {
    const ours = source === frame.contentWindow || (probe && source === probe.contentWindow);
    if (!ours || from !== origin || !data || data.sunbridge !== PROTOCOL || data.nonce !== nonce) return;
    if (!Object.prototype.hasOwnProperty.call(heard, data.type)) return;
    if (source === frame.contentWindow) {
      clearTimeout(late);
      hush();
      spoke = Date.now();
    }
    heard[data.type](data);
  };

  history.pushState({ sunbridge: nonce }, "");
  addEventListener("message", hear);
  addEventListener("popstate", back);
  document.addEventListener("securitypolicyviolation", forbidden);
  button.addEventListener("click", () => leave());
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  frame.addEventListener("load", () => {
    clearTimeout(late);
    if (Date.now() - spoke > QUIET_MS) wait(QUIET_MS, ask);
  });
  const framed = new URL(address);
  framed.searchParams.set("embed", "frame");
  frame.name = name;
  frame.src = framed.href;
  root.style.overflow = "hidden";
  (document.body || root).append(dialog);
  dialog.showModal();
  late = setTimeout(() => fail("timeout", seen), LATE_MS);
  looking = setInterval(() => (frame.isConnected && dialog.open) || fail("removed"), LOOK_MS);
  wait(ASK_MS, ask);
}

function make(tag, style, given) {
  const made = Object.assign(document.createElement(tag), given);
  made.style.cssText = style;
  return made;
}

function build(closing, title) {
  const dialog = make("dialog", "position:fixed;top:0;left:0;width:100%;height:100%;max-width:none;max-height:none;" +
    "margin:0;padding:0;border:0;background:#fff;color:#1c2526;display:flex;flex-direction:column");
  const bar = make("div", "display:flex;align-items:center;border-bottom:1px solid #dfe5e4");
  const heading = make("span", "flex:1;min-width:0;padding:0 16px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap",
    { textContent: title });
  const button = make("button", "min-width:3.6em;min-height:3em;padding:0 16px;border:0;background:none;font:inherit;color:inherit",
    { type: "button", textContent: closing });
  const frame = make("iframe", "flex:1;width:100%;border:0", { title, referrerPolicy: "no-referrer", allow: "clipboard-write" });
  dialog.setAttribute("aria-label", title);
  bar.append(heading, button);
  dialog.append(bar, frame);
  return { dialog, button, heading, frame };
}

/* <a href="…/enter" data-sunbridge="frame">: a plain link until this module has loaded, and where a frame fails. */
function follow(event) {
  const link = event.target.closest && event.target.closest("a[data-sunbridge]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const mode = link.dataset.sunbridge || "page";
  const tell = (name) => (detail) => link.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
  open({ entry: link.href, mode, title: link.textContent.trim(), onEvent: tell("sunbridge") })
    .catch(({ code }) => trouble(code))
    .then((result) => {
      const plain = result.type === "error" && mode !== "page" && !/^(removed|already_open)$/.test(result.code);
      if (tell("sunbridge-end")(result) && plain) location.assign(link.href);
    });
}

if (typeof document === "object") document.addEventListener("click", follow);
