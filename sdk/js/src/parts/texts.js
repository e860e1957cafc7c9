/* What each code says to a customer or a developer, in both languages. texts.json holds the sentences. */
import { checks, reasons } from "../checks.js";
import texts from "../texts.json";

/** @typedef {"zh" | "en"} Lang */
/** @typedef {Record<Lang, string>} Said */
/** @type {{ codes: Record<string, { say: Said, mend: Said }>, options: Record<string, Said> }} */
const { codes, options } = texts;
const MARKS = { zh: ["选项 ", " ", "。", "不存在，请看是不是写错了"], en: ["Option ", " ", ". ", "does not exist. Look for a mistake in its name"] };

/**
 * Return what the customer reads, and what a developer does about it.
 *
 * @param {any} error its code, reason, option, docs and what is blocked @param {Lang} lang
 */
function say(error, lang) {
  const { say, mend } = codes[error.code];
  const [before, after, end, unknown] = MARKS[lang];
  const detail = error.option
    ? before + error.option + after + (error.reason === "wrong_option" ? options[error.option][lang] : unknown) + end
    : mend[lang].replace(/\{(\w+)\}/g, (_, name) => error[name] || "") + " ";
  return { messages: say, detail: detail + error.docs };
}

/** @type {any} */ (document.currentScript).sunbridge = { say, checks, reasons };
