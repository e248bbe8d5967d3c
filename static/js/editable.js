/** A text that is changed where it stands: a button that becomes an input. */

import { el } from './elements.js';

/**
 * @param {HTMLButtonElement} button with the text in a <bdi>
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.limit
 * @param {(text: string) => void} options.onChange
 */
export function makeEditable(button, { label, limit, onChange }) {
  button.addEventListener('click', () => {
    const before = button.textContent?.trim() ?? '';
    const input = el('input', { value: before, maxLength: limit, className: 'in-place', 'aria-label': label });
    button.hidden = true;
    button.before(input);
    input.focus();
    input.select();
    let finished = false;
    const finish = (/** @type {boolean} */ accept, refocus = true) => {
      if (finished) return;
      finished = true; // taking the input away is one more blur
      const text = input.value.trim();
      button.hidden = false;
      input.remove();
      if (refocus) button.focus();
      if (accept && text && text !== before) onChange(text);
    };
    input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Enter') event.preventDefault();
      if (event.key === 'Enter' || event.key === 'Escape') finish(event.key === 'Enter');
    });
    input.addEventListener('blur', () => document.hasFocus() && finish(true, false)); // another window is no answer
  });
}
