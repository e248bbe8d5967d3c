/** Server-Sent Events out of bytes that come in pieces of any size; of their fields the room uses `data` and `id`. Pure. */

/** UTF-16 units of one event that has not ended: a welcome, with all of its text escaped, has fewer. */
const LONGEST = 4 << 20;

export class EventStream {
  #decoder = new TextDecoder();
  #rest = '';
  /** @type {string[]} */ #data = [];
  #id = '';

  /** @param {Uint8Array} bytes @returns {{data: string, id: string}[]} the events that ended with them */
  take(bytes) {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/); // a \r at the end may be half of a \r\n
    this.#rest = lines.pop() ?? '';
    const events = lines.map((line) => this.#read(line)).filter((event) => event !== undefined);
    if (this.#rest.length + this.#data.join().length > LONGEST) throw new RangeError('an event without an end');
    return events;
  }

  /** @param {string} line */
  #read(line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    if (line || !this.#data.length) return undefined;
    const data = this.#data.join('\n');
    this.#data = [];
    return { data, id: this.#id };
  }
}
