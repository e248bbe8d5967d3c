/** Finding words in this room; what is found leads to its message. */

import { timeOf, dayOf, fullTimeOf } from './dates.js';
import { byId, el } from './elements.js';
import { withoutMarks } from './markdown.js';
import { t } from './texts.js';

/** After the last key: nobody needs the results of half a word. */
const PAUSE_MS = 250;

export class Search {
  #room; #onShow;
  #dialog = byId('search'); #text = byId('search-text');
  #asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /** @param {string} room @param {(id: number) => void} onShow */
  constructor(room, onShow) {
    this.#room = room;
    this.#onShow = onShow;
    this.#text.addEventListener('input', () => this.#askSoon(PAUSE_MS));
    this.#dialog.querySelector('form').addEventListener('submit', (/** @type {Event} */ event) => { event.preventDefault(); this.#askSoon(0); });
    byId('results').addEventListener('click', (/** @type {MouseEvent} */ event) => this.#choose(event));
  }

  open() {
    this.#dialog.showModal();
    this.#text.select();
    this.#askSoon(0);
  }

  /** @param {number} pause */
  #askSoon(pause) {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#timer = setTimeout(() => this.#ask(this.#text.value.trim()), pause);
  }

  /** @param {string} words */
  async #ask(words) {
    if (!words) return this.#draw([], '');
    const { signal } = this.#asking = new AbortController();
    try {
      const answer = await fetch(`/api/rooms/${this.#room}/search?q=${encodeURIComponent(words)}`, { signal });
      if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
      const { messages = [], more = false } = await answer.json();
      this.#draw(messages, t(more ? 'search_more' : messages.length ? 'search_found' : 'search_none', { n: messages.length }));
    } catch {
      if (!signal.aborted) this.#draw([], t('search_failed'));
    }
  }

  /** @param {Found[]} found @param {string} told */
  #draw(found, told) {
    byId('found').textContent = told;
    byId('results').replaceChildren(...found.map(({ id, ts, author, excerpt }) => el('li', {}, el('a', { href: `#m${id}` },
      el('bdi', { className: 'name' }, author.name), ' ',
      el('time', { dateTime: new Date(ts).toISOString(), title: fullTimeOf(ts) }, `${dayOf(ts)}, ${timeOf(ts)}`),
      el('span', { dir: 'auto' }, ...excerpt.map((part, i) => (i % 2 ? el('mark', {}, part) : withoutMarks(part))))))));
  }

  /** @param {MouseEvent} event */
  #choose(event) {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#dialog.close();
    this.#onShow(Number(link.hash.slice(2)));
  }
}
