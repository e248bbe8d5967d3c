/**
 * The secret that an address may bring: an invitation to this room, or a link from another device of somebody's.
 * It is taken out of the address before anything else happens, and kept nowhere but here.
 */

/** @returns {Secret|null} */
export function takeSecret() {
  const [, kind, secret] = location.hash.match(/^#(invite|link)=(.*)$/) ?? [];
  if (!kind) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return { kind: /** @type {Secret['kind']} */ (kind), secret };
}

export const brought = takeSecret();
