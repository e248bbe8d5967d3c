/** Building DOM nodes without ever passing through a string of HTML. */

/** @typedef {Record<string, any>} Properties  DOM properties; names with a dash become attributes. */

/** @param {string} name @param {Properties} [properties] @param {...(Node|string)} children @returns {any} */
export function el(name, properties = {}, ...children) {
  const node = /** @type {any} */ (document.createElement(name));
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-')) node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

/** Writing only what differs keeps selections, focus and screen readers undisturbed. @param {Element} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The element of index.html with this id, which must exist. @param {string} id @returns {any} */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
