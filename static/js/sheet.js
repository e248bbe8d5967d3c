/** A dialog that is made when it is wanted, and gone when it is closed. */

import { sentenceOf } from './ask.js';
import { closeOnOutside } from './dialogs.js';
import { byId, el } from './elements.js';
import { t } from './texts.js';

/** @param {string} id @param {string} title @param {...(Node|string)} content @returns {HTMLDialogElement} */
export function openSheet(id, title, ...content) {
  byId(id)?.close();
  const sheet = el('dialog', { id, className: 'sheet', 'aria-labelledby': `${id}-title` },
    el('header', {}, el('h2', { id: `${id}-title` }, title), el('button', { type: 'button', className: 'quiet close' }, t('close'))),
    ...content, el('p', { className: 'told', role: 'alert' }));
  sheet.addEventListener('close', () => sheet.remove());
  closeOnOutside(sheet);
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}

/**
 * Does what somebody pressed a button of the sheet for; what goes wrong is told there.
 * @template T @param {HTMLElement} sheet @param {() => Promise<T>} work @returns {Promise<T|undefined>}
 */
export async function attempt(sheet, work) {
  tell(sheet, '');
  try {
    return await work();
  } catch (why) {
    tell(sheet, sentenceOf(why));
  }
}

/** @param {HTMLElement} sheet @param {string} sentence */
export function tell(sheet, sentence) {
  /** @type {HTMLElement} */ (sheet.querySelector('.told')).textContent = sentence;
}

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.hint
 * @param {{name: string, label: string, isDanger?: boolean}[]} question.answers
 * @returns {Promise<string>} the name of the answer; "" if there was none
 */
export function choose({ title, hint, answers }) {
  const dialog = el('dialog', { className: 'sheet question', role: 'alertdialog', 'aria-labelledby': 'question', 'aria-describedby': 'question-hint' },
    el('form', { method: 'dialog' }, el('h2', { id: 'question' }, title), el('p', { id: 'question-hint' }, hint), el('div', { className: 'buttons' },
      el('button', { className: 'button', value: '' }, t('cancel')),
      ...answers.map(({ name, label, isDanger }) => el('button', { className: `button ${isDanger ? 'danger' : 'primary'}`, value: name }, label)))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue); }));
}
