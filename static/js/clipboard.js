import { el } from './elements.js';
import { t } from './texts.js';

const TOLD_MS = 1600;
/** @type {WeakSet<Element>} */
const telling = new WeakSet();

/**
 * On plain http from another machine there is no `navigator.clipboard`; the old command still works there.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {HTMLButtonElement} button whose label tells for a moment that it worked @param {string} text */
export async function copyFrom(button, text) {
  const copied = await copy(text);
  if (telling.has(button)) return;
  const label = [...button.childNodes];
  telling.add(button);
  button.textContent = t(copied ? 'copied' : 'copy_failed');
  setTimeout(() => { button.replaceChildren(...label); telling.delete(button); }, TOLD_MS);
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = /** @type {HTMLElement|null} */ (document.activeElement);
  const area = el('textarea', { value: text, readOnly: true, className: 'visually-hidden' });
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus({ preventScroll: true });
  return copied;
}
