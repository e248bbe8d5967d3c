/** What belongs to me and to no room: on which devices I am this person, and that I am known at all. */

import { ask } from './ask.js';
import { forgetAll } from './memory.js';
import { linkBox } from './link_box.js';
import { attempt, choose, openSheet, tell } from './sheet.js';
import { t } from './texts.js';
import { el } from './elements.js';

/** @param {Here} here @param {'link'|'sign_out'|'forget'} part */
export function open(here, part) {
  return { link: takeAlong, sign_out: signOut, forget: forgetMe }[part](here);
}

async function takeAlong() {
  const place = el('div');
  const sheet = openSheet('take-along', t('take_along_title'), el('p', { className: 'soft' }, t('take_along_hint')), place);
  const made = await attempt(sheet, () => ask('POST', '/api/links', {}));
  if (made) place.append(linkBox(`${location.origin}/#link=${made.link}`, t('take_along_link')));
}

async function signOut() {
  const answer = await choose({ title: t('sign_out_title'), hint: t('sign_out_hint'), answers: [{ name: 'others', label: t('sign_out_others') }, { name: 'all', label: t('sign_out_all') }] });
  if (!answer) return;
  const sheet = openSheet('signed-out', t('sign_out_title'));
  const done = await attempt(sheet, () => ask('DELETE', `/api/sessions${answer === 'others' ? '?others=true' : ''}`));
  if (done && answer === 'others') tell(sheet, t('signed_out_others'));
  else if (done) sheet.close(); // the line is closed, and the door tells the rest
}

/** @param {Here} here */
async function forgetMe({ forget }) {
  if (!await choose({ title: t('forget_title'), hint: t('forget_hint'), answers: [{ name: 'yes', label: t('forget_me'), isDanger: true }] })) return;
  const sheet = openSheet('forgotten', t('forget_title'));
  const done = await attempt(sheet, async () => {
    await ask('DELETE', '/api/person');
    await ask('POST', '/api/sessions', { cookie: true }).catch(() => {}); // else the page itself brings a new one
    return true;
  });
  if (!done) return;
  forget();
  forgetAll();
  location.href = '/';
}
