/** What an answer without a word does, and for how long: for the eye alone, nobody hears each step. */

import { el, setText } from './elements.js';
import { t } from './texts.js';

/** So long it is nothing to wonder about. */
const PATIENCE_MS = 3000;

export class Thinking {
  #since = Date.now(); #heard = Date.now();
  /** @type {Progress|undefined} */ #progress;
  #words = el('span', {}, t('thinking_here'));
  #seconds = el('span', { className: 'seconds', 'aria-hidden': 'true' });
  #bar = el('progress', { max: 100, hidden: true });
  element = el('span', { className: 'thinking' }, this.#words, this.#seconds, this.#bar);
  #timer = setInterval(() => (this.element.isConnected ? this.#count() : clearInterval(this.#timer)), 1000); // else the row is gone, or has words

  /** @param {Progress|undefined} progress */
  update(progress) {
    if (progress === this.#progress) return;
    [this.#progress, this.#heard] = [progress, Date.now()];
    const { content, percent } = progress ?? {};
    this.#words.replaceChildren(content ? el('bdi', {}, content) : t('thinking_here'));
    this.#bar.hidden = percent === undefined;
    this.#bar.value = percent ?? 0;
    this.#bar.ariaLabel = this.#words.textContent;
    this.#count();
  }

  #count() {
    const now = Date.now();
    setText(this.#seconds, now - this.#heard < PATIENCE_MS ? '' : ` ${t('seconds', { n: Math.floor((now - this.#since) / 1000) })}`);
  }
}
