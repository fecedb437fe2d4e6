// How long a text is, as its platform counts: the measures of engagebot/domain/measures.py.
// The server counts again before anything leaves; this is for the eyes of the person who writes.
import { signs } from "./graphemes.js";
import { endOfNames, weigh } from "./weighing.js";

const MEASURES = {
  characters: function* (text) {
    let at = 0;
    for (const char of text) {
      yield [at, 1];
      at += char.length;
    }
  },
  graphemes: function* (text) {
    for (const start of signs(text)) yield [start, 1];
  },
  weighted: (text) => weigh(text.normalize("NFC")),
  "weighted-reply": (text) => {
    const composed = text.normalize("NFC");
    return weigh(composed, endOfNames(composed));
  },
};

/** The length of a text; measure is one of the names above. */
export function length(measure, text) {
  return fits(measure, text, Infinity).length;
}

/**
 * How a text fits: its length, by how much it is over, and `cut`, where in the text the part begins that is too
 * much (in UTF-16 units, as `slice` and selections count), null where all of it fits.
 */
export function fits(measure, text, limit) {
  let total = 0;
  let cut = null;
  for (const [start, units] of MEASURES[measure](text)) {
    total += units;
    if (cut === null && total > limit) cut = start;
  }
  if (cut !== null && measure.startsWith("weighted")) cut = placeBeforeComposing(text, cut);
  return { length: total, over: Math.max(0, total - limit), cut };
}

function placeBeforeComposing(text, place) {
  const composed = text.normalize("NFC");
  if (composed === text) return place;
  // Whole characters, as in the twin: a half of a pair composes with nothing.
  const ends = [0];
  for (const char of text) ends.push(ends[ends.length - 1] + char.length);
  const wanted = [...composed.slice(0, place)].length;
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (wanted < [...text.slice(0, ends[middle]).normalize("NFC")].length) high = middle;
    else low = middle + 1;
  }
  return ends[low - 1];
}
