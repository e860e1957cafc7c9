/* What each code says to a customer or a developer, in both languages. texts.json holds the sentences. */
import texts from "../texts.json";

/** @typedef {Record<"zh" | "en", string>} Said */
/** @type {{ codes: Record<string, { say: Said }>, options: Record<string, Said> }} */
const { codes, options } = texts;
const MARKS = { zh: ["选项 ", " ", "。"], en: ["Option ", " ", ". "] };

/** @param {any} error its code, reason, option, docs and what is blocked @returns {Said} */
function say(error) {
  const inOne = (/** @type {"zh" | "en"} */ lang) => {
    const about = { ...error, docs: error.docs.replace(/lang=../, `lang=${lang}`) };
    const option = error.reason === "wrong_option" && options[error.option];
    const [before, after, end] = MARKS[lang];
    return option
      ? before + error.option + after + option[lang] + end + about.docs
      : codes[error.code].say[lang].replace(/\{(\w+)\}/g, (_, name) => about[name] || "");
  };
  return { zh: inOne("zh"), en: inOne("en") };
}

/** @type {any} */ (document.currentScript).sunbridge = { say };
