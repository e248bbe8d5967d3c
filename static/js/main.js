/** The page: frames are folded into the state, the state is drawn, and what people do goes back as frames. */

import { brought, takeSecret } from './arrival.js'; // before all others: see there
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { byId } from './elements.js';
import { browser, recall, remember, tab } from './memory.js';
import { Mentions } from './mentions.js';
import { MessageActions } from './message_actions.js';
import { more } from './more.js';
import { Notifications } from './notifications.js';
import { Reach } from './reach.js';
import { canConfigure } from './rights.js';
import { addPage, apply, discard, find, initialState, OUTBOX_LIMIT, queue, trim, unanswered } from './room_state.js';
import { RoomSettings } from './room_settings.js';
import { RoomView } from './room_view.js';
import { Rooms } from './rooms.js';
import { errorText, isolated, t, titleOf, translatePage } from './texts.js';
import { Transcript } from './transcript.js';
import { Unread } from './unread.js';

/** Messages held while the reader is at the end; older ones are loaded again when they scroll up. */
const HELD = 500;
/** Held at most while the reader is further up; beyond it they are taken back to the end. */
const MOST_HELD = 20_000;
/** In one page of history: as the reader scrolls, and on the way to a message that was linked to. */
const PAGE = 50;
const WAY = 500;
/** After a history page, or coming in, failed; and when a page does not come. */
const RETRY_MS = 3000;
const PAGE_TIMEOUT_MS = 30_000;
/** For a hidden tab, which is drawn only for its title. */
const HIDDEN_MS = 500;
const NAME = 'name';
/** Their button goes away with what they do, and the focus must not go with it. */
const LEAVING = ['delete', 'discard', 'retry', 'stop'];

const room = location.pathname.match(/^\/r\/([^/]+)/)?.[1] ?? 'lobby';
const OUTBOX = `outbox:${room}`;

let state = initialState(recall(tab, OUTBOX));
let drawing = false;
/** The page of history that is on its way. @type {Promise<boolean>|null} */
let loading = null;
/** The message that the address names, once it was shown. @type {number|null} */
let target = null;
/** On the way to it nothing is let go, or the way would never end. @type {number|null} */
let seeking = null;
/** @type {import('./search.js').Search|undefined} */
let search;
/** What was asked for and not answered yet, by key. @type {Map<string, Frame>} */
const requests = new Map();
/** What the address brought, until the server took or refused it. */
let secret = brought;
/** What came of that. @type {Outcome|null} */
let outcome = null;
/** Panels that are open. @type {Set<() => void>} */
const watching = new Set();

translatePage();
byId('title').querySelector('bdi').textContent = titleOf({ name: room });
const connection = new Connection({ room, query, onFrame: receive, onLine });
const view = new RoomView({
  onRename: (title) => request({ type: 'configure', title }),
  onName: rename,
  onStop: (id) => { request({ type: 'stop', id }); composer.focus(); },
  onTry: (text) => composer.write(state.count > 1 ? `${state.room.assistant}, ${text}` : text),
  onReconnect: () => (secret ? enter() : connection.check()),
  onTransport: (choice) => connection.choose(choice),
});
const transcript = new Transcript({ scroller: byId('scroller'), list: byId('transcript'), onOlder: () => loadOlder(PAGE), onMove: draw });
const composer = new Composer(room, {
  onSend: say,
  onEdit: (id, content) => request({ type: 'edit', id, content }),
  onTyping: (on) => state.count > 1 && state.count <= 100 && connection.send({ type: 'typing', on }),
  onDraft: (frame) => connection.send(frame),
});
const settings = new RoomSettings((setting, value) => request({ type: 'configure', [setting]: value }));
const mentions = new Mentions();
const rooms = new Rooms(room);
const unread = new Unread(rooms.left);
const reach = new Reach();
const notifications = new Notifications();
new MessageActions(byId('transcript'), act);

for (const kind of ['md', 'jsonl']) byId(`export-${kind}`).href = `/api/rooms/${room}/export.${kind}`;
byId('open-search').addEventListener('click', openSearch);
byId('leave').addEventListener('click', () => (state.room.access === 'invited' ? openPanel('people', 'leave') : rooms.leave()));
document.addEventListener('click', ({ target }) => {
  const { opens, part } = (target instanceof Element ? /** @type {HTMLElement|null} */ (target.closest('[data-opens]')) : null)?.dataset ?? {};
  if (opens) openPanel(opens, part);
});
addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  openSearch();
});
byId('to-end').addEventListener('click', () => { toEnd(); composer.focus(); draw(); });
document.addEventListener('visibilitychange', draw);
visualViewport?.addEventListener('resize', fit);
addEventListener('hashchange', () => {
  secret = takeSecret() ?? secret;
  if (secret) enter();
  else showTarget();
});
setInterval(() => state.typing.some(({ until }) => until > Date.now() - 2000) && draw(), 1000);
view.showChoice(connection.choice);
enter();

/** Where the on-screen keyboard covers the page instead of shrinking it, the page shrinks itself. */
function fit() {
  const { height, scale } = /** @type {VisualViewport} */ (visualViewport);
  if (scale === 1) document.body.style.setProperty('--height', `${height}px`);
  scrollTo(0, 0);
}

/** Nobody needs it for their first words, so it is loaded when it is. */
async function openSearch() {
  try {
    const { Search } = await import('./search.js');
    search ??= new Search(room, goTo);
    search.open();
  } catch {
    view.notice(t('search_failed'));
  }
}

/** @type {Here} */
const here = {
  room, openPanel, enter,
  state: () => state,
  forget: () => rooms.forget(),
  leave: () => rooms.leave(),
  know: (list) => rooms.know(list),
  watch: (look) => { watching.add(look); return () => watching.delete(look); },
};

/** One of the panels about people and who may come in. @param {string} name of its module @param {string} [part] */
async function openPanel(name, part) {
  if (name === 'readers') reach.told();
  try {
    (await more(name)).open(here, part);
  } catch {
    byId('drawer').close();
    view.notice(t('not_connected'));
  }
}

/** What the address brought is shown to the server before the room is entered. */
async function enter() {
  try {
    outcome = secret && await (await more('secrets')).present(secret, here);
    if (outcome === 'signed_out' || outcome === 'no_password') return shut(outcome);
    secret = null;
    connection.connect();
  } catch {
    view.showLine({ state: 'away' });
    setTimeout(enter, RETRY_MS);
  }
}

/** What was read in the room does not stay in the page, but for what I have not sent yet. @param {Door} door @param {string} [reason] */
async function shut(door, reason) {
  const wasIn = state.epoch !== null;
  change(initialState(state.outbox));
  if (door === 'removed' || door === 'not_found') rooms.forget();
  try {
    (await more('doors')).shut(here, { door, wasIn, isTurnedDown: outcome === 'turned_down', reason });
  } catch { // the page still has a sentence for it
    view.showLine({ state: 'closed', reason: reason ?? t('not_connected') });
  }
}

/** Who I am and what I have: with what each line to the room begins. */
function query() {
  const name = recall(browser, NAME);
  return new URLSearchParams({ ...(name && { name }), ...(state.epoch !== null && { after: String(state.seq), epoch: state.epoch }) });
}

/** @param {Frame} frame */
function receive(frame) {
  const isFirst = state.epoch === null;
  change(apply(state, frame, Date.now()));
  if (state.reconnect) connection.renew();
  else if (frame.type === 'welcome') welcomed();
  else if (frame.type === 'ack') requests.delete(frame.key);
  else if (frame.type === 'draft') composer.hear(frame);
  else if (frame.type === 'error') refused(/** @type {any} */ (frame));
  if (isFirst && state.epoch !== null) showTarget();
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
  if (seeking === null && state.messages.length > MOST_HELD) transcript.toEnd();
  if (seeking === null && transcript.following && state.messages.length > HELD + 100) state = trim(state, HELD);
  unread.update(state, !document.hidden && transcript.following);
  mentions.update(state);
  transcript.update(state, { unreadAfter: unread.after, target, names: mentions.names });
  view.update(state, unread, transcript.following);
  composer.update(state);
  settings.update(state.room, canConfigure(state));
  reach.update(state);
  for (const look of watching) look();
  rooms.update(state, unread);
  notifications.update(state, unread.fresh);
}

/** @param {Line} line */
function onLine(line) {
  view.showLine(line);
  if (line.door) shut(line.door, line.reason);
  if (line.state === 'open' || !requests.size) return;
  for (const frame of requests.values()) reopen(frame);
  requests.clear();
  view.notice(t('lost'));
}

/** @param {string} content @param {number} [reply_to] */
function say(content, reply_to) {
  if (state.outbox.length >= OUTBOX_LIMIT) {
    composer.write(content);
    if (reply_to) composer.reply(reply_to);
    view.notice(t('outbox_full', { n: OUTBOX_LIMIT }));
    return;
  }
  post({ key: newKey(), content, ts: Date.now(), author: state.you?.id ?? null, ...(reply_to && { reply_to }) });
  unread.clear();
  reach.told();
  toEnd();
}

/** Whatever message the address named, it is left now. */
function toEnd() {
  [target, seeking] = [null, null];
  if (location.hash) history.replaceState(null, '', location.pathname);
  transcript.toEnd();
}

/** @param {Pending} pending */
function post(pending) {
  change(queue(state, pending));
  sendMessage(pending);
}

/** @param {Pending} pending */
function sendMessage({ key, content, reply_to }) {
  connection.send({ type: 'message', key, content, ...(reply_to && { reply_to }) });
}

function welcomed() {
  resend();
  if (outcome === 'followed') view.notice(t('followed', { name: isolated(state.you?.name ?? '') }));
  if (outcome === 'link_refused') view.notice(t('link_refused'));
  outcome = null;
}

/** What nobody answered goes out again under its key, which makes sending it twice sending it once. */
function resend() {
  unanswered(state).forEach(sendMessage);
  const strangers = state.outbox.filter((p) => !p.failed && p.author !== null && p.author !== state.you?.id);
  for (const pending of strangers) change(queue(state, { ...pending, failed: t('error_stranger'), code: 'stranger' }));
}

/** @param {Frame} frame */
function request(frame) {
  const key = newKey();
  if (connection.send({ ...frame, key })) {
    requests.set(key, frame);
    return;
  }
  reopen(frame);
  view.notice(t('not_connected'));
}

/** @param {{key: string, code: string, content: string, retry_after?: number}} error */
function refused(error) {
  const { key, code } = error;
  if (code === 'bad_name') remember(browser, NAME, undefined);
  const frame = requests.get(key);
  requests.delete(key);
  const isDone = frame?.type === 'stop' && code === 'not_running';
  if (isDone) return;
  if (frame) reopen(frame);
  view.notice(errorText(error));
}

/** An edit that did not arrive is not lost, and a setting is what it was. @param {Frame} frame */
function reopen(frame) {
  if (frame.type === 'configure') settings.redraw();
  const message = frame.type === 'edit' ? find(state, frame.id) : undefined;
  if (message && !composer.editing) composer.edit(message, frame.content);
}

/** @param {Action} action @param {MessageItem} item */
async function act(action, { message, pending }) {
  if (action === 'reply') composer.reply(message.id);
  else if (action === 'edit') composer.edit(message);
  else if (action === 'ask' || action === 'stop') request({ type: action, id: message.id });
  else if (action === 'show' && message.reply_to) goTo(message.reply_to);
  else if (action === 'discard' && pending) change(discard(state, pending.key));
  else if (action === 'retry' && pending) retry(pending);
  else if (action === 'delete') {
    if (!await view.confirmDelete(message.author.id === state.you?.id ? 'delete' : 'remove')) return;
    request({ type: 'delete', id: message.id });
  }
  if (LEAVING.includes(action)) composer.focus();
}

/**
 * Under the same key, so that it cannot come twice; unless that key is taken, or was somebody else's.
 * @param {Pending} pending
 */
function retry({ key, content, ts, reply_to, code }) {
  const again = { content, ts, author: state.you?.id ?? null, ...(reply_to && { reply_to }) };
  if (code !== 'key_conflict' && code !== 'stranger') return post({ key, ...again });
  change(discard(state, key));
  post({ key: newKey(), ...again });
}

/** @param {number} id */
function goTo(id) {
  if (location.hash === `#m${id}`) showTarget();
  else location.hash = `m${id}`;
}

/** Leads to the message that the address names, and marks it. */
async function showTarget() {
  const id = Number(location.hash.match(/^#m(\d{1,15})$/)?.[1]);
  target = id || null;
  if (!id) return draw();
  seeking = id;
  while (seeking === id && id < state.from && await loadOlder(WAY));
  drawNow();
  if (seeking !== id) return;
  if (find(state, id) && id >= state.from) transcript.show(id);
  else view.notice(t(id < state.from ? 'not_connected' : 'error_not_found'));
  seeking = null;
}

/** @param {number} limit @returns {Promise<boolean>} whether there is more now */
function loadOlder(limit) {
  if (!state.epoch || !state.from) return Promise.resolve(false);
  return loading ??= loadPage(limit);
}

/** @param {number} limit */
async function loadPage(limit) {
  const asked = { epoch: /** @type {string} */ (state.epoch), from: state.from, generation: state.generation };
  try {
    const answer = await fetch(`/api/rooms/${room}/messages?before=${asked.from}&limit=${limit}`, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    change(addPage(state, asked, await answer.json()));
    loading = null;
    return true;
  } catch {
    setTimeout(() => { loading = null; draw(); }, RETRY_MS);
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
