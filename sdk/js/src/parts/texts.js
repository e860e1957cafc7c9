/* What each code says to a customer or a developer, in both languages. texts.json holds the sentences. */
import texts from "../texts.json";

const MARK = { zh: (/** @type {string} */ option) => `选项 ${option} `, en: (/** @type {string} */ option) => `Option ${option} ` };

/**
 * @param {{ code: string, reason: string, option?: string, what?: string, docs: string }} about
 * @returns {{ zh: string, en: string }}
 */
function say(about) {
  const inOne = (/** @type {"zh" | "en"} */ lang) => {
    const docs = about.docs.replace(/lang=../, `lang=${lang}`);
    const option = about.reason !== "unknown_option" && about.option && texts.options[about.option];
    if (option) return `${MARK[lang](about.option)}${option[lang]}${lang === "zh" ? "。" : ". "}${docs}`;
    const text = texts.codes[about.code];
    return text ? text.say[lang].replace(/\{(\w+)\}/g, (_, name) => ({ ...about, docs })[name] || "") : `${about.code} (${about.reason})`;
  };
  return { zh: inOne("zh"), en: inOne("en") };
}

/** @type {any} */ (document.currentScript).sunbridge = { say };
