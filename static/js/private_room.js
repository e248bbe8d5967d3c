/** A new room by invitation. */

import { ask } from './ask.js';
import { el } from './elements.js';
import { attempt, openSheet } from './sheet.js';
import { t } from './texts.js';

export function open() {
  const title = el('input', { id: 'private-title', maxLength: 100, required: true, autofocus: true, autocomplete: 'off', dir: 'auto' });
  const form = el('form', {}, el('p', { className: 'soft' }, t('private_hint')), el('label', { htmlFor: 'private-title' }, t('room_title')), title,
    el('div', { className: 'buttons' }, el('button', { className: 'button primary' }, t('make_room'))));
  const sheet = openSheet('private-room', t('new_private'), form);
  form.addEventListener('submit', async (/** @type {Event} */ event) => {
    event.preventDefault();
    const made = await attempt(sheet, () => ask('POST', '/api/rooms', { title: title.value.trim() }));
    if (made) location.href = `/r/${made.name}`;
  });
}
