/** The transcript: keyed rows, of which only a window around the reader is in the document. */

import { dayOf } from './dates.js';
import { el, setText } from './elements.js';
import { MessageRow } from './message_row.js';
import { Scroll } from './scroll.js';
import { isolated, t } from './texts.js';
import { shown, timeline } from './timeline.js';

/** Messages in the document, and by how many the window moves when the reader comes near its edge. */
const WINDOW = 300;
const STEP = 100;
const NEAR = 600;

export class Transcript {
  #list; #scroll; #onOlder;
  /** @type {Map<string, {element: HTMLElement, update: (item: any) => void}>} */ #rows = new Map();
  /** @type {State|null} */ #state = null;
  /** @type {Marks} */ #marks = { unreadAfter: null, target: null, names: null };
  /** The last message of the window; null: its end moves with the room's. @type {number|null} */ #lastId = null;
  #moving = false;

  /**
   * @param {object} options
   * @param {HTMLElement} options.scroller
   * @param {HTMLElement} options.list
   * @param {() => void} options.onOlder  the reader came near the oldest message held
   * @param {() => void} options.onMove
   */
  constructor({ scroller, list, onOlder, onMove }) {
    this.#list = list;
    this.#onOlder = onOlder;
    this.#scroll = new Scroll(scroller, list, () => { this.#reach(); onMove(); });
    list.addEventListener('keydown', (event) => this.#walk(event));
  }

  get following() {
    return this.#scroll.following;
  }

  /** @param {State} state @param {Marks} marks */
  update(state, marks) {
    this.#state = state;
    this.#marks = marks;
    const messages = this.#window(shown(state));
    this.#scroll.keepPlace(() => this.#place(timeline(state, messages, marks)));
    this.#reach();
  }

  toEnd() {
    this.#lastId = null;
    this.#scroll.followEnd();
    if (this.#state) this.update(this.#state, this.#marks);
  }

  /** @param {number} id a message that is held */
  show(id) {
    this.#scroll.following = false;
    const element = () => document.getElementById(`m${id}`);
    if (!element()) this.#moveTo(id);
    element()?.scrollIntoView({ block: 'center' });
    element()?.focus({ preventScroll: true });
    if (this.#lastId === null) this.#scroll.settle(); // where all is in sight, nothing scrolls
  }

  /** @param {Message[]} all */
  #window(all) {
    const last = this.#lastId === null ? -1 : all.findLastIndex((m) => m.id <= /** @type {number} */ (this.#lastId));
    const end = last < 0 ? all.length : last + 1;
    return all.slice(Math.max(0, end - WINDOW), end);
  }

  /** Moves the window, or asks for older messages, when the reader comes near an edge. */
  #reach() {
    if (!this.#state || this.#state.seq === null || this.#moving) return;
    if (this.#lastId !== null) this.#scroll.following = false;
    const all = shown(this.#state);
    const end = this.#lastId === null ? all.length : all.findLastIndex((m) => m.id <= /** @type {number} */ (this.#lastId)) + 1;
    if (this.#lastId !== null && this.#scroll.below < NEAR) this.#moveEnd(end + STEP, all);
    else if (this.#scroll.above < NEAR && end > WINDOW) this.#moveEnd(Math.max(end - STEP, WINDOW), all);
    else if (this.#scroll.above < NEAR && this.#state.from > 0) this.#onOlder();
  }

  /** @param {number} end @param {Message[]} all */
  #moveEnd(end, all) {
    this.#lastId = end >= all.length ? null : all[end - 1].id;
    this.#scroll.following = false;
    this.#moving = true; // one step at a time, or a scroller without a height would never come to rest
    if (this.#state) this.update(this.#state, this.#marks);
    this.#moving = false;
  }

  /** @param {number} id */
  #moveTo(id) {
    const all = shown(/** @type {State} */ (this.#state));
    const at = all.findIndex((m) => m.id === id);
    if (at >= 0) this.#moveEnd(Math.max(WINDOW, at + STEP), all);
  }

  /** @param {Item[]} items */
  #place(items) {
    const keys = new Set(items.map((item) => item.key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    let at = this.#list.firstChild;
    for (const item of items) {
      const { element } = this.#row(item);
      if (element === at) at = at.nextSibling;
      else this.#list.insertBefore(element, at);
    }
    this.#keepTabStop();
  }

  /** @param {Item} item */
  #row(item) {
    let row = this.#rows.get(item.key);
    if (!row) this.#rows.set(item.key, row = item.kind === 'message' ? new MessageRow() : new LineRow(item.kind));
    row.update(item);
    return row;
  }

  /** One row can be reached by Tab, the last or the one that was reached; the arrows walk from there. */
  #keepTabStop() {
    if (this.#list.contains(document.activeElement)) return;
    const [stop, last] = [this.#list.querySelector('.message[tabindex="0"]'), [...this.#list.querySelectorAll('.message')].at(-1)];
    if (stop === last) return;
    stop?.setAttribute('tabindex', '-1');
    last?.setAttribute('tabindex', '0');
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches('.message') || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    const rows = /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('.message')]);
    const next = rows[rows.indexOf(row) + (event.key === 'ArrowUp' ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

/** A line between messages: a day, who came and went, where the reader left off, the beginning. */
class LineRow {
  element;

  /** @param {string} kind */
  constructor(kind) {
    this.element = el('li', { className: `row ${kind}` }, el('span'));
  }

  /** @param {Item} item */
  update(item) {
    setText(this.element.firstElementChild, words(item));
  }
}

/** @param {Item} item */
function words(item) {
  if (item.kind === 'day') return dayOf(item.ts);
  if (item.kind === 'new') return t('new');
  if (item.kind === 'top') return t(item.whole ? 'beginning' : 'loading');
  if (item.kind !== 'notes') return '';
  return item.notes.map(({ member, did, was = '' }) => t(did, { name: isolated(member.name), was: isolated(was) })).join(' · ');
}
