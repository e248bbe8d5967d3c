/** Everything around the transcript: title, people, line, what goes on, what is unread. */

import { Announcements } from './announcements.js';
import { copyFrom } from './clipboard.js';
import { byId, el, setText } from './elements.js';
import { makeEditable } from './editable.js';
import { streaming } from './room_state.js';
import { shown } from './timeline.js';

/**
 * @typedef {import('./room_state.js').State} State
 * @typedef {import('./connection.js').Line} Line
 * @typedef {object} Handlers
 * @property {(title: string) => void} onRename
 * @property {(name: string) => void} onName
 * @property {(id: number) => void} onStop
 * @property {(text: string) => void} onTry
 * @property {() => void} onReconnect
 */

/** A short loss heals itself and is not worth a word. */
const QUIET_MS = 5000;
const NOTICE_MS = 8000;
const SYLLABLES = { first: 'bdfghjklmnprstvz', second: 'aeiou' };

export class RoomView {
  #handlers;
  #announcements = new Announcements(byId('announcements'));
  /** @type {number|undefined} */ #answer;
  /** @type {Line} */ #line = { state: 'connecting' };
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #bannerTimer;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #noticeTimer;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    makeEditable(byId('title').firstElementChild, { label: 'Title of this room', limit: 100, onChange: handlers.onRename });
    makeEditable(byId('me').querySelector('button'), { label: 'Your name', limit: 32, onChange: handlers.onName });
    byId('stop').addEventListener('click', () => this.#answer && handlers.onStop(this.#answer));
    byId('banner').querySelector('button').addEventListener('click', () => (this.#line.state === 'closed' ? location.reload() : handlers.onReconnect()));
    this.#offerLinks();
    this.#openDrawer();
  }

  /** @param {State} state @param {{unread: number, following: boolean}} reader */
  update(state, { unread, following }) {
    this.#drawTitle(state, unread);
    this.#drawPeople(state);
    this.#drawActivity(state);
    this.#drawInvitation(state);
    byId('to-end').hidden = following;
    setText(byId('to-end'), unread ? `${unread} new ${unread === 1 ? 'message' : 'messages'}` : 'To the latest');
    this.#announcements.update(state);
  }

  /** @param {Line} line */
  showLine(line) {
    this.#line = line;
    document.body.dataset.line = line.state;
    if (line.state === 'connecting' || line.state === 'away') {
      this.#bannerTimer ??= setTimeout(() => this.#drawBanner('Not connected. Trying to come back…', 'Try now'), QUIET_MS);
      return;
    }
    clearTimeout(this.#bannerTimer);
    this.#bannerTimer = undefined;
    byId('banner').hidden = line.state === 'open';
    if (line.state === 'closed') this.#drawBanner(line.reason ?? '', 'Reload');
  }

  /** @param {string} sentence */
  notice(sentence) {
    const notice = byId('notice');
    notice.textContent = sentence;
    notice.hidden = false;
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => { notice.hidden = true; }, NOTICE_MS);
  }

  /** @returns {Promise<boolean>} */
  confirmDelete() {
    const dialog = byId('confirm');
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'delete'), { once: true }));
  }

  /** @param {State} state @param {number} unread */
  #drawTitle({ room, seq }, unread) {
    const title = room.title || room.name;
    if (seq === null) return;
    setText(byId('title').querySelector('bdi'), title);
    document.title = `${unread ? `(${unread}) ` : ''}${title} · PocketRoom`;
  }

  /** @param {State} state */
  #drawPeople({ members, count, you }) {
    if (!you) return;
    setText(byId('me').querySelector('bdi'), you.name);
    setText(byId('count'), String(count));
    setText(byId('bar-count'), `${count} here`);
    const others = members.filter((m) => m.id !== you.id).map((m) => ({ ...m, note: '' }));
    const names = [{ ...you, note: ' (you)' }, ...others];
    const drawn = JSON.stringify(names) + count;
    const list = byId('members');
    if (list.dataset.drawn === drawn) return;
    list.dataset.drawn = drawn;
    list.replaceChildren(...names.map(({ name, note }) => el('li', {}, el('bdi', {}, name), note)));
    if (count > names.length) list.append(el('li', { className: 'more' }, `and ${count - names.length} more`));
  }

  /** @param {State} state */
  #drawActivity(state) {
    const answer = streaming(state);
    this.#answer = answer?.id;
    byId('stop').hidden = !answer;
    setText(byId('answering'), answer ? `${answer.author.name} is ${answer.content ? 'answering' : 'thinking'}` : '');
    const names = state.typing.filter((t) => t.until > Date.now()).map((t) => `\u2068${t.member.name}\u2069`);
    setText(byId('typing'), !names.length ? '' : names.length > 3 ? 'Several people are typing'
      : `${new Intl.ListFormat(undefined).format(names)} ${names.length === 1 ? 'is' : 'are'} typing`);
  }

  /** @param {State} state */
  #drawInvitation(state) {
    const empty = state.seq !== null && state.from === 0 && !state.outbox.length && !shown(state).length;
    byId('invitation').hidden = !empty;
    byId('transcript').hidden = empty;
    setText(byId('invitation-try'), `Or begin with ${state.room.assistant ?? 'the assistant'}, who is here already:`);
  }

  /** @param {string} sentence @param {string} offer */
  #drawBanner(sentence, offer) {
    const banner = byId('banner');
    setText(banner.firstElementChild, sentence);
    setText(banner.lastElementChild, offer);
    banner.hidden = false;
  }

  #offerLinks() {
    const link = location.origin + location.pathname;
    for (const place of document.querySelectorAll('.link')) place.textContent = link.replace(/^https?:\/\//, '');
    const copyButtons = [byId('copy-link'), byId('bar-copy-link'), byId('invitation').querySelector('.button')];
    for (const button of copyButtons) button.addEventListener('click', () => copyFrom(button, link));
    byId('share-link').hidden = !navigator.share;
    byId('share-link').addEventListener('click', () => navigator.share({ title: document.title, url: link }).catch(() => {}));
    byId('new-room').href = `/r/${speakableName()}`;
    for (const suggestion of byId('invitation').querySelectorAll('li button')) {
      suggestion.addEventListener('click', () => this.#handlers.onTry(suggestion.textContent));
    }
  }

  /** Where there is no room for the side, a dialog borrows it: it traps the focus and gives it back by itself. */
  #openDrawer() {
    const [side, drawer] = [byId('side'), byId('drawer')];
    const place = side.parentElement;
    byId('open-side').addEventListener('click', () => { drawer.append(side); drawer.showModal(); });
    drawer.addEventListener('close', () => place.append(side));
    drawer.querySelector('.close').addEventListener('click', () => drawer.close());
    drawer.addEventListener('click', (/** @type {MouseEvent} */ { target }) => { if (target === drawer) drawer.close(); });
    matchMedia('(min-width: 60rem)').addEventListener('change', () => drawer.close());
  }
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
