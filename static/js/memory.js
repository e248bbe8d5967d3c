/** What this browser remembers. A full or forbidden storage costs only the remembering. */

/** @param {Storage|null} storage @param {string} key @returns {any} undefined if there is nothing */
export function recall(storage, key) {
  try {
    return JSON.parse(storage?.getItem(`pocketroom:${key}`) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {Storage|null} storage @param {string} key @param {unknown} value undefined forgets */
export function remember(storage, key, value) {
  try {
    if (value === undefined) storage?.removeItem(`pocketroom:${key}`);
    else storage?.setItem(`pocketroom:${key}`, JSON.stringify(value));
  } catch { /* see above */ }
}

/** All that was ever remembered. */
export function forgetAll() {
  for (const storage of [browser, tab]) {
    for (const key of Object.keys(storage ?? {}).filter((name) => name.startsWith('pocketroom:'))) storage?.removeItem(key);
  }
}

/** For this browser, until it is cleared. */
export const browser = storageOf('localStorage');
/** For this tab, across reloads. */
export const tab = storageOf('sessionStorage');

/** @param {'localStorage'|'sessionStorage'} name @returns {Storage|null} */
function storageOf(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}
