/** What I may do here, by my role and by what the room allows. The server decides; this keeps from offering what it would refuse. Pure. */

/** @param {State} state whether I may write, change and ask */
export function canWrite({ you, room }) {
  return you?.role !== 'reader' && !room.closed;
}

/** @param {State} state whether I may change the room and its assistant */
export function canConfigure({ you }) {
  return you?.role !== 'reader';
}

/** @param {State} state */
export function isOwner({ you }) {
  return you?.role === 'owner';
}
