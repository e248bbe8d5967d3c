/** Links that let people into this room: made, shown once, renewed, withdrawn. For its owners. */

import { ask } from './ask.js';
import { dayOf, timeOf } from './dates.js';
import { el } from './elements.js';
import { linkBox } from './link_box.js';
import { attempt, openSheet } from './sheet.js';
import { t } from './texts.js';

const ROLES = ['member', 'reader'];
/** How long it is good for, and for how many; 0: without end. */
const SECONDS = [3600, 86400, 604800, 0];
const USES = [1, 10, 0];
const CHOSEN = { role: 'member', seconds: 604800, uses: 1 };

/** @param {Here} here */
export function open({ room }) {
  const path = `/api/rooms/${room}/invitations`;
  const role = choice('invite_role', ROLES.map((name) => [name, t(`role_${name}`)]), CHOSEN.role);
  const seconds = choice('invite_time', SECONDS.map((each) => [each, t(`time_${each}`)]), CHOSEN.seconds);
  const uses = choice('invite_uses', USES.map((each) => [each, each ? t('uses', { n: each }) : t('uses_any')]), CHOSEN.uses);
  const made = el('div', { 'aria-live': 'polite' });
  const list = el('ul', { className: 'invitations' });
  const form = el('form', {}, el('div', { className: 'choices' }, role.label, seconds.label, uses.label),
    el('div', { className: 'buttons' }, el('button', { className: 'button primary' }, t('make_link'))));
  const sheet = openSheet('invitations', t('invite_title'), form, made, el('h3', {}, t('in_force')), list);
  form.addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    make({ role: role.value, ...(seconds.value !== '0' && { seconds: Number(seconds.value) }), ...(uses.value !== '0' && { uses: Number(uses.value) }) });
  });
  look();

  /** @param {object} wish */
  async function make(wish) {
    const invitation = await attempt(sheet, () => ask('POST', path, wish));
    if (!invitation) return;
    made.replaceChildren(linkBox(`${location.origin}/r/${room}#invite=${invitation.invitation}`, t('invitation_link')), el('p', { className: 'soft' }, t('shown_once')));
    look();
  }

  async function look() {
    const told = await attempt(sheet, () => ask('GET', path));
    if (!told) return;
    list.replaceChildren(...told.invitations.map(line));
    if (!told.invitations.length) list.append(el('li', { className: 'none' }, t('none_in_force')));
  }

  /** @param {Invitation} invitation */
  function line(invitation) {
    const { id, role, until, uses } = invitation;
    const terms = [t(`role_${role}`), until ? t('good_until', { time: `${dayOf(until)}, ${timeOf(until)}` }) : t('time_0'), uses ? t('uses', { n: uses }) : t('uses_any')].join(' · ');
    const renews = button('renew', terms, () => make(again(invitation)));
    const withdraws = button('withdraw', terms, async () => { await attempt(sheet, () => ask('DELETE', `${path}/${id}`)); look(); });
    return el('li', {}, el('span', {}, terms), el('div', { className: 'acts' }, renews, withdraws));
  }
}

/** The same terms under another secret: whoever has the old link has nothing. @param {Invitation} invitation */
function again({ id, role, made, until, uses }) {
  return { instead_of: id, role, ...(until && { seconds: Math.round((until - made) / 1000) }), ...(uses && { uses }) };
}

/** @param {string} text @param {string} about @param {() => unknown} act */
function button(text, about, act) {
  const made = el('button', { type: 'button', className: 'text-button', 'aria-label': `${t(text)}: ${about}` }, t(text));
  made.addEventListener('click', act);
  return made;
}

/** @param {string} text @param {[string|number, string][]} offered @param {string|number} chosen */
function choice(text, offered, chosen) {
  const select = el('select', {}, ...offered.map(([value, words]) => el('option', { value, selected: value === chosen }, words)));
  return { label: el('label', {}, el('span', {}, t(text)), select), get value() { return select.value; } };
}
