/** What a screen reader hears: that an answer began and the finished answer, people's messages; never each token. */

import { el } from './elements.js';
import { withoutMarks } from './markdown.js';
import { t } from './texts.js';

const KEPT = 6;
/** More than this at once, as after a long absence, is told as a number. */
const MANY = 3;

export class Announcements {
  #region;
  /** @type {Set<number>} */ #answers = new Set();

  /** @param {HTMLElement} region with aria-live */
  constructor(region) {
    this.#region = region;
  }

  /** @param {Message[]} messages @param {Message[]} fresh what others wrote since the last time */
  update(messages, fresh) {
    if (fresh.length > MANY) this.#say(t('new_messages', { n: fresh.length }));
    for (const { author, content, status } of fresh.filter((m) => m.status !== 'deleted')) {
      if (status === 'streaming') this.#say(t('answering', { name: author.name }));
      else if (fresh.length <= MANY) this.#say(author.kind === 'system' ? content : `${author.name}: ${withoutMarks(content)}`);
    }
    for (const { id, author, content, status } of messages) {
      if (status === 'streaming') this.#answers.add(id);
      else if (this.#answers.delete(id)) this.#say(`${author.name}: ${withoutMarks(content)}`);
    }
  }

  /** @param {string} text */
  #say(text) {
    this.#region.append(el('p', {}, text));
    while (this.#region.children.length > KEPT) this.#region.firstElementChild?.remove();
  }
}
