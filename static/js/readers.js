/** "Who can read this?": what members, owners, whoever runs the server and the assistant's provider see, and can do. */

import { ask } from './ask.js';
import { el } from './elements.js';
import { openSheet } from './sheet.js';
import { isolated, locale, t } from './texts.js';

/** @param {Here} here */
export async function open({ room, state, openPanel }) {
  const facts = el('dl');
  const people = el('button', { type: 'button', className: 'button' }, t('people_of_room'));
  people.addEventListener('click', () => openPanel('people'));
  openSheet('readers', t('who_reads'), facts, el('div', { className: 'buttons' }, people));
  draw(facts, state().room, null, null);
  const [told, house] = await Promise.all([`/api/rooms/${room}/members`, '/api/house'].map((path) => ask('GET', path).catch(() => null)));
  draw(facts, state().room, told, house);
}

/** @param {HTMLElement} list @param {Room} room @param {Members|null} told null: not known yet @param {{asks_password: boolean}|null} house */
function draw(list, room, told, house) {
  const facts = [
    [t('readers_who'), who(room, told, house)],
    [t('readers_owners'), owners(told)],
    [room.assistant || t('assistant'), assistant(room)],
    [t('readers_operator'), t('readers_operator_text')],
    [t('readers_kept'), room.retention_days ? t('readers_kept_days', { n: room.retention_days }) : t('readers_kept_ever')],
    [t('readers_taken'), t('readers_taken_text')],
  ];
  list.replaceChildren(...facts.filter(([, text]) => text).map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text))));
}

/** @param {Room} room @param {Members|null} told @param {{asks_password: boolean}|null} house */
function who({ access }, told, house) {
  if (access === 'open') return t(house?.asks_password ? 'readers_open_password' : 'readers_open');
  const all = told?.members.filter(({ role }) => role !== 'removed').length;
  return all ? t('readers_invited', { n: all }) : t('readers_invited_some');
}

/** @param {Members|null} told */
function owners(told) {
  if (!told) return '';
  const names = told.members.filter(({ role }) => role === 'owner').map(({ name }) => isolated(name));
  return names.length ? t('readers_owned', { names: new Intl.ListFormat(locale).format(names) }) : t('readers_unowned');
}

/** @param {Room} room */
function assistant({ sent_to, assistant: name = t('assistant') }) {
  return sent_to ? t('readers_sent', { name, to: sent_to }) : t('readers_stays', { name });
}
