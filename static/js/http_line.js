/** A line to the room over HTTP: its frames come as a stream of events or, where a proxy keeps that back, by long polling; ours are posted. */

import { EventStream } from './event_stream.js';

/** Milliseconds until a stream that brought nothing is taken for kept back. */
const KEPT_BACK = 1500;
/** The server sends a pong every 5 s; a poll without news lasts about 20 s. */
const SILENCE = 20_000;
const POLL = 30_000;
/** The server answers a frame within 30 s. */
const POST = 40_000;
/** Frames that wait to be posted: a full outbox, and what people can click meanwhile. More ends the line, and the page sends again. */
const WAITING = 100;
/** The codes with which a socket would be closed for the same reason. @type {Record<string, number>} */
const DOORS = { signed_out: 4501, no_password: 4502, forbidden: 4503, not_found: 4504 };
const HEADERS = { 'X-PocketRoom': '1' }; // which no foreign page can send

/** @implements {Transport} */
export class HttpLine {
  name = /** @type {const} */ ('http');
  #base; #query; #told;
  #end = new AbortController();
  #isHeard = false;
  #polls = false;
  /** The last change that came. */
  #seq = 0;
  /** The first of them is on its way. @type {Frame[]} */ #waiting = [];

  /** @param {string} room @param {() => URLSearchParams} query @param {TransportEvents} told */
  constructor(room, query, told) {
    this.#base = `/api/rooms/${room}`;
    this.#query = query;
    this.#told = told;
    this.#listen();
  }

  get silence() {
    return this.#polls ? POLL : SILENCE;
  }

  /** @param {Frame} frame */
  send(frame) {
    if (frame.key && this.#waiting.some(({ key }) => key === frame.key)) return true;
    if (this.#waiting.length === WAITING) this.#lose(1006);
    if (this.#end.signal.aborted) return false;
    this.#waiting = this.#waiting.filter(({ key, type }, i) => !i || key || type !== frame.type); // of drafts and the like the latest counts
    if (this.#waiting.push(frame) === 1) this.#post();
    return true;
  }

  /** What waits is posted all the same, in its order: the page does not know yet that it must send it again. */
  close() {
    this.#end.abort();
  }

  async #listen() {
    const impatience = new AbortController();
    setTimeout(() => this.#isHeard || impatience.abort(), KEPT_BACK);
    try {
      await this.#read(impatience.signal).catch((why) => {
        if (!impatience.signal.aborted) throw why;
        this.#polls = true;
      });
      while (this.#polls && !this.#end.signal.aborted) await this.#read(AbortSignal.timeout(POLL));
    } catch { /* the network, or what is no stream of ours */ }
    this.#lose(1006);
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    const answer = await fetch(`${this.#base}/events?${this.#asked()}`, { headers: HEADERS, cache: 'no-store', signal: AbortSignal.any([signal, this.#end.signal]) });
    if (!answer.ok) return this.#refused(answer);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
    const events = new EventStream();
    let isOurs = false;
    for (let part = await reader.read(); part.value; part = await reader.read()) {
      for (const event of events.take(part.value)) isOurs = this.#hear(event);
    }
    if (!isOurs) throw new TypeError('no event');
  }

  /** A poll waits for news, but who is not in yet is to be welcomed at once: their last change is told again. */
  #asked() {
    const query = this.#query();
    const after = Number(query.get('after'));
    if (this.#polls) query.set('poll', 'true');
    if (this.#polls && !this.#isHeard) after ? query.set('after', String(after - 1)) : query.delete('epoch');
    return query;
  }

  /** @param {{data: string, id: string}} event */
  #hear({ data, id }) {
    const frame = JSON.parse(data);
    this.#seq = Number(id.split('.').pop());
    if (!this.#polls && (frame.type === 'welcome' || frame.type === 'pong')) this.#beat();
    queueMicrotask(() => this.#told.onFrame(frame)); // apart: a fault of the page is none of the line
    return (this.#isHeard = true);
  }

  /** Shows that we are still here, which nothing on the way would tell; not in the line of frames, in which it might wait. */
  #beat() {
    fetch(`${this.#base}/frames`, { method: 'POST', headers: HEADERS, body: '{"type":"ping"}', signal: AbortSignal.timeout(SILENCE) }).catch(() => {});
  }

  /** What our server does not want it says in words; what a proxy says may be different soon. @param {Response} answer */
  async #refused(answer) {
    const { content, code, retry_after } = await answer.json().catch(() => ({}));
    const isFinal = content && answer.status < 500 && answer.status !== 408 && answer.status !== 429;
    const wait = Number(retry_after ?? answer.headers.get('retry-after')) || 0;
    this.#lose(isFinal ? DOORS[code] ?? answer.status : 1006, { reason: content, wait: wait * 1000 });
  }

  async #post() {
    for (let frame; (frame = this.#waiting[0]); this.#waiting.shift()) {
      try {
        const body = JSON.stringify(frame);
        const answer = await fetch(`${this.#base}/frames`, { method: 'POST', headers: HEADERS, body, signal: AbortSignal.timeout(POST) });
        if (answer.status === 204 || !(answer.ok || frame.key)) continue; // nobody waits for it, nor misses it
        const said = await answer.json();
        if (!answer.ok && !said.content) throw new TypeError('not the words of our server');
        if (answer.status === 503 && said.retry_after) throw new TypeError('not now'); // it is sent again over the next line
        this.#answered(answer.ok ? said : { ...said, type: 'error', key: frame.key });
      } catch {
        if (!frame.key) continue;
        this.#waiting = [];
        this.#lose(1006);
      }
    }
  }

  /** Our number may be behind for a moment: then only what comes by the stream proves that it lives. @param {Frame} answer */
  #answered(answer) {
    if (answer.type !== 'pong' || answer.seq <= this.#seq) queueMicrotask(() => this.#told.onAnswer(answer));
  }

  /** @param {number} code @param {{reason?: string, wait?: number}} [why] */
  #lose(code, why) {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    this.#told.onLost(code, why);
  }
}
