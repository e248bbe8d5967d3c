/** Days and times, in the reader's zone and language. */

import { locale, t } from './texts.js';

const TIME = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const FULL = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_AND_YEAR = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });

/** @param {number} ts */
export const timeOf = (ts) => TIME.format(ts);

/** @param {number} ts */
export const fullTimeOf = (ts) => FULL.format(ts);

/** @param {number} ts */
export function dayOf(ts) {
  const [day, today] = [new Date(ts), new Date()];
  if (day.toDateString() === today.toDateString()) return t('today');
  return (day.getFullYear() === today.getFullYear() ? DAY : DAY_AND_YEAR).format(day);
}
