/** A line to the room over a WebSocket. It is asked whether it lives, for it does not say so by itself. */

/** @implements {Transport} */
export class SocketLine {
  name = /** @type {const} */ ('websocket');
  silence = 0;
  /** @type {WebSocket|undefined} */ #socket;

  /** @param {string} room @param {() => URLSearchParams} query @param {TransportEvents} told */
  constructor(room, query, { onFrame, onLost }) {
    const url = new URL(`/ws/${room}?${query()}`, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    try {
      this.#socket = new WebSocket(url.href);
    } catch { // blocked by something in the browser
      queueMicrotask(() => onLost(1006));
      return;
    }
    this.#socket.onmessage = ({ data }) => onFrame(JSON.parse(data));
    this.#socket.onclose = ({ code }) => onLost(code);
  }

  /** @param {Frame} frame */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  close() {
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(4000);
  }
}
