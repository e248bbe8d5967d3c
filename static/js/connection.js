/** The page's connection to its room: find a transport that works, notice that it died, come back. It carries frames and does not read them. */

import { HttpLine } from './http_line.js';
import { browser, recall, remember, tab } from './memory.js';
import { SocketLine } from './socket_line.js';
import { t } from './texts.js';

const TRANSPORTS = { websocket: SocketLine, http: HttpLine };
/** What is remembered: in this browser what somebody chose, in this tab that only HTTP got through. */
const TRANSPORT = 'transport';
/** Milliseconds; each try waits a random part of its step, so that a restarted server is not met by all at once. */
const BACKOFF = [400, 800, 1500, 3000, 6000, 12000, 15000];
const PING_AFTER = 10_000;
/** With the ping's wait this makes 20 s of silence. */
const PATIENCE = 10_000;
/** On coming back to the tab nobody waits that long to learn that the line is dead. */
const SHORT_PATIENCE = 3_000;
/** Something on the way may swallow a WebSocket without a word. With a stream over HTTP that is kept back, too, this makes less than 5 s. */
const SWALLOWED = 2_500;
const WATCH = 500;
/** A line that lived this long was a good one: the next loss starts the backoff afresh. */
const STEADY = 5_000;
/** Between tries to get from HTTP back to a WebSocket, give or take a quarter. */
const PROBES = [5_000, 15_000, 60_000, 300_000];
/** Close codes that have a sentence of their own. */
const EXPLAINED = [1008, 1009];
/** Those of a door that stays shut until somebody does something about it. @type {Record<number, Door>} */
const DOORS = { 4501: 'signed_out', 4502: 'no_password', 4503: 'removed', 4504: 'not_found' };

export class Connection {
  #room; #query; #onFrame; #onLine;
  /** The one in use, or being tried. @type {Transport|null} */ #line = null;
  /** A WebSocket that is tried behind a good line over HTTP. @type {Transport|null} */ #probe = null;
  #probes = 0;
  #attempt = 0;
  /** When the welcome came; before it nothing may be sent. */
  #openedAt = 0;
  #heardAt = 0;
  #deadline = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #retry;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #probing;

  /**
   * @param {object} options
   * @param {string} options.room
   * @param {() => URLSearchParams} options.query  asked anew for each try, because the position moves
   * @param {(frame: Frame) => void} options.onFrame
   * @param {(line: Line) => void} options.onLine
   */
  constructor({ room, query, onFrame, onLine }) {
    this.#room = room;
    this.#query = query;
    this.#onFrame = onFrame;
    this.#onLine = onLine;
    setInterval(() => this.#watch(), WATCH);
    addEventListener('online', () => { this.#probes = 0; if (this.#line && !this.#openedAt) this.connect(); else this.check(); });
    addEventListener('pageshow', () => this.check());
    document.addEventListener('visibilitychange', () => document.hidden || this.check());
  }

  /** @returns {TransportName|'auto'} */
  get choice() {
    const chosen = recall(browser, TRANSPORT);
    return chosen in TRANSPORTS ? chosen : 'auto';
  }

  /** @param {TransportName|'auto'} choice */
  choose(choice) {
    remember(browser, TRANSPORT, choice);
    remember(tab, TRANSPORT, undefined);
    this.#attempt = this.#probes = 0;
    this.connect();
  }

  connect() {
    this.#try(this.choice !== 'auto' ? this.choice : recall(tab, TRANSPORT) === 'http' ? 'http' : 'websocket');
  }

  /** @param {Frame} frame @returns {boolean} whether it went out; if not, nothing keeps it */
  send(frame) {
    return Boolean(this.#openedAt && this.#line?.send(frame));
  }

  /** Something is missing on this line: come back and be welcomed. */
  renew() {
    if (this.#line) this.#lost(this.#line, 4000);
  }

  /** Connects now if the line is down, else finds out whether it still lives. */
  check() {
    if (this.#retry) return this.connect();
    this.#ping(SHORT_PATIENCE);
    this.#tryBack();
  }

  /** @param {TransportName} name */
  #try(name) {
    this.#drop();
    this.#onLine({ state: 'connecting' });
    this.#heardAt = Date.now();
    this.#deadline = this.#heardAt + (name === 'websocket' && this.choice === 'auto' ? SWALLOWED : PATIENCE);
    this.#line = this.#open(name);
  }

  /** @param {TransportName} name @returns {Transport} which tells nothing before it was returned */
  #open(name) {
    /** @type {Transport} */
    const line = new TRANSPORTS[name](this.#room, this.#query, {
      onFrame: (frame) => this.#heard(line, frame),
      onAnswer: (frame) => (frame.type !== 'pong' ? this.#onFrame(frame) : line === this.#line && this.#rest()),
      onLost: (code, why) => this.#lost(line, code, why),
    });
    return line;
  }

  /** @param {Transport} line @param {Frame} frame */
  #heard(line, frame) {
    if (line === this.#probe) this.#changeOver(line);
    if (line !== this.#line) return;
    this.#heardAt = Date.now();
    this.#rest();
    const isFirst = !this.#openedAt;
    this.#openedAt ||= this.#heardAt;
    this.#onFrame(frame);
    if (isFirst && this.#openedAt) this.#opened(line);
  }

  /** @param {Transport} line */
  #opened({ name }) {
    remember(tab, TRANSPORT, name === 'http' ? name : undefined);
    this.#onLine({ state: 'open', transport: name });
    if (name === 'http') this.#tryBackLater();
  }

  /** It lives. A line that breaks its silence by itself has to do so again in time. */
  #rest() {
    this.#deadline = this.#line?.silence ? this.#heardAt + this.#line.silence : 0;
  }

  #watch() {
    const now = Date.now();
    if (!this.#line) return;
    if (this.#deadline && now > this.#deadline) this.#lost(this.#line, 1006);
    else if (!this.#deadline && now - this.#heardAt >= PING_AFTER) this.#ping(PATIENCE);
  }

  /** @param {number} patience */
  #ping(patience) {
    if (this.send({ type: 'ping' })) this.#deadline = Math.min(this.#deadline || Infinity, Date.now() + patience);
  }

  /** @param {Transport} line @param {number} code @param {{reason?: string, wait?: number}} [why] */
  #lost(line, code, { reason, wait = 0 } = {}) {
    if (line === this.#probe) this.#tryBackLater();
    if (line !== this.#line) return;
    const lived = this.#openedAt && Date.now() - this.#openedAt;
    if (line.name === 'http' && !this.#openedAt) remember(tab, TRANSPORT, undefined);
    this.#drop();
    if (lived > STEADY) this.#attempt = 0;
    if (lived > STEADY) this.#probes = 0;
    if (line.name === 'websocket' && lived < STEADY && isNotOurs(code) && this.choice === 'auto') return this.#try('http');
    if (DOORS[code]) return this.#onLine({ state: 'closed', door: DOORS[code], reason });
    if (!comesBackAfter(code)) {
      this.#onLine({ state: 'closed', reason: reason ?? t(EXPLAINED.includes(code) ? `closed_${code}` : 'closed', { code }) });
      return;
    }
    const step = Math.random() * BACKOFF[Math.min(this.#attempt++, BACKOFF.length - 1)];
    this.#onLine({ state: 'away' });
    this.#retry = setTimeout(() => this.connect(), Math.max(step, wait));
  }

  #tryBackLater() {
    this.#stopProbe();
    const pause = PROBES[Math.min(this.#probes++, PROBES.length - 1)] * (0.75 + Math.random() / 2);
    this.#probing = setTimeout(() => this.#tryBack(), pause);
  }

  /** A hidden tab waits until somebody looks, which calls this again. */
  #tryBack() {
    if (!this.#openedAt || this.#line?.name !== 'http' || this.choice !== 'auto' || this.#probe || document.hidden) return;
    clearTimeout(this.#probing);
    this.#probing = setTimeout(() => this.#tryBackLater(), PATIENCE);
    this.#probe = this.#open('websocket');
  }

  /** Its first frame, a welcome, says what is missing since the last one that came by the old line. @param {Transport} line */
  #changeOver(line) {
    this.#probe = null;
    this.#drop();
    this.#line = line;
  }

  #stopProbe() {
    clearTimeout(this.#probing);
    this.#probe?.close();
    this.#probe = null;
  }

  #drop() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#openedAt = 0;
    this.#stopProbe();
    this.#line?.close();
    this.#line = null;
  }
}

/** Closed by the browser, or by something on the way: none of the codes with which the server says why. @param {number} code */
function isNotOurs(code) {
  return code < 1008;
}

/** @param {number} code */
function comesBackAfter(code) {
  return code === 1001 || code === 1006 || (code >= 1011 && code <= 1013) || (code >= 4000 && code <= 4499);
}
