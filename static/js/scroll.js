/** Where the reader is: following the end, or somewhere above, where nothing may move under their eyes. */

/** Nearer to the end than this counts as being there. */
const AT_END = 100;
/** While somebody scrolls up, the end does not pull them back. */
const LETTING_GO = 250;

export class Scroll {
  #scroller; #content;
  #letGoUntil = 0;
  #height = 0;
  following = true;

  /** @param {HTMLElement} scroller @param {HTMLElement} content whose children are the rows @param {() => void} onMove */
  constructor(scroller, content, onMove) {
    this.#scroller = scroller;
    this.#content = content;
    const letGo = () => { this.#letGoUntil = performance.now() + LETTING_GO; };
    scroller.addEventListener('wheel', ({ deltaY }) => { if (deltaY < 0) letGo(); }, { passive: true });
    scroller.addEventListener('touchmove', letGo, { passive: true });
    scroller.addEventListener('scroll', () => { this.settle(); onMove(); }, { passive: true });
    const resized = new ResizeObserver(() => this.following && this.#pull());
    resized.observe(scroller);
    resized.observe(content);
  }

  /** How far the reader is from the top of what is drawn. */
  get above() {
    return this.#scroller.scrollTop;
  }

  /** How far the reader is from the end of what is drawn. */
  get below() {
    return this.#distance();
  }

  /** Whether they follow is seen from where they are. */
  settle() {
    this.following = this.#distance() <= AT_END;
  }

  /** From the next change on. */
  followEnd() {
    [this.following, this.#letGoUntil, this.#height] = [true, 0, 0];
  }

  /**
   * Makes changes to the rows; the reader stays at the end, or at the row they are looking at, to the pixel.
   * @param {() => void} change
   */
  keepPlace(change) {
    if (this.following) {
      change();
      if (this.#scroller.scrollHeight !== this.#height) this.#pull(); // else their own scrolling would be undone
      return;
    }
    const row = this.#rowInSight();
    const was = row?.getBoundingClientRect().top ?? 0;
    change();
    if (row?.isConnected) this.#scroller.scrollTop += row.getBoundingClientRect().top - was;
  }

  #pull() {
    if (performance.now() < this.#letGoUntil || this.#content.hidden) return;
    this.#height = this.#scroller.scrollHeight;
    this.#scroller.scrollTop = this.#height;
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Only messages: a day's line or a "loading" row may go away with the very change. */
  #rowInSight() {
    const top = this.#scroller.getBoundingClientRect().top;
    const rows = this.#content.querySelectorAll('.message');
    return [...rows].find((row) => row.getBoundingClientRect().bottom > top);
  }
}
