/** The people of this room with their roles; for its owners also what they may do about each, and about the room. */

import { ask, sentenceOf } from './ask.js';
import { el } from './elements.js';
import { attempt, choose, openSheet, tell } from './sheet.js';
import { isolated, t, titleOf } from './texts.js';

const ORDER = ['owner', 'member', 'reader', 'removed'];
const NAMED = ['owner', 'member', 'reader'];

/** @param {Here} here @param {string} [part] `leave`: not to be one of them any more */
export function open(here, part) {
  return part === 'leave' ? leave(here) : new People(here);
}

class People {
  #here; #sheet;
  #list = el('ul', { className: 'people' });
  #room = el('section', { className: 'of-owners' });
  /** @type {Members|null} */ #told = null;
  /** What was true when the server was asked. */
  #asked = '';
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();

  /** @param {Here} here */
  constructor(here) {
    this.#here = here;
    this.#sheet = openSheet('people', t('people_of_room'), this.#list, this.#room);
    const unwatch = here.watch(() => this.#look());
    this.#sheet.addEventListener('close', unwatch);
    this.#look();
  }

  /** The members are asked for again when what this page hears of them changed. */
  async #look() {
    const { members, you, room, messages } = this.#here.state();
    const now = JSON.stringify([members, you, room.closed, messages.findLast(({ author }) => author.kind === 'system')?.id]);
    if (now === this.#asked) return;
    this.#asked = now;
    this.#draw();
    try {
      this.#told = await ask('GET', `/api/rooms/${this.#here.room}/members`);
      this.#draw();
    } catch (why) {
      tell(this.#sheet, sentenceOf(why));
    }
  }

  #draw() {
    const everybody = this.#everybody();
    for (const [id, row] of this.#rows) if (!everybody.some((person) => person.id === id)) this.#drop(id, row);
    this.#list.append(...everybody.map((person) => this.#row(person)).filter((row, i) => this.#list.children[i] !== row));
    this.#drawRoom();
  }

  /** Those with a role of their own, and those who are here. */
  #everybody() {
    const { members, you } = this.#here.state();
    const people = new Map(members.map((member) => [member.id, { ...member, isHere: true }]));
    for (const member of this.#told?.members ?? []) people.set(member.id, { ...people.get(member.id), ...member, isHere: people.has(member.id) });
    const rank = (/** @type {Member} */ { id, role = 'member' }) => (id === you?.id ? -1 : ORDER.indexOf(role));
    return [...people.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }

  /** A row is made anew only when something of it changed, so that nobody loses a list they just opened. @param {Member & {isHere: boolean}} person */
  #row(person) {
    const { you } = this.#here.state();
    const isMe = person.id === you?.id;
    const isMine = you?.role === 'owner' && !isMe;
    const drawn = JSON.stringify([person, isMine]);
    const was = this.#rows.get(person.id);
    if (was?.dataset.drawn === drawn) return was;
    const row = el('li', { className: person.role === 'removed' ? 'removed' : '' },
      el('span', { className: 'who' }, el('bdi', {}, person.name), isMe ? ` ${t('you')}` : '', person.isHere ? el('span', { className: 'present', title: t('here') }) : ''),
      ...(isMine ? this.#acts(person) : [el('span', { className: 'role' }, t(`role_${person.role ?? 'member'}`))]));
    row.dataset.drawn = drawn;
    const hadFocus = was?.contains(document.activeElement);
    was?.replaceWith(row);
    this.#rows.set(person.id, row);
    if (hadFocus) (row.querySelector('select, button') ?? this.#sheet).focus();
    return row;
  }

  /** @param {string} id @param {HTMLElement} row */
  #drop(id, row) {
    if (row.contains(document.activeElement)) this.#sheet.focus();
    row.remove();
    this.#rows.delete(id);
  }

  /** @param {Member} person */
  #acts({ id, name, role = 'member' }) {
    if (role === 'removed') return [el('span', { className: 'role' }, t('role_removed')), this.#button('let_back', name, () => this.#appoint(id, this.#here.state().room.access === 'open' ? 'none' : 'member'))];
    const select = el('select', { 'aria-label': t('role_of', { name: isolated(name) }) }, ...NAMED.map((value) => el('option', { value, selected: value === role }, t(`role_${value}`))));
    select.addEventListener('change', async () => { if (!await this.#appoint(id, select.value)) select.value = role; });
    return [select, this.#button('remove_person', name, () => this.#remove(id, name))];
  }

  /** @param {string} text @param {string} name @param {() => unknown} act */
  #button(text, name, act) {
    const button = el('button', { type: 'button', className: 'text-button', 'aria-label': `${t(text)}: ${name}` }, t(text));
    button.addEventListener('click', act);
    return button;
  }

  /** @param {string} id @param {string} name */
  async #remove(id, name) {
    const answer = await choose({ title: t('remove_person_title', { name: isolated(name) }), hint: t('remove_person_hint'), answers: [{ name: 'yes', label: t('remove_person'), isDanger: true }] });
    if (answer) await this.#appoint(id, 'removed');
  }

  /** @param {string} id @param {string} role */
  #appoint(id, role) {
    return this.#send({ type: 'appoint', id, role });
  }

  /** @param {Frame} frame @returns {Promise<boolean>} whether the room took it */
  async #send(frame) {
    const done = await attempt(this.#sheet, () => ask('POST', `/api/rooms/${this.#here.room}/frames`, frame));
    this.#asked = '';
    this.#look();
    return done !== undefined;
  }

  #drawRoom() {
    const { you, room } = this.#here.state();
    const drawn = JSON.stringify([you?.role, room.closed, room.access]);
    if (this.#room.dataset.drawn === drawn) return;
    this.#room.dataset.drawn = drawn;
    this.#room.hidden = you?.role !== 'owner';
    const hadFocus = this.#room.contains(document.activeElement);
    const invites = button('button', t('invite_somebody'), () => this.#here.openPanel('invitations'));
    const closes = button('button', t(room.closed ? 'open_again' : 'close_room'), () => this.#send({ type: 'configure', closed: !room.closed }));
    this.#room.replaceChildren(el('h3', {}, t('this_room')), el('div', { className: 'buttons' }, ...(room.access === 'invited' ? [invites] : []), closes,
      button('button risky', t('delete_room'), () => this.#delete())));
    if (hadFocus) closes.focus();
  }

  async #delete() {
    const { room } = this.#here.state();
    const answer = await choose({ title: t('delete_room_title', { room: isolated(titleOf(room)) }), hint: t('delete_room_hint'), answers: [{ name: 'yes', label: t('delete_room_now'), isDanger: true }] });
    if (answer && await attempt(this.#sheet, () => ask('DELETE', `/api/rooms/${this.#here.room}`))) this.#here.leave();
  }
}

/** @param {Here} here */
async function leave({ room, state, leave }) {
  const title = titleOf(state().room);
  if (!await choose({ title: t('leave_title', { room: isolated(title) }), hint: t('leave_hint'), answers: [{ name: 'yes', label: t('leave_now'), isDanger: true }] })) return;
  const sheet = openSheet('leaving', t('leave'));
  if (await attempt(sheet, () => ask('POST', `/api/rooms/${room}/frames`, { type: 'appoint', id: state().you?.id, role: 'none' }))) leave();
}

/** @param {string} className @param {string} text @param {() => unknown} act */
function button(className, text, act) {
  const made = el('button', { type: 'button', className }, text);
  made.addEventListener('click', act);
  return made;
}
