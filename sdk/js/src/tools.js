/* What the core and its parts both use. A part imports what it needs from here, and is built with its own copy. */

export const PROTOCOL = 1;
export const has = (/** @type {object} */ holder, /** @type {string} */ name) => Object.prototype.hasOwnProperty.call(holder, name);
/** @type {(value: any) => boolean} */
export const isFunction = (value) => typeof value === "function";
/* The origins of this page and of those around it, where the browser names them: each must be allowed to frame us. */
export const parents = () => [location.origin, ...Array.from(/** @type {any} */ (location).ancestorOrigins || [])];
export const partnerOf = (/** @type {URL} */ address) => address.pathname.split("/")[1];

/** The address, or a falsy value where it is not one that we open. @param {any} text */
export function addressOf(text) {
  try {
    const address = new URL(text);
    return /^(https:|http:..(localhost|127\.0\.0\.1)[:/])/.test(address.href) && address;
  } catch (fault) {}
}

/** @param {string} tag @param {string} style @param {object} given @returns {any} */
export function make(tag, style, given) {
  const made = Object.assign(document.createElement(tag), given);
  made.style.cssText = style;
  return made;
}

/** What is changed through a scope, `clear` puts back. */
export function scope() {
  /** @type {(() => any)[]} */
  const undo = [];
  return {
    undo,
    /** @param {EventTarget} target @param {string} type @param {(event: any) => any} listener */
    on(target, type, listener) {
      target.addEventListener(type, listener);
      undo.push(() => target.removeEventListener(type, listener));
    },
    /** @param {number} ms @param {() => any} then */
    after(ms, then) {
      const timer = setTimeout(then, ms);
      undo.push(() => clearTimeout(timer));
    },
    clear: () => Promise.all(undo.splice(0).map((step) => step())),
  };
}

/** Tell what this page's policy blocks. @param {any} within a scope @param {RegExp} directive @param {(blocked: string, event: any) => void} then */
export const onBlocked = (within, directive, then) =>
  within.on(document, "securitypolicyviolation", (/** @type {SecurityPolicyViolationEvent} */ event) => {
    if (directive.test(event.effectiveDirective) && event.disposition !== "report") then(event.blockedURI, event);
  });

/**
 * Hear what our page in a frame says, and nothing else. Returns what posts to it.
 * @param {any} opening @param {HTMLIFrameElement} frame @param {string} origin
 * @param {Record<string, (message: any) => any>} heard a function for each type of message
 * @param {(message: any) => any} [first] what comes before it
 */
export function talk(opening, frame, origin, heard, first) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  frame.name = `sunbridge-${nonce}`;
  opening.on(window, "message", (/** @type {MessageEvent} */ { data, origin: from, source }) => {
    if (source !== frame.contentWindow || from !== origin || !data) return;
    if (data.sunbridge !== PROTOCOL || data.nonce !== nonce || !has(heard, data.type)) return;
    if (first) first(data);
    heard[data.type](data);
  });
  return (/** @type {object} */ message) =>
    /** @type {Window} */ (frame.contentWindow).postMessage({ sunbridge: PROTOCOL, nonce, ...message }, origin);
}
