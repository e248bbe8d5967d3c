/** Everything around the transcript: title, people, line, what goes on, what is unread. */

import { Announcements } from './announcements.js';
import { copyFrom } from './clipboard.js';
import { byId, el, setText } from './elements.js';
import { makeEditable } from './editable.js';
import { streaming } from './room_state.js';
import { isolated, locale, t } from './texts.js';
import { shown } from './timeline.js';

/**
 * @typedef {object} Handlers
 * @property {(title: string) => void} onRename
 * @property {(name: string) => void} onName
 * @property {(id: number) => void} onStop
 * @property {(text: string) => void} onTry
 * @property {() => void} onReconnect
 * @property {(choice: TransportName|'auto') => void} onTransport
 */

/** A short loss heals itself and is not worth a word. */
const QUIET_MS = 5000;
const NOTICE_MS = 8000;
const LISTED_TYPISTS = 3;

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
    makeEditable(byId('title').firstElementChild, { label: t('room_title'), limit: 100, onChange: handlers.onRename });
    makeEditable(byId('me').querySelector('button'), { label: t('your_name'), limit: 32, onChange: handlers.onName });
    byId('stop').addEventListener('click', () => this.#answer && handlers.onStop(this.#answer));
    byId('banner').querySelector('button').addEventListener('click', () => (this.#line.state === 'closed' ? location.reload() : handlers.onReconnect()));
    byId('transport').addEventListener('change', () => handlers.onTransport(byId('transport').value));
    this.#offerLinks();
    openDrawer();
    for (const dialog of document.querySelectorAll('dialog')) closeOnOutside(dialog);
  }

  /** @param {State} state @param {{count: number, fresh: Message[]}} unread @param {boolean} following */
  update(state, { count, fresh }, following) {
    this.#drawTitle(state, count);
    this.#drawPeople(state);
    this.#drawActivity(state);
    this.#drawInvitation(state);
    byId('to-end').hidden = following;
    setText(byId('to-end'), count ? t('new_messages', { n: count }) : t('to_end'));
    this.#announcements.update(state.messages, fresh);
  }

  /** @param {Line} line */
  showLine(line) {
    this.#line = line;
    document.body.dataset.line = line.state;
    if (line.state === 'connecting' || line.state === 'away') {
      this.#bannerTimer ??= setTimeout(() => this.#drawBanner(t(byId('transport').value === 'auto' ? 'away' : 'away_held'), t('try_now')), QUIET_MS);
      return;
    }
    clearTimeout(this.#bannerTimer);
    this.#bannerTimer = undefined;
    if (byId('banner').contains(document.activeElement)) byId('text').focus();
    byId('banner').hidden = line.state === 'open';
    if (line.transport) document.body.dataset.transport = line.transport;
    this.#drawState(line.transport ?? 'offline');
    if (line.state === 'closed') this.#drawBanner(line.reason ?? '', t('reload'));
  }

  /** @param {TransportName|'auto'} choice */
  showChoice(choice) {
    byId('transport').value = choice;
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
    if (seq === null) return;
    const title = room.title || room.name;
    setText(byId('title').querySelector('bdi'), title);
    const full = `${unread ? `(${unread}) ` : ''}${title} · PocketRoom`;
    if (document.title !== full) document.title = full;
  }

  /** @param {State} state */
  #drawPeople({ you, members, count }) {
    if (!you) return;
    setText(byId('me').querySelector('bdi'), you.name);
    setText(byId('count'), String(count));
    setText(byId('bar-count'), String(count));
    byId('open-side').ariaLabel = byId('open-side').title = `${t('about_room')}, ${t('people', { n: count })}`;
    const names = [{ ...you, note: ` ${t('you')}` }, ...members.filter(({ id }) => id !== you.id).map((other) => ({ ...other, note: '' }))];
    const drawn = JSON.stringify(names) + count;
    const list = byId('members');
    if (list.dataset.drawn === drawn) return;
    list.dataset.drawn = drawn;
    list.replaceChildren(...names.map(({ name, note }) => el('li', {}, el('bdi', {}, name), note)));
    if (count > names.length) list.append(el('li', { className: 'more' }, t('more_members', { n: count - names.length })));
  }

  /** @param {State} state */
  #drawActivity(state) {
    const answer = streaming(state);
    this.#answer = answer?.id;
    byId('stop').hidden = !answer;
    setText(byId('answering'), answer ? t(answer.content ? 'answering' : 'thinking', { name: answer.author.name }) : '');
    const names = state.typing.filter(({ until }) => until > Date.now()).map(({ member }) => isolated(member.name));
    const listed = { names: new Intl.ListFormat(locale).format(names) };
    setText(byId('typing'), !names.length ? '' : names.length > LISTED_TYPISTS ? t('several_typing') : t(names.length > 1 ? 'are_typing' : 'is_typing', listed));
  }

  /** @param {State} state */
  #drawInvitation(state) {
    const empty = state.seq !== null && state.from === 0 && !state.outbox.length && !shown(state).length;
    byId('invitation').hidden = !empty;
    byId('transcript').hidden = empty;
    setText(byId('invitation-try'), t('invitation_try', { name: state.room.assistant ?? t('assistant') }));
  }

  /** @param {string} sentence @param {string} offer */
  #drawBanner(sentence, offer) {
    const banner = byId('banner');
    setText(banner.firstElementChild, sentence);
    setText(banner.lastElementChild, offer);
    banner.hidden = false;
    this.#drawState('offline');
  }

  /** @param {TransportName|'offline'} state */
  #drawState(state) {
    document.body.classList.toggle('lost', state === 'offline');
    for (const place of document.querySelectorAll('.state')) setText(place, t(`line_${state}`));
  }

  #offerLinks() {
    const link = location.origin + location.pathname;
    for (const place of document.querySelectorAll('.link')) place.textContent = link.replace(/^https?:\/\//, '');
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('.copy-link'))) button.addEventListener('click', () => copyFrom(button, link));
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('.share'))) {
      button.hidden = !navigator.share;
      button.addEventListener('click', () => navigator.share({ title: document.title, url: link }).catch(() => {}));
    }
    for (const suggestion of byId('invitation').querySelectorAll('li button')) {
      suggestion.addEventListener('click', () => this.#handlers.onTry(suggestion.textContent));
    }
  }
}

/** Where there is no room for the side, a dialog borrows it: it traps the focus and gives it back by itself. */
function openDrawer() {
  const [side, drawer] = [byId('side'), byId('drawer')];
  const place = side.parentElement;
  byId('open-side').addEventListener('click', () => { drawer.append(side); drawer.showModal(); });
  drawer.addEventListener('close', () => place.append(side));
  matchMedia('(min-width: 60rem)').addEventListener('change', () => drawer.close());
}

/** @param {HTMLDialogElement} dialog */
function closeOnOutside(dialog) {
  dialog.querySelector('.close')?.addEventListener('click', () => dialog.close());
  dialog.addEventListener('pointerdown', ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    if (target === dialog && (x < left || x > right || y < top || y > bottom)) dialog.close();
  });
}
