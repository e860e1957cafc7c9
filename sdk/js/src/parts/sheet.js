/* The frame as a sheet at the bottom: a bar to pull it down by, the page behind it, and room for the keyboard. */

const MOTION = "(prefers-reduced-motion: no-preference)", AWAY_PX = 80;

/** @param {any} ui @param {() => void} leave @param {any} opening */
function dress({ dialog, panel, bar, heading }, leave, opening) {
  const handle = document.createElement("div");
  handle.style.cssText = "position:absolute;top:6px;left:50%;width:40px;height:4px;margin-left:-20px;border-radius:2px;" +
    "background:currentColor;opacity:.35";
  bar.append(handle);
  bar.style.cssText += ";position:relative;padding-top:10px;touch-action:none;cursor:grab";
  heading.style.fontWeight = "600";
  dialog.style.background = "rgba(0,0,0,.5)";
  panel.style.cssText += ";position:absolute;left:0;right:0;bottom:0;height:92%;padding-top:0;overflow:hidden;" +
    "border-radius:16px 16px 0 0;max-width:640px;margin:0 auto";

  const moves = window.matchMedia && matchMedia(MOTION).matches;
  if (moves && panel.animate) panel.animate([{ transform: "translateY(100%)" }, { transform: "none" }], { duration: 220, easing: "ease-out" });
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
    dialog.style.top = `${seen.offsetTop}px`;
    dialog.style.height = `${seen.height}px`;
  };
  if (seen) {
    opening.on(seen, "resize", follow);
    opening.on(seen, "scroll", follow);
    follow();
  }
}

/** @type {any} */ (document.currentScript).sunbridge = { dress };
