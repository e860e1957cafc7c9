/*! sunbridge-js 1.0.0, Apache-2.0. Opens a bank's Sunbridge pages from a super-app's page: README.md beside it. */

const PROTOCOL = 1;
const WORDS = { zh: ["关闭", "银行服务"], en: ["Close", "Banking service"] };

/**
 * Open the bank's pages. Settles when the person is back: a promise of
 * {type: "done", reference}, {type: "left"} or {type: "closed"}. TypeError where `entry` is no address of `partner`.
 *
 * entry: the full address the bank gave; mode: "page" (the whole window, the default) or "frame" (over this page);
 * onEvent: told of {type: "ready" | "page", title}, {type: "done", reference}, {type: "left"}, {type: "error", code};
 * provide: {ability: async (args) => value}, what the bank's page may ask of this app, such as authTicket;
 * title: what screen readers call the frame.
 */
export function open({ partner, entry, mode = "page", onEvent = () => {}, provide = {}, title }) {
  const address = new URL(entry);
  const local = /^(localhost|127\.0\.0\.1)$/.test(address.hostname);
  if (address.protocol !== "https:" && !local) throw new TypeError("entry must be an https address");
  if (partner && address.pathname.split("/")[1] !== partner) throw new TypeError("entry is not of this partner");
  const framable = window.HTMLDialogElement && HTMLDialogElement.prototype.showModal;
  return new Promise((settle) =>
    mode === "frame" && framable ? inFrame(address, onEvent, provide, title, settle) : inPage(address, settle));
}

export const Sunbridge = { open };

function inPage(address, settle) {
  // Settles only where the browser kept this page alive; otherwise it simply loads anew.
  addEventListener("pageshow", (event) => event.persisted && settle({ type: "left" }), { once: true });
  location.assign(address.href);
}

function inFrame(address, onEvent, provide, title, settle) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  const home = window.navigation && navigation.currentEntry.key;
  const root = document.documentElement, overflow = root.style.overflow;
  const words = WORDS[/^zh/.test(root.lang) ? "zh" : "en"];
  const { dialog, button, heading, frame } = build(words[0], title || words[1]);
  let shown = false, done = null;

  const close = (result, rewind = true) => {
    removeEventListener("message", hear);
    removeEventListener("popstate", back);
    dialog.close();
    dialog.remove();
    root.style.overflow = overflow;
    // The frame's own steps lie above ours in the history: go back below all of them.
    if (rewind && history.state && history.state.sunbridge === nonce) home ? navigation.traverseTo(home) : history.back();
    if (result) settle(done || result);
  };
  const back = () => (history.state && history.state.sunbridge === nonce) || close({ type: "closed" }, false);
  const post = (message) => frame.contentWindow.postMessage({ sunbridge: PROTOCOL, nonce, ...message }, address.origin);

  const heard = {
    page({ title }) {
      heading.textContent = title = String(title).slice(0, 80);
      if (!shown) frame.focus();
      onEvent({ type: shown ? "page" : "ready", title });
      shown = true;
    },
    done({ reference }) {
      onEvent((done = { type: "done", reference: String(reference).slice(0, 64) }));
    },
    left() {
      onEvent({ type: "left" });
      close({ type: "left" });
    },
    blocked() {
      onEvent({ type: "error", code: "blocked" });
      close(null, false);
      location.replace(address.href);
    },
    ask({ id, ability, args }) {
      if (ability === "close") return close({ type: "closed" });
      const own = Object.prototype.hasOwnProperty.call(provide, ability);
      if (!own) return post({ type: "answer", id, error: "unsupported" });
      Promise.resolve(args).then(provide[ability]).then(
        (value) => post({ type: "answer", id, value }),
        (error) => post({ type: "answer", id, error: String((error && (error.code || error.message)) || error) }));
    },
  };
  const hear = ({ data, origin, source }) => {
    const ours = source === frame.contentWindow && origin === address.origin;
    if (!ours || !data || data.sunbridge !== PROTOCOL || data.nonce !== nonce) return;
    if (Object.prototype.hasOwnProperty.call(heard, data.type)) heard[data.type](data);
  };

  addEventListener("message", hear);
  addEventListener("popstate", back);
  button.addEventListener("click", () => close({ type: "closed" }));
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close({ type: "closed" }); });
  const framed = new URL(address);
  framed.searchParams.set("embed", "frame");
  frame.name = `sunbridge-${nonce}`;
  frame.src = framed.href;
  history.pushState({ sunbridge: nonce }, "");
  root.style.overflow = "hidden";
  document.body.append(dialog);
  dialog.showModal();
}

function build(closing, title) {
  const element = (tag, style, given) => {
    const made = Object.assign(document.createElement(tag), given);
    Object.assign(made.style, style);
    return made;
  };
  const dialog = element("dialog", {
    position: "fixed", top: 0, left: 0, width: "100%", height: "100%", maxWidth: "none", maxHeight: "none",
    margin: 0, padding: 0, border: 0, background: "#fff", color: "#1c2526", display: "flex", flexDirection: "column",
  });
  const bar = element("div", { display: "flex", alignItems: "center", borderBottom: "1px solid #dfe5e4" });
  const heading = element("span", {
    flex: "1", minWidth: 0, padding: "0 16px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap",
  }, { textContent: title });
  const button = element("button", {
    minWidth: "3.6em", minHeight: "3em", padding: "0 16px", border: 0, background: "none", font: "inherit", color: "inherit",
  }, { type: "button", textContent: closing });
  const frame = element("iframe", { flex: "1", width: "100%", border: 0 }, { title, referrerPolicy: "no-referrer", allow: "clipboard-write" });
  dialog.setAttribute("aria-label", title);
  bar.append(heading, button);
  dialog.append(bar, frame);
  return { dialog, button, heading, frame };
}

/* <a href="…/enter" data-sunbridge="frame">: a plain link until this module has loaded. */
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[data-sunbridge]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const tell = (name) => (detail) => link.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  open({
    entry: link.href, mode: link.dataset.sunbridge, title: link.textContent.trim(), onEvent: tell("sunbridge"),
  }).then(tell("sunbridge-end"));
});
