/** What stands in the room's place while its door is shut: why, and what one can do about it. */

import { ask, Refusal, sentenceOf } from './ask.js';
import { byId, el } from './elements.js';
import { browser, recall } from './memory.js';
import { t } from './texts.js';

/**
 * @param {Here} here
 * @param {{door: Door, wasIn: boolean, isTurnedDown: boolean, reason?: string}} why  `reason` in the server's words
 */
export function shut(here, why) {
  const kind = kindOf(why);
  const text = kind === 'refused' ? why.reason ?? '' : t(`door_${kind}_text`);
  const title = el('h1', { id: 'door-title', tabIndex: -1 }, t(`door_${kind}_title`));
  const mark = /** @type {Element} */ (document.querySelector('.brand svg')).cloneNode(true);
  byId('door').replaceChildren(el('span', { className: 'brand' }, mark), title, el('p', {}, text), wayOn(kind, here));
  byId('door').hidden = false;
  byId('drawer').close();
  document.body.dataset.door = why.door;
  (byId('door').querySelector('input') ?? title).focus();
}

function open() {
  byId('door').hidden = true;
  delete document.body.dataset.door;
}

/** @param {{door: Door, wasIn: boolean, isTurnedDown: boolean, reason?: string}} why */
function kindOf({ door, wasIn, isTurnedDown, reason }) {
  if (door === 'not_found' && wasIn) return 'gone';
  if (door === 'not_found' && isTurnedDown) return 'turned_down';
  return door === 'removed' && reason && !wasIn ? 'refused' : door;
}

/** @param {string} kind @param {Here} here */
function wayOn(kind, here) {
  if (kind === 'no_password') return passwordForm(here, (password) => ask('POST', '/api/password', { password }));
  if (kind !== 'signed_out') return el('div', { className: 'buttons' }, el('a', { className: 'button primary', href: '/' }, t('to_lobby')));
  const button = el('button', { type: 'button', className: 'button primary' }, t('come_in_anew'));
  button.addEventListener('click', () => comeInAnew(here));
  return el('div', { className: 'buttons' }, button);
}

/** Another tab may have done so already; and where a proxy signs people in, it does that when the page is loaded. @param {Here} here */
async function comeInAnew(here) {
  try {
    await ask('GET', '/api/rooms').catch((why) => hasCode(why, 'signed_out') && newSession());
    open();
    here.enter();
  } catch (why) {
    if (!hasCode(why, 'no_password')) return location.reload();
    shut(here, { door: 'no_password', wasIn: false, isTurnedDown: false });
    byId('door').querySelector('form').replaceWith(passwordForm(here, newSession));
    byId('password').focus();
  }
}

/** @param {string} [password] which the house may ask for */
function newSession(password) {
  return ask('POST', '/api/sessions', { cookie: true, password, name: recall(browser, 'name') });
}

/** @param {unknown} why @param {string} code */
function hasCode(why, code) {
  return why instanceof Refusal && why.code === code;
}

/** @param {Here} here @param {(password: string) => Promise<unknown>} show */
function passwordForm({ enter }, show) {
  const field = el('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true, 'aria-describedby': 'password-told' });
  const told = el('p', { id: 'password-told', className: 'told', role: 'alert' });
  const form = el('form', {}, el('label', { htmlFor: 'password' }, t('password')),
    el('div', { className: 'line' }, field, el('button', { className: 'button primary' }, t('come_in'))), told);
  form.addEventListener('submit', async (/** @type {Event} */ event) => {
    event.preventDefault();
    told.textContent = '';
    try {
      await show(field.value);
      open();
      enter();
    } catch (why) {
      told.textContent = hasCode(why, 'forbidden') ? t('wrong_password') : sentenceOf(why);
      field.select();
    }
  });
  return form;
}
