/** What arrived while nobody looked: the count in the title, and where the "New" line stands. */

/** @typedef {import('./room_state.js').State} State */

export class Unread {
  count = 0;
  /** The "New" line stands after this message. @type {number|null} */
  after = null;
  /** @type {number|null} */ #read = null;
  /** @type {string|null} */ #epoch = null;

  /** @param {State} state @param {boolean} looking  the tab is in sight and at its end */
  update(state, looking) {
    if (state.epoch !== this.#epoch) [this.#epoch, this.#read, this.after] = [state.epoch, null, null];
    const last = state.messages.at(-1)?.id ?? 0;
    if (this.#read === null && state.epoch) this.#read = last;
    const read = this.#read ?? last;
    const unread = state.messages.filter((m) => m.id > read && isNews(m, state));
    if (unread.length && !looking) this.after ??= read;
    if (looking) this.#read = last;
    this.count = looking ? 0 : unread.length;
  }

  /** The line has served once I speak. */
  clear() {
    this.after = null;
  }
}

/** @param {import('./room_state.js').Message} message @param {State} state */
function isNews({ author, status }, state) {
  return author.kind !== 'system' && author.id !== state.you?.id && status !== 'deleted';
}
