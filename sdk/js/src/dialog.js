/* The dialog over the app's page, in the look that the app asks for: a frame that covers the window, or a sheet. */
import { has, make } from "./tools.js";

const MOTION = "(prefers-reduced-motion: no-preference)", AWAY_PX = 80;
const WORDS = { zh: ["关闭", "银行服务", "正在打开银行的页面…"], en: ["Close", "Banking service", "Opening the bank's page…"] };

/** @type {Record<string, number[]>} The size of letters and of what a finger meets, in px. */
const SIZES = { standard: [17, 48], elder: [20, 60], largest: [24, 60] };

/* Rules of the app's page may reach our elements, some by `!important`. Ours hold, also where it resets much. */
const lay = (/** @type {any} */ element, /** @type {string} */ css) => (element.style.cssText += ";" + css.replace(/;|$/g, "!important;"));
/** @param {string} tag @param {string} css @param {object} [given] @param {string} [all] */
const made = (tag, css, given = {}, all = "unset") => {
  const element = make(tag, `all:${all}`, given);
  lay(element, `display:block;opacity:1;visibility:visible;min-width:0;max-width:none;max-height:none;margin:0;border:0;box-sizing:border-box;${css}`);
  return element;
};

/** The dialog with its bar and frame, in the look that the app or its address asks for. @param {any} opening @param {URL} address */
export function build({ lang, options: { title: given, theme = "#ffffff" } }, address) {
  const [close, service, opens] = WORDS[/** @type {"zh" | "en"} */ (lang)], title = given || service;
  const style = address.searchParams.get("ui") || "";
  const [size, target] = SIZES[has(SIZES, style) ? style : "standard"];
  const [red, green, blue] = theme.match(/\w\w/g).map((/** @type {string} */ hex) => parseInt(hex, 16));
  const ink = red * red * 3 + green * green * 10 + blue * blue > 220000 ? "#1c2526" : "#fff";
  const dialog = made("dialog", "position:fixed;top:0;left:0;width:100%;height:100%;padding:0;background:none;overflow:hidden", {}, "initial");
  const panel = made("div", `display:flex;flex-direction:column;width:100%;height:100%;background:${theme};color:${ink};` +
    `font:${size}px/1.4 system-ui,sans-serif;padding:env(safe-area-inset-top) env(safe-area-inset-right) ` +
    "env(safe-area-inset-bottom) env(safe-area-inset-left)");
  const bar = made("div", "display:flex;align-items:center;width:100%");
  const heading = made("span", "flex:1;padding:0 16px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap",
    { textContent: title });
  // The browser draws where the focus is: inside, so that nothing cuts it.
  const button = made("button", `width:auto;min-width:${target}px;min-height:${target}px;padding:0 16px;background:none;font:inherit;color:inherit;border-radius:12px;outline-offset:-6px`,
    { type: "button", textContent: close }, "revert");
  /* What stands there until something has loaded. */
  const note = made("div", "width:100%;padding:24px 16px;background:#fff;color:#1c2526", { textContent: opens });
  note.setAttribute("role", "status");
  const frame = made("iframe", "flex:1;width:100%;background:#fff",
    { title, referrerPolicy: "no-referrer", allow: "clipboard-write" });
  dialog.setAttribute("aria-label", title);
  bar.append(heading, button);
  panel.append(bar, note, frame);
  dialog.append(panel);
  return { dialog, panel, bar, heading, button, note, frame };
}

/** Make a sheet of it: a bar to pull it down by, the page behind it, and room for the keyboard. @param {any} ui @param {() => void} leave @param {any} opening */
export function dress({ dialog, panel, bar, heading }, leave, opening) {
  bar.append(made("div", "position:absolute;top:6px;left:50%;width:40px;height:4px;margin-left:-20px;border-radius:2px;background:currentColor;opacity:.35"));
  lay(bar, "position:relative;padding-top:10px;touch-action:none;user-select:none;-webkit-user-select:none;cursor:grab");
  lay(heading, "font-weight:600");
  lay(dialog, "background:rgba(0,0,0,.5)");
  lay(panel, "position:absolute;left:0;right:0;bottom:0;height:92%;padding-top:0;overflow:hidden;" +
    "border-radius:16px 16px 0 0;max-width:640px;margin:0 auto");

  if (matchMedia(MOTION).matches && panel.animate) panel.animate([{ transform: "translateY(100%)" }, { transform: "none" }], { duration: 220, easing: "ease-out" });
  opening.on(dialog, "click", (/** @type {Event} */ event) => { if (event.target === dialog) leave(); });

  let from = 0, pulled = false;
  opening.on(bar, "pointerdown", (/** @type {PointerEvent} */ event) => {
    if (/** @type {Element} */ (event.target).closest("button")) return;
    from = event.clientY;
    pulled = true;
    bar.setPointerCapture(event.pointerId);
  });
  const pull = (/** @type {PointerEvent} */ event) => Math.max(0, event.clientY - from);
  opening.on(bar, "pointermove", (/** @type {PointerEvent} */ event) => {
    if (pulled) panel.style.transform = `translateY(${pull(event)}px)`;
  });
  const drop = (/** @type {PointerEvent} */ event) => {
    if (!pulled) return;
    pulled = false;
    panel.style.transform = "";
    if (event.type === "pointerup" && pull(event) > AWAY_PX) leave();
  };
  opening.on(bar, "pointerup", drop);
  opening.on(bar, "pointercancel", drop);

  /* A keyboard covers the lower part of the window in some browsers: the dialog is what stays to be seen. */
  const seen = window.visualViewport;
  const follow = () => {
    if (!seen || seen.scale > 1.01) return;
    lay(dialog, `top:${seen.offsetTop}px;height:${seen.height}px`);
  };
  if (seen) {
    opening.on(seen, "resize", follow);
    opening.on(seen, "scroll", follow);
    follow();
  }
}
