/** One quiet line that tells a newcomer how far their words reach; once for each kind of room, until they wrote or looked. */

import { byId, setText } from './elements.js';
import { browser, recall, remember } from './memory.js';
import { t } from './texts.js';

const KNOWN = 'reach';

export class Reach {
  /** @type {Access|undefined} */ #access;

  /** @param {State} state */
  update({ room: { access } }) {
    this.#access = access;
    byId('reach').hidden = !access || recall(browser, KNOWN)?.[access] === true;
    setText(byId('reach'), access ? t(`reach_${access}`) : '');
  }

  /** They know now. */
  told() {
    if (!this.#access) return;
    remember(browser, KNOWN, { ...recall(browser, KNOWN), [this.#access]: true });
    byId('reach').hidden = true;
  }
}
