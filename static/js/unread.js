/** What is new: since the page last drew, and since the reader last looked. */

export class Unread {
  count = 0;
  /** The "New" line stands after this message. @type {number|null} */
  after = null;
  /** Everything up to this message was in sight. */
  read = 0;
  /** What others wrote since the last update. @type {Message[]} */
  fresh = [];
  #heard = 0;
  #left;
  /** @type {string|null} */ #epoch = null;

  /** @param {{epoch: string, read: number}|undefined} left  where this browser left the room */
  constructor(left) {
    this.#left = left;
  }

  /** @param {State} state @param {boolean} looking  the tab is in sight and at its end */
  update(state, looking) {
    const last = state.messages.at(-1)?.id ?? 0;
    const entered = state.epoch !== this.#epoch;
    if (entered) {
      this.read = this.#left?.epoch === state.epoch ? this.#left?.read ?? last : last;
      [this.#epoch, this.#heard, this.after] = [state.epoch, last, null];
    }
    this.fresh = later(state.messages, this.#heard).filter((m) => m.author.id !== state.you?.id);
    this.#heard = last;
    const unread = later(state.messages, this.read).filter((m) => isNews(m, state.you?.id));
    if (unread.length && (entered || (!looking && !this.count))) this.after = this.read;
    if (looking) this.read = last;
    this.count = looking ? 0 : unread.length;
  }

  /** The line has served once I speak. */
  clear() {
    this.after = null;
  }
}

/** @param {Message} message @param {string|undefined} me */
export function isNews({ author, status }, me) {
  return author.kind !== 'system' && author.id !== me && status !== 'deleted';
}

/** @param {Message[]} messages @param {number} id */
function later(messages, id) {
  return messages.slice(messages.findLastIndex((m) => m.id <= id) + 1);
}
