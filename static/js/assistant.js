/** When the assistant speaks, as far as a page can tell before it does. The server decides (nodes.addressed). */

import { find, streaming } from './room_state.js';
import { t } from './texts.js';

/** @param {State} state @param {string} content @param {number} [reply_to] @returns {boolean} */
export function willAnswer(state, content, reply_to) {
  const { speaks = 'auto' } = state.room;
  if (speaks === 'always' || speaks === 'never') return speaks === 'always';
  if (speaks === 'auto' && state.count <= 1) return true;
  return isNamed(state.room.assistant ?? '', content) || find(state, reply_to)?.author.kind === 'assistant';
}

/** The questions that came while it was answering another one. @param {State} state @returns {Set<number>} */
export function waitingQuestions(state) {
  const answer = streaming(state);
  if (!answer) return new Set();
  const takenBack = new Set(state.messages.filter((m) => m.author.kind === 'system').map((m) => m.reply_to));
  const later = state.messages.filter((m) => m.id > answer.id && m.author.kind === 'human' && m.status === 'complete'
    && !m.by && !takenBack.has(m.id) && willAnswer(state, m.content, m.reply_to));
  return new Set(later.map((m) => m.id));
}

/** @param {State} state @param {boolean} answers @returns {string} what the composer says of it */
export function manners(state, answers) {
  const { speaks = 'auto', assistant: name = t('assistant') } = state.room;
  return t(answers ? 'asking' : speaks === 'never' ? 'silent' : 'mention', { name });
}

/** @param {string} name @param {string} content */
export function isNamed(name, content) {
  if (!name || !content.toLowerCase().includes(name.toLowerCase())) return false;
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_-])@?${literal}(?![\\p{L}\\p{N}_-])`, 'iu').test(content);
}
