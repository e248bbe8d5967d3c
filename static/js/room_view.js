/** Everything around the transcript: title, people, line, what goes on, what is unread. */

import { Announcements } from './announcements.js';
import { copyFrom } from './clipboard.js';
import { closeOnOutside } from './dialogs.js';
import { byId, el, setText } from './elements.js';
import { makeEditable } from './editable.js';
import { canConfigure, canWrite } from './rights.js';
import { streaming } from './room_state.js';
import { isolated, locale, t, titleOf } from './texts.js';
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
    this.#drawAccess(state);
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
    byId('banner').hidden = line.state === 'open' || line.door !== undefined;
    if (line.transport) document.body.dataset.transport = line.transport;
    this.#drawState(line.transport ?? 'offline');
    if (line.state === 'closed' && !line.door) this.#drawBanner(line.reason ?? '', t('reload'));
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

  /** @param {'delete'|'remove'} act my own message, or somebody else's @returns {Promise<boolean>} */
  confirmDelete(act) {
    const dialog = byId('confirm');
    setText(byId('confirm-title'), t(act === 'delete' ? 'delete_title' : 'remove_title'));
    setText(dialog.querySelector('.danger'), t(act));
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'delete'), { once: true }));
  }

  /** @param {State} state @param {number} unread */
  #drawTitle({ room, seq }, unread) {
    if (seq === null) return;
    const title = titleOf(room);
    setText(byId('title').querySelector('bdi'), title);
    const full = `${unread ? `(${unread}) ` : ''}${title} · PocketRoom`;
    if (document.title !== full) document.title = full;
  }

  /** What only some see is chosen by the style. @param {State} state */
  #drawAccess(state) {
    const { you, room: { access } } = state;
    if (!access || !you) return;
    const { dataset } = document.body;
    [dataset.access, dataset.role, dataset.writes] = [access, you.role ?? 'member', String(canWrite(state))];
    byId('title').querySelector('button').disabled = !canConfigure(state);
    byId('access').hidden = false;
    byId('access').title = t('who_reads');
    setText(byId('access').lastElementChild, t(access === 'open' ? 'open_room' : 'by_invitation'));
  }

  /** @param {State} state */
  #drawPeople({ you, members, count }) {
    if (!you) return;
    setText(byId('me').querySelector('bdi'), you.name);
    setText(byId('count'), String(count));
    setText(byId('bar-count'), String(count));
    byId('open-side').ariaLabel = byId('open-side').title = `${t('about_room')}, ${t('people', { n: count })}`;
    const names = [{ ...you, note: ` ${t('you')}` }, ...members.filter(({ id }) => id !== you.id).map((other) => ({ ...other, note: '' }))]
      .map(({ role, ...member }) => ({ ...member, role: role === 'owner' || role === 'reader' ? t(`role_${role}`) : '' }));
    const drawn = JSON.stringify(names) + count;
    const list = byId('members');
    if (list.dataset.drawn === drawn) return;
    list.dataset.drawn = drawn;
    list.replaceChildren(...names.map(({ name, note, role }) => el('li', {}, el('bdi', {}, name), note, ...(role ? [' ', el('span', { className: 'role' }, role)] : []))));
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
