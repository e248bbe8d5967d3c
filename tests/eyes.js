/** What a person can see and reach on the page. Each function returns the faults it finds, as sentences; none changes the page. */
globalThis.eyes = (() => {
  const PRESSED = 'a[href], button, input, textarea, select, summary';
  const CONTROLS = `${PRESSED}, [tabindex="0"]`;
  /** These may be wider than the page: they scroll sideways in themselves. */
  const SIDEWAYS = 'pre, .table';
  /** Glyphs may stand out of their box by so many pixels without being cut visibly. */
  const SLACK = 2;
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  /** Text and controls that are cut off, off the page (or at its unsafe edges), or only to be had by scrolling sideways. */
  function hidden(edges = {}) {
    const { top = 0, right = innerWidth, bottom = innerHeight, left = 0 } = edges;
    const page = { top, right, bottom, left };
    const faults = [];
    for (const text of texts()) {
      const range = new Range();
      range.selectNodeContents(text);
      for (const rect of range.getClientRects()) if (rect.width) note(cut(page, text.parentElement, rect), text.parentElement, text.data);
    }
    for (const control of controls()) note(cut(page, control.parentElement, control.getBoundingClientRect(), control), control);
    return [...new Set(faults)];

    function note(fault, element, words) { if (fault) faults.push(`${name(element, words)} ${fault}`); }
  }

  /** Follows a box up through all that clips it; a scroller shows it once scrolled, so from there its own box counts. */
  function cut(page, place, { left, right, top, bottom }, self = place) {
    let position = self === place ? 'static' : getComputedStyle(self).position;
    for (let around = place; around && around !== document.documentElement; around = around.parentElement) {
      const style = getComputedStyle(around), box = around.getBoundingClientRect();
      if (position === 'fixed') break;
      if (position === 'absolute' && style.position === 'static') continue;
      const slack = SLACK + (parseFloat(style.overflowClipMargin) || 0);
      if (/auto|scroll/.test(style.overflowX) && around.scrollWidth > around.clientWidth + 1) {
        if (!around.matches(SIDEWAYS)) return `is in ${name(around)}, which scrolls sideways`;
        [left, right] = [box.left, box.right];
      } else if (style.textOverflow === 'ellipsis' && style.overflowX !== 'visible') {
        [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      } else if (style.overflowX !== 'visible' && (left < box.left - slack || right > box.right + slack)) {
        return `is cut at the side by ${name(around)}`;
      }
      if (/auto|scroll/.test(style.overflowY) && around.scrollHeight > around.clientHeight + 1) {
        [top, bottom] = [box.top + parseFloat(style.paddingTop), box.bottom - parseFloat(style.paddingBottom)]; // so far it can be scrolled
      } else if (style.overflowY !== 'visible' && (top < box.top - slack || bottom > box.bottom + slack)) {
        return `is cut above or below by ${name(around)}`;
      }
      if (around.matches('dialog, select')) break; // both stand over the page
      position = style.position;
    }
    const beside = left < page.left - SLACK || right > page.right + SLACK;
    const beyond = top < page.top - SLACK || bottom > page.bottom + SLACK;
    return beside ? `is beside the page (${left | 0} to ${right | 0} of ${page.left} to ${page.right})`
      : beyond ? `is above or below the page (${top | 0} to ${bottom | 0} of ${page.top} to ${page.bottom})` : '';
  }

  /** Text, placeholders included, that stands out too little from what is behind it. */
  function faint(least = 4.5) {
    const faults = new Set();
    for (const text of texts()) look(text.parentElement, getComputedStyle(text.parentElement).color, 1, text.data);
    for (const field of controls().filter((control) => control.placeholder && !control.value)) {
      const style = getComputedStyle(field, '::placeholder');
      look(field, style.color, Number(style.opacity), field.placeholder);
    }
    return [...faults];

    function look(element, ink, strength, words) {
      if (element.closest(':disabled')) return;
      const back = behind(element);
      const ratio = contrast(over(color(ink), back, opacity(element) * strength), back);
      if (ratio < least) faults.add(`${name(element, words)} has a contrast of ${ratio.toFixed(2)}`);
    }
  }

  /** Controls smaller than a finger, or a pointer, needs; links within prose excepted. */
  function small(least) {
    return controls().filter((control) => control.matches(PRESSED) && !control.matches('.body a')).map((control) => [control, control.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < least - 0.5 || height < least - 0.5)
      .map(([control, { width, height }]) => `${name(control)} is ${width.toFixed(1)} x ${height.toFixed(1)}`);
  }

  /** Where the focus is, and what is wrong with how it shows. */
  function focus() {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const { left, right, top, bottom, width, height } = at.getBoundingClientRect();
    const fault = !at.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || width < 2 || height < 2 ? 'is not visible'
      : left < -1 || right > innerWidth + 1 || Math.min(bottom, innerHeight) - Math.max(top, 0) < Math.min(height, 16) ? 'is not in sight'
        : ring(at);
    const places = ['skip', 'side', 'rooms', 'drawer', 'search', 'confirm', 'bar', 'banner', 'invitation', 'actions', 'transcript', 'activity', 'composer', 'under'];
    const place = places.find((is) => at.closest(`#${is}, .${is}`)) ?? '';
    return { name: name(at), place, fault };
  }

  /** A focus ring: an outline of 2 px with a contrast of 3 to 1, on the element or the field that it is part of. */
  function ring(at) {
    for (const element of [at, at.closest('form')]) {
      const style = element && getComputedStyle(element);
      if (!style || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) continue;
      const ratio = contrast(color(style.outlineColor), behind(element.parentElement));
      return ratio < 3 ? `has a ring with a contrast of ${ratio.toFixed(2)}` : '';
    }
    return 'has no ring';
  }

  /** Words of the page outside of what people wrote: text, labels, tips, placeholders. */
  function words() {
    const others = (element) => element.closest('bdi, .quote, .link, .mark') || (element.closest('.body') && !element.closest('button'));
    const nodes = texts(true).filter((text) => !others(text.parentElement)).map((text) => text.data.trim());
    const said = [...document.querySelectorAll('[aria-label], [title], [placeholder]')].flatMap((e) => [e.ariaLabel, e.title, e.placeholder]);
    return [...new Set([...nodes, ...said.filter(Boolean)])];
  }

  function texts(all = false) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) => (node.data.trim() ? 1 : 2));
    const found = [];
    while (walker.nextNode()) if (all || isSeen(walker.currentNode.parentElement)) found.push(walker.currentNode);
    return found;
  }

  function controls() {
    return [...document.querySelectorAll(CONTROLS)].filter(isSeen);
  }

  /** Behind an open dialog nothing can be reached; what is for screen readers alone is clipped to nothing. */
  function isSeen(element) {
    const modal = document.querySelector('dialog:modal');
    return (!modal || modal.contains(element)) && !element.closest('.visually-hidden, .skip:not(:focus), .grouped .head')
      && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  }

  function name(element, words = element.innerText) {
    const where = element.id ? `#${element.id}` : `${element.closest('[id]') ? `#${element.closest('[id]').id} ` : ''}${element.localName}${element.className ? `.${[...element.classList].join('.')}` : ''}`;
    const label = (element.ariaLabel || words || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return label ? `${where} "${label}"` : where;
  }

  function color(text) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  function behind(element) {
    const layers = [];
    for (let at = element; at; at = at.matches('dialog') ? null : at.parentElement) {
      layers.push(color(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), color('Canvas'));
  }

  function opacity(element) {
    let product = 1;
    for (let at = element; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  }

  function over([r, g, b, a], below, opacity = 1) {
    const alpha = a * opacity;
    return [r, g, b].map((channel, i) => channel * alpha + below[i] * (1 - alpha)).concat(1);
  }

  function contrast(a, b) {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }

  function luminance(rgb) {
    const [r, g, b] = rgb.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  return { hidden, faint, small, focus, words };
})();
