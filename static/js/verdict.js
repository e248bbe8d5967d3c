/** Whether it will answer what is being written: asked of the server, which alone decides, while somebody pauses in typing. */

/** After the last key; and after what changed in the room, which may change often. */
const PAUSE_MS = 100;
const ROOM_MS = 300;

export class Verdict {
  #send; #ref = 0;
  /** What the last question was about, or the next one will be. @type {unknown[]} */ #about = [];
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** Undefined until the server said so for the first time. @type {boolean|undefined} */ answers;

  /** @param {(frame: Frame) => unknown} send  what is lost on the way is asked again after the next welcome */
  constructor(send) {
    this.#send = send;
  }

  /** @param {State} state @param {string} text @param {number} [reply_to] */
  consider({ room, members, seq, limits }, text, reply_to) {
    const content = text.slice(0, limits.content).toWellFormed(); // what the server would refuse as a frame
    const about = [content, reply_to, room, members, ...(content.trim() ? [seq] : [])]; // an empty message goes on from nothing
    if (about.length === this.#about.length && about.every((each, i) => each === this.#about[i])) return;
    const isTyped = content !== this.#about[0];
    this.#about = about;
    const isSettled = room.speaks === 'always' || room.speaks === 'never';
    if (isTyped || isSettled) this.#stop();
    if (isSettled) [this.#ref, this.answers] = [this.#ref + 1, room.speaks === 'always'];
    else this.#timer ??= setTimeout(() => this.#ask(), this.answers === undefined ? 0 : isTyped ? PAUSE_MS : ROOM_MS);
  }

  /** What is written is no draft just now. */
  pause() {
    this.#stop();
    this.#about = [];
  }

  /** @param {Frame} frame of which only the answer to the last question counts */
  hear({ ref, answers }) {
    if (ref === this.#ref) this.answers = answers;
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #ask() {
    this.#stop();
    if (document.hidden) return this.pause();
    const [content, reply_to] = this.#about;
    this.#send({ type: 'draft', content, ref: ++this.#ref, ...(reply_to ? { reply_to } : {}) });
  }
}
