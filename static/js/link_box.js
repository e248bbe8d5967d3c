/** A link with a secret in it, to be copied or shared now: it is shown only once. */

import { copyFrom } from './clipboard.js';
import { el } from './elements.js';
import { t } from './texts.js';

/** @param {string} link @param {string} label @returns {HTMLElement} */
export function linkBox(link, label) {
  const field = el('input', { readOnly: true, value: link, 'aria-label': label });
  field.addEventListener('focus', () => field.select());
  const copies = el('button', { type: 'button', className: 'button primary' }, t('copy_link'));
  copies.addEventListener('click', () => copyFrom(copies, link));
  const shares = el('button', { type: 'button', className: 'button', hidden: !navigator.share }, t('share'));
  shares.addEventListener('click', () => navigator.share({ url: link }).catch(() => {}));
  return el('div', { className: 'link-box' }, field, copies, shares);
}
