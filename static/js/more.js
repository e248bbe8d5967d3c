/** What nobody needs for their first words comes when it is wanted: a module, and with the first of them the words and the style they share. */

import { el } from './elements.js';
import { learn } from './texts.js';

/** @type {Promise<unknown>|undefined} */
let shared;

/** @param {string} name of a module beside this one @returns {Promise<any>} it; refused if it did not come */
export async function more(name) {
  shared ??= Promise.all([learn('people'), style('people')]);
  try {
    const [module] = await Promise.all([import(`./${name}.js`), shared]);
    return module;
  } catch (why) {
    shared = undefined;
    throw why;
  }
}

/** @param {string} name */
function style(name) {
  const link = el('link', { rel: 'stylesheet', href: new URL(`../${name}.css`, import.meta.url).href });
  document.head.append(link);
  return new Promise((resolve, reject) => { [link.onload, link.onerror] = [resolve, reject]; });
}
