/** The rooms this browser has been in, as it remembers them: newest first, with what is unread there. */

import { byId, el } from './elements.js';
import { browser, recall, remember } from './memory.js';
import { isNews } from './unread.js';
import { t, titleOf } from './texts.js';

const VISITS = 'rooms';
const KEPT = 50;
/** Other rooms that are asked what is new there, and how far back: not every visit of a lifetime, at each look. */
const ASKED = 12;
const LATEST = 20;
const ASK_AGAIN_MS = 60_000;
/** The reading position moves with each message, and every tab hears of each writing. */
const SAVE_MS = 1000;
const SYLLABLES = { first: 'bdfghjklmnprstvz', second: 'aeiou' };

export class Rooms {
  #here;
  /** @type {string|undefined} */ #me;
  /** @type {Visit} */ #visit;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #askedAt = 0;
  #gone = false;

  /** @param {string} here the room of this page */
  constructor(here) {
    this.#here = here;
    this.#visit = { title: '', epoch: null, read: 0, unread: 0, ...visits().find(({ room }) => room === here), room: here, at: Date.now() };
    byId('new-room').href = `/r/${speakableName()}`;
    addEventListener('storage', () => this.#draw());
    addEventListener('pagehide', () => this.#save());
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#save() : this.#ask()));
    this.#save();
  }

  /** Where this browser left the room. @returns {{epoch: string, read: number}|undefined} */
  get left() {
    const { epoch, read } = this.#visit;
    return epoch ? { epoch, read } : undefined;
  }

  /** @param {State} state @param {{read: number, count: number}} unread */
  update({ epoch, room, you }, { read, count }) {
    if (!epoch || !you) return;
    this.#me = you.id;
    const now = { ...this.#visit, title: titleOf(room), epoch, read, unread: count };
    if (JSON.stringify(now) !== JSON.stringify(this.#visit)) this.#timer ??= setTimeout(() => this.#save(), SAVE_MS);
    this.#visit = now;
    this.#ask();
  }

  #save() {
    if (this.#gone) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const stored = visits().find(({ room }) => room === this.#here);
    const { read, unread } = stored && stored.epoch === this.#visit.epoch && stored.read > this.#visit.read ? stored : this.#visit; // another tab read on
    write([{ ...this.#visit, read, unread }, ...visits().filter(({ room }) => room !== this.#here)]);
    this.#draw();
  }

  #draw() {
    const list = byId('rooms').querySelector('ul');
    const all = visits();
    byId('rooms').hidden = all.length < 2;
    byId('leave').hidden = all.length < 2 && this.#here === 'lobby';
    const drawn = JSON.stringify(all.map(({ room, title, unread }) => [room, title, room === this.#here || unread]));
    if (list.dataset.drawn === drawn) return;
    list.dataset.drawn = drawn;
    list.replaceChildren(...all.map((visit) => el('li', {}, linkTo(visit, visit.room === this.#here))));
  }

  async #ask() {
    if (!this.#me || document.hidden || Date.now() - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = Date.now();
    for (const { room } of visits().filter((visit) => visit.room !== this.#here).slice(0, ASKED)) {
      const answer = await fetch(`/api/rooms/${room}/messages?limit=${LATEST}`).catch(() => null);
      if (answer?.ok) this.#count(room, await answer.json());
    }
    this.#draw();
  }

  /** @param {string} name @param {{epoch: string, messages: Message[]}} page */
  #count(name, { epoch, messages }) {
    const all = visits(); // anew, for other tabs write too
    const visit = all.find(({ room }) => room === name);
    if (visit?.epoch !== epoch) return;
    visit.unread = messages.filter((m) => m.id > visit.read && isNews(m, this.#me)).length;
    write(all);
  }

  /** This browser does not come back here by itself. */
  forget() {
    this.#gone = true;
    write(visits().filter(({ room }) => room !== this.#here));
    this.#draw();
  }

  /** Those that somebody brings from another device. @param {{name: string, title: string}[]} rooms */
  know(rooms) {
    const known = visits();
    const fresh = rooms.filter(({ name }) => known.every(({ room }) => room !== name));
    write([...known, ...fresh.map(({ name: room, title }) => ({ room, title, at: Date.now(), epoch: null, read: 0, unread: 0 }))]);
    this.#draw();
  }

  leave() {
    this.forget();
    location.href = pathOf(visits()[0]?.room ?? 'lobby');
  }
}

/** @returns {Visit[]} */
function visits() {
  const all = recall(browser, VISITS);
  return Array.isArray(all) ? all : [];
}

/** @param {Visit[]} all */
function write(all) {
  remember(browser, VISITS, all.toSorted((a, b) => b.at - a.at).slice(0, KEPT));
}

/** @param {Visit} visit @param {boolean} isHere */
function linkTo({ room, title, unread }, isHere) {
  const link = el('a', { href: pathOf(room) }, el('bdi', {}, titleOf({ title, name: room })));
  if (isHere) link.setAttribute('aria-current', 'page');
  const count = unread < LATEST ? String(unread) : `${LATEST}+`;
  if (unread && !isHere) link.append(el('span', { className: 'unread', title: t('unread', { n: unread }) }, count));
  return link;
}

/** @param {string} room */
function pathOf(room) {
  return room === 'lobby' ? '/' : `/r/${room}`;
}

/** @returns {string} a room name one can say on the phone, and that nobody guesses: 50 bits */
function speakableName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const letters = [...bytes].map((byte, i) => {
    const set = i % 2 ? SYLLABLES.second : SYLLABLES.first;
    return set[byte % set.length];
  });
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}
