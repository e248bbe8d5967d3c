/** One line to the room: connect, notice that it died, come back. It carries frames and does not read them. */

import { t } from './texts.js';

/** Milliseconds; each try waits a random part of its step, so that a restarted server is not met by all at once. */
const BACKOFF = [400, 800, 1500, 3000, 6000, 12000, 15000];
const PING_AFTER = 10_000;
/** With the ping's wait this makes 20 s of silence. */
const PATIENCE = 10_000;
/** On coming back to the tab nobody waits that long to learn that the line is dead. */
const SHORT_PATIENCE = 3_000;
/** A line that lived this long was a good one: the next loss starts the backoff afresh. */
const STEADY = 5_000;
/** Close codes that have a sentence of their own. */
const EXPLAINED = [1008, 1009];

export class Connection {
  #address; #onFrame; #onLine;
  /** @type {WebSocket|null} */ #socket = null;
  #attempt = 0;
  /** When the welcome came; before it nothing may be sent. */
  #openedAt = 0;
  #heardAt = 0;
  #deadline = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #retry;

  /**
   * @param {object} options
   * @param {() => string} options.address  asked anew for each try, because the position moves
   * @param {(frame: Frame) => void} options.onFrame
   * @param {(line: Line) => void} options.onLine
   */
  constructor({ address, onFrame, onLine }) {
    this.#address = address;
    this.#onFrame = onFrame;
    this.#onLine = onLine;
    setInterval(() => this.#watch(), 1000);
    addEventListener('online', () => (this.#socket && !this.#openedAt ? this.connect() : this.check()));
    addEventListener('pageshow', () => this.check());
    document.addEventListener('visibilitychange', () => document.hidden || this.check());
  }

  connect() {
    this.#drop();
    this.#onLine({ state: 'connecting' });
    this.#heardAt = Date.now();
    this.#deadline = this.#heardAt + PATIENCE;
    const socket = this.#socket = new WebSocket(this.#address());
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ code }) => this.#lost(code);
  }

  /** @param {Frame} frame @returns {boolean} whether it went out; if not, nothing keeps it */
  send(frame) {
    if (!this.#openedAt || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Something is missing on this line: come back and be welcomed. */
  renew() {
    this.#lost(4000);
  }

  /** Connects now if the line is down, else finds out whether it still lives. */
  check() {
    if (this.#retry) this.connect();
    else this.#ping(SHORT_PATIENCE);
  }

  /** @param {string} data */
  #heard(data) {
    this.#heardAt = Date.now();
    this.#deadline = 0;
    const isFirst = !this.#openedAt;
    this.#openedAt ||= this.#heardAt;
    this.#onFrame(JSON.parse(data));
    if (isFirst && this.#openedAt) this.#onLine({ state: 'open' });
  }

  #watch() {
    const now = Date.now();
    if (!this.#socket) return;
    if (this.#deadline && now > this.#deadline) this.renew();
    else if (!this.#deadline && now - this.#heardAt >= PING_AFTER) this.#ping(PATIENCE);
  }

  /** @param {number} patience */
  #ping(patience) {
    if (this.send({ type: 'ping' })) this.#deadline = Math.min(this.#deadline || Infinity, Date.now() + patience);
  }

  /** @param {number} code */
  #lost(code) {
    const lived = this.#openedAt && Date.now() - this.#openedAt;
    this.#drop();
    if (!comesBackAfter(code)) {
      this.#onLine({ state: 'closed', reason: t(EXPLAINED.includes(code) ? `closed_${code}` : 'closed', { code }) });
      return;
    }
    if (lived > STEADY) this.#attempt = 0;
    const wait = Math.random() * BACKOFF[Math.min(this.#attempt++, BACKOFF.length - 1)];
    this.#onLine({ state: 'away' });
    this.#retry = setTimeout(() => this.connect(), wait);
  }

  #drop() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#openedAt = 0;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(4000);
  }
}

/** @param {number} code */
function comesBackAfter(code) {
  return code === 1001 || code === 1006 || (code >= 1011 && code <= 1013) || (code >= 4000 && code <= 4499);
}
