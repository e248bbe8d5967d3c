/** What a screen reader hears: that an answer began and the finished answer, people's messages; never each token. */

import { el } from './elements.js';

/** @typedef {import('./room_state.js').State} State */

const KEPT = 6;
/** More than this at once, as after a long absence, is told as a number. */
const MANY = 3;

export class Announcements {
  #region;
  /** @type {number|null} */ #heard = null;
  /** @type {string|null} */ #epoch = null;
  /** @type {Set<number>} */ #answers = new Set();

  /** @param {HTMLElement} region with aria-live */
  constructor(region) {
    this.#region = region;
  }

  /** @param {State} state */
  update(state) {
    if (state.epoch !== this.#epoch) [this.#epoch, this.#heard] = [state.epoch, null];
    const heard = this.#heard ?? Infinity;
    const fresh = state.messages.filter((m) => m.id > heard && m.author.id !== state.you?.id);
    if (fresh.length > MANY) this.#say(`${fresh.length} new messages`);
    for (const { id, author, content, status } of fresh) {
      if (status === 'streaming') this.#say(`${author.name} is answering`);
      else if (fresh.length <= MANY) this.#say(author.kind === 'system' ? content : `${author.name}: ${content}`);
    }
    this.#heard = state.messages.at(-1)?.id ?? (state.epoch ? 0 : null);
    this.#finish(state);
  }

  /** @param {State} state */
  #finish({ messages }) {
    for (const { id, author, content, status } of messages) {
      if (status === 'streaming') this.#answers.add(id);
      else if (this.#answers.delete(id)) this.#say(`${author.name}: ${spoken(content)}`);
    }
  }

  /** @param {string} text */
  #say(text) {
    this.#region.append(el('p', {}, text));
    while (this.#region.children.length > KEPT) this.#region.firstElementChild?.remove();
  }
}

/** @param {string} markdown without the marks that only eyes can use */
function spoken(markdown) {
  return markdown.replace(/[*_`#>|~]+/g, '');
}
