/** The page's words in the reader's language: ../texts/{language}.json. Another language is one more file there. */

const LANGUAGES = ['en', 'de'];

const wishes = navigator.languages.filter((wish) => LANGUAGES.includes(wish.split('-')[0]));
const language = wishes[0]?.split('-')[0] ?? 'en';
/** For dates, numbers and lists: as written where the reader comes from, in the language of the page. */
export const locale = wishes[0] ?? 'en';

const plurals = new Intl.PluralRules(locale);
/** @type {Record<string, string|Record<string, string>>} */
const texts = await load('');

/** Words that are needed later: ../texts/{part}/{language}.json. @param {string} part */
export async function learn(part) {
  Object.assign(texts, await load(`${part}/`));
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values]  `n` chooses the plural
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  const form = typeof text === 'string' ? text : text[plurals.select(Number(values.n))] ?? text.other;
  return form.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(locale));
}

/**
 * What the server says is English; what it means has a code. What answers no frame of ours is something rarer, and said as it came.
 * @param {{code: string, content: string, key?: string, retry_after?: number}} error
 */
export function errorText({ code, content, key, retry_after = 1 }) {
  const text = `error_${code}`;
  return text in texts && (key || code === 'bad_name') ? t(text, { n: retry_after }) : content;
}

/** @param {{title?: string, name: string}} room @returns {string} what it is called; its name, where nobody gave it a title */
export function titleOf({ title, name }) {
  return title || (name.startsWith('private-') ? t('by_invitation') : name);
}

/** A name of somebody else's choosing, kept from turning the sentence around it. @param {string} name */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** @param {string} folder */
async function load(folder) {
  return (await fetch(new URL(`../texts/${folder}${language}.json`, import.meta.url))).json();
}

/** Writes the words of index.html, which names them: data-text, data-label (aria-label), data-tip (title). */
export function translatePage() {
  document.documentElement.lang = language;
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-text], [data-label], [data-tip]'))) {
    const { text, label, tip } = node.dataset;
    if (text) node.textContent = t(text);
    if (label) node.ariaLabel = t(label);
    if (tip) node.title = t(tip);
  }
}
