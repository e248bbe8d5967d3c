/** Shows the server the secret that the address brought: it lets somebody into this room, or makes this browser theirs. */

import { ask, Refusal } from './ask.js';
import { browser, recall, remember } from './memory.js';
import { choose } from './sheet.js';
import { t } from './texts.js';

/** @param {Secret} brought @param {Here} here @returns {Promise<Outcome>} Throws when the server could not be asked. */
export function present({ kind, secret }, here) {
  return kind === 'invite' ? accept(secret, here.room) : follow(secret, here);
}

/** @param {string} invitation @param {string} room @returns {Promise<Outcome>} */
async function accept(invitation, room) {
  return outcomeOf('accepted', 'turned_down', () => ask('POST', `/api/rooms/${room}/members`, { invitation, name: recall(browser, 'name') }));
}

/** Somebody else's link would make this browser theirs, so nobody follows one unasked. @param {string} link @param {Here} here @returns {Promise<Outcome>} */
async function follow(link, { know }) {
  const yes = await choose({ title: t('follow_title'), hint: t('follow_hint'), answers: [{ name: 'yes', label: t('follow') }] });
  if (!yes) return 'declined';
  const outcome = await outcomeOf('followed', 'link_refused', () => ask('POST', '/api/sessions', { link, cookie: true }));
  if (outcome !== 'followed') return outcome;
  remember(browser, 'name', undefined); // it was that of whoever was here before
  await ask('GET', '/api/rooms').then(({ rooms }) => know(rooms), () => {}); // what failed costs only the list
  return outcome;
}

/** @param {Outcome} taken @param {Outcome} refused @param {() => Promise<unknown>} show @returns {Promise<Outcome>} */
async function outcomeOf(taken, refused, show) {
  try {
    await show();
    return taken;
  } catch (why) {
    if (!(why instanceof Refusal) || why.status >= 500) throw why;
    return why.code === 'signed_out' || why.code === 'no_password' ? why.code : refused;
  }
}
