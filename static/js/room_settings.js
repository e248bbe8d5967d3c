/** What anyone may change about the assistant, wherever index.html has a field for it: mode, model, when it answers, what is wanted of it. */

import { byId, el } from './elements.js';
import { t } from './texts.js';

const SPEAKS = ['auto', 'always', 'mentioned', 'never'];

export class RoomSettings {
  #fields = /** @type {(HTMLSelectElement|HTMLTextAreaElement)[]} */ ([...document.querySelectorAll('[data-setting]')]);
  /** @type {Room|null} */ #room = null;

  /** @param {(setting: string, value: string) => void} onChange */
  constructor(onChange) {
    for (const field of this.#fields) field.addEventListener('change', () => onChange(field.dataset.setting ?? '', field.value.trim()));
  }

  /** @param {Room} room @param {boolean} isMine whether I may change anything */
  update(room, isMine) {
    for (const field of this.#fields) if (field.disabled === isMine) field.disabled = !isMine;
    if (room === this.#room || !room.assistant) return;
    this.#room = room;
    this.redraw();
  }

  /** As the room has them, whatever was chosen here. */
  redraw() {
    if (!this.#room) return;
    byId('assistant').hidden = false;
    const choices = choicesOf(this.#room);
    for (const field of this.#fields) {
      const setting = /** @type {keyof typeof choices | 'instructions'} */ (field.dataset.setting);
      if (setting === 'instructions') write(/** @type {HTMLTextAreaElement} */ (field), this.#room.instructions ?? '');
      else choose(/** @type {HTMLSelectElement} */ (field), choices[setting], this.#room[setting] ?? '');
    }
  }
}

/** @param {Room} room @returns {Record<'mode'|'model'|'speaks', {name: string, line?: string, label?: string}[]>} */
function choicesOf({ mode = '', modes = [{ name: mode, line: '' }], model = '', models = [] }) {
  return {
    mode: modes,
    model: [...new Set([...models, model])].map((name) => ({ name, label: name === 'fake' ? t('model_offline') : name }))
      .concat(models.length > 1 ? [{ name: '', label: t('model_usual') }] : []),
    speaks: SPEAKS.map((name) => ({ name, label: t(`speaks_${name}`) })),
  };
}

/** Nobody needs to choose among one. @param {HTMLSelectElement} field @param {{name: string, line?: string, label?: string}[]} choices @param {string} chosen */
function choose(field, choices, chosen) {
  const drawn = JSON.stringify(choices);
  if (field.dataset.drawn !== drawn) {
    field.replaceChildren(...choices.map(({ name, line = '', label = name }) => el('option', { value: name, 'data-line': line }, label)));
  }
  field.dataset.drawn = drawn;
  field.value = chosen;
  field.title = choices.find(({ name }) => name === chosen)?.line ?? '';
  (field.closest('label') ?? field).hidden = choices.length < 2;
}

/** What somebody is writing there is theirs until they leave it. @param {HTMLTextAreaElement} field @param {string} text */
function write(field, text) {
  const isTouched = field.value.trim() !== field.defaultValue.trim();
  field.defaultValue = text;
  if (!isTouched) field.value = text;
}
