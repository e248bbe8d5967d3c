import { el } from './elements.js';

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
  const label = button.dataset.label ??= button.textContent ?? '';
  button.textContent = (await copy(text)) ? 'Copied' : 'Press Ctrl+C';
  setTimeout(() => { button.textContent = label; }, 1600);
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
