/** Asking the server over HTTP, as this page: no other site's page can send its header. */

import { errorText, t } from './texts.js';

/** Milliseconds; the server answers sooner, or nobody does. */
const PATIENCE = 30_000;

/** The server's no. */
export class Refusal extends Error {
  status; code; content; retry_after;

  /** @param {number} status @param {{code?: string, content?: string, retry_after?: number}} problem */
  constructor(status, { code = '', content = '', retry_after }) {
    super(content);
    this.status = status;
    this.code = code;
    this.content = content;
    this.retry_after = retry_after;
  }
}

/**
 * @param {'GET'|'POST'|'DELETE'} method @param {string} path @param {object} [body]
 * @returns {Promise<any>} what it answered. Throws Refusal, or what `fetch` throws.
 */
export async function ask(method, path, body) {
  const answer = await fetch(path, {
    method, headers: { 'X-PocketRoom': '1', 'Content-Type': 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE),
    ...(body && { body: JSON.stringify(body) }),
  });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, said);
  return said;
}

/** What to tell of a try that failed. @param {unknown} why @returns {string} */
export function sentenceOf(why) {
  if (!(why instanceof Refusal) || !why.content) return t('not_connected');
  if (why.code === 'not_found') return t('not_there');
  return errorText({ code: why.code, content: why.content, key: why.code, retry_after: why.retry_after });
}
