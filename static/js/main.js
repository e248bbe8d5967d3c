/** The page: frames are folded into the state, the state is drawn, and what people do goes back as frames. */

import { waitingQuestions } from './assistant.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { byId } from './elements.js';
import { browser, recall, remember, tab } from './memory.js';
import { MessageActions } from './message_actions.js';
import { addPage, apply, discard, find, initialState, OUTBOX_LIMIT, queue, trim, unanswered } from './room_state.js';
import { RoomView } from './room_view.js';
import { Transcript } from './transcript.js';
import { Unread } from './unread.js';

/** @typedef {import('./room_state.js').State} State */

/** Messages held while the reader is at the end; older ones are loaded again when they scroll up. */
const HELD = 500;
/** After a history page failed. */
const RETRY_PAGE_MS = 3000;
/** For a hidden tab, which is drawn only for its title. */
const HIDDEN_MS = 500;
const NAME = 'name';

const room = location.pathname.match(/^\/r\/([^/]+)/)?.[1] ?? 'lobby';
const OUTBOX = `outbox:${room}`;

let state = initialState(recall(tab, OUTBOX));
let drawing = false;
let loadingPage = false;
/** What was asked for and not answered yet, by key. @type {Map<string, import('./room_state.js').Frame>} */
const requests = new Map();

const connection = new Connection({ address, onFrame: receive, onLine });
const view = new RoomView({
  onRename: (title) => request({ type: 'configure', title }),
  onName: rename,
  onStop: (id) => request({ type: 'stop', id }),
  onTry: (text) => composer.write(text),
  onReconnect: () => connection.check(),
});
const transcript = new Transcript({ scroller: byId('scroller'), list: byId('transcript'), onOlder: loadOlder, onMove: draw });
const composer = new Composer(room, {
  onSend: say,
  onEdit: (id, content) => request({ type: 'edit', id, content }),
  onTyping: (on) => state.count > 1 && state.count <= 100 && connection.send({ type: 'typing', on }),
});
const unread = new Unread();
new MessageActions(byId('transcript'), act);

byId('to-end').addEventListener('click', () => { transcript.toEnd(); composer.focus(); draw(); });
document.addEventListener('visibilitychange', draw);
visualViewport?.addEventListener('resize', fit);
setInterval(() => state.typing.length && draw(), 1000);
connection.connect();

/** Where the on-screen keyboard covers the page instead of shrinking it, the page shrinks itself. */
function fit() {
  const { height, scale } = /** @type {VisualViewport} */ (visualViewport);
  if (scale === 1) document.body.style.setProperty('--height', `${height}px`);
  scrollTo(0, 0);
}

function address() {
  const url = new URL(`/ws/${room}`, location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const name = recall(browser, NAME);
  if (name) url.searchParams.set('name', name);
  if (state.epoch !== null) {
    url.searchParams.set('after', String(state.seq));
    url.searchParams.set('epoch', state.epoch);
  }
  return url.href;
}

/** @param {import('./room_state.js').Frame} frame */
function receive(frame) {
  change(apply(state, frame, Date.now()));
  if (state.reconnect) connection.renew();
  else if (frame.type === 'welcome') resend();
  else if (frame.type === 'ack') requests.delete(frame.key);
  else if (frame.type === 'error') refused(frame);
}

/** @param {State} next */
function change(next) {
  if (next.outbox !== state.outbox) remember(tab, OUTBOX, next.outbox);
  state = next;
  draw();
}

/** However many frames come, the page is drawn once per frame of the screen; a hidden tab gets none of those. */
function draw() {
  if (drawing) return;
  drawing = true;
  const frame = requestAnimationFrame(now);
  const timer = setTimeout(now, HIDDEN_MS);
  function now() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    drawing = false;
    drawNow();
  }
}

function drawNow() {
  if (transcript.following && state.messages.length > HELD + 100) state = trim(state, HELD);
  unread.update(state, !document.hidden && transcript.following);
  transcript.update(state, { unreadAfter: unread.after, waiting: waitingQuestions(state) });
  view.update(state, { unread: unread.count, following: transcript.following });
  composer.update(state);
}

/** @param {import('./connection.js').Line} line */
function onLine(line) {
  view.showLine(line);
  if (line.state !== 'away' || !requests.size) return;
  for (const frame of requests.values()) reopen(frame);
  requests.clear();
  view.notice('The connection was lost. What you did last may not have happened.');
}

/** @param {string} content @param {number} [reply_to] */
function say(content, reply_to) {
  if (state.outbox.length >= OUTBOX_LIMIT) {
    composer.write(content);
    view.notice(`${OUTBOX_LIMIT} messages already wait to be sent.`);
    return;
  }
  post({ key: newKey(), content, ts: Date.now(), author: state.you?.id ?? null, ...(reply_to && { reply_to }) });
  unread.clear();
  transcript.toEnd();
}

/** @param {import('./room_state.js').Pending} pending */
function post(pending) {
  change(queue(state, pending));
  sendMessage(pending);
}

/** @param {import('./room_state.js').Pending} pending */
function sendMessage({ key, content, reply_to }) {
  connection.send({ type: 'message', key, content, ...(reply_to && { reply_to }) });
}

/** What nobody answered goes out again under its key, which makes sending it twice sending it once. */
function resend() {
  unanswered(state).forEach(sendMessage);
  const strangers = state.outbox.filter((p) => !p.failed && p.author !== null && p.author !== state.you?.id);
  for (const pending of strangers) {
    change(queue(state, { ...pending, failed: 'The room no longer knows you as who wrote this.', code: 'forbidden' }));
  }
}

/** @param {import('./room_state.js').Frame} frame */
function request(frame) {
  const key = newKey();
  if (connection.send({ ...frame, key })) {
    requests.set(key, frame);
    return;
  }
  reopen(frame);
  view.notice('Not connected just now. Try again in a moment.');
}

/** @param {import('./room_state.js').Frame} frame */
function refused({ key, code, content }) {
  if (code === 'bad_name') remember(browser, NAME, undefined);
  const frame = requests.get(key);
  requests.delete(key);
  const isDone = frame?.type === 'stop' && code === 'not_running';
  if (isDone || state.outbox.some((p) => p.key === key)) return;
  if (frame) reopen(frame);
  view.notice(content);
}

/** An edit that did not arrive is not lost. @param {import('./room_state.js').Frame} frame */
function reopen(frame) {
  const message = frame.type === 'edit' ? find(state, frame.id) : undefined;
  if (message) composer.edit(message, frame.content);
}

/** @param {import('./message_actions.js').Action} action @param {import('./timeline.js').MessageItem} item */
async function act(action, { message, pending }) {
  if (action === 'reply') composer.reply(message.id);
  else if (action === 'edit') composer.edit(message);
  else if (action === 'ask' || action === 'stop') request({ type: action, id: message.id });
  else if (action === 'show' && message.reply_to) show(message.reply_to);
  else if (action === 'delete' && await view.confirmDelete()) request({ type: 'delete', id: message.id });
  else if (action === 'discard' && pending) change(discard(state, pending.key));
  else if (action === 'retry' && pending) retry(pending);
}

/**
 * Under the same key, so that it cannot come twice; unless that key is taken, or was somebody else's.
 * @param {import('./room_state.js').Pending} pending
 */
function retry({ key, content, ts, reply_to, code }) {
  const again = { content, ts, author: state.you?.id ?? null, ...(reply_to && { reply_to }) };
  if (code !== 'key_conflict' && code !== 'forbidden') return post({ key, ...again });
  change(discard(state, key));
  post({ key: newKey(), ...again });
}

/** @param {number} id */
async function show(id) {
  while (!find(state, id) || id < state.from) {
    if (state.from === 0 || !(await loadOlder())) return;
    drawNow();
  }
  transcript.show(id);
}

/** @returns {Promise<boolean>} whether there is more now */
async function loadOlder() {
  if (loadingPage || !state.epoch || !state.from) return false;
  loadingPage = true;
  const asked = { epoch: state.epoch, from: state.from, generation: state.generation };
  try {
    const answer = await fetch(`/api/rooms/${room}/messages?before=${asked.from}&limit=50`);
    if (!answer.ok) throw new Error(String(answer.status));
    change(addPage(state, asked, await answer.json()));
    loadingPage = false;
    return true;
  } catch {
    setTimeout(() => { loadingPage = false; draw(); }, RETRY_PAGE_MS);
    return false;
  }
}

/** @param {string} name */
function rename(name) {
  remember(browser, NAME, name);
  connection.connect();
}

/** On plain http from another machine there is no `crypto.randomUUID`. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
