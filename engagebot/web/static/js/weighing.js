// Length where wide signs weigh two and every link the same. Its twin is engagebot/domain/weighing.py.
import { findLinks } from "./links.js";

const LINK_UNITS = 23;
const WIDE_UNITS = 2;
const NARROW = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

const TONES = "\\u{1f3fb}-\\u{1f3ff}";
const PICTURE =
  `(?:\\p{Emoji_Modifier_Base}[${TONES}]|(?![\\u00a9\\u00ae])[\\p{Extended_Pictographic}${TONES}](?!\\ufe0e)\\ufe0f?` +
  "|[\\u00a9\\u00ae]\\ufe0f)";
const EMOJI = new RegExp(
  "[\\u{1f1e6}-\\u{1f1ff}]{2}|[#*0-9]\\ufe0f?\\u20e3|\\u{1f3f4}[\\u{e0020}-\\u{e007e}]+\\u{e007f}" +
    `|${PICTURE}(?:\\u200d${PICTURE})*`,
  "gu",
);
const NAMES_IN_FRONT = /^[ \t-\r]*(?:[@\uff20][A-Za-z0-9_]{1,15}(?:[ \t-\r]+|$))+/;

/** Where a reply begins behind the `@names` in front of it, which the platform fills in itself. */
export function endOfNames(text) {
  return NAMES_IN_FRONT.exec(text)?.[0].length ?? 0;
}

/** Where each counted piece of a composed text begins, and its units. */
export function* weigh(text, from = 0) {
  let start = from;
  for (const link of findLinks(text)) {
    if (link.start < start) continue;
    yield* signs(text, start, link.start);
    yield [link.start, LINK_UNITS];
    start = link.end;
  }
  yield* signs(text, start, text.length);
}

function* signs(text, from, to) {
  let start = from;
  for (const emoji of text.slice(from, to).matchAll(EMOJI)) {
    yield* letters(text, start, from + emoji.index);
    yield [from + emoji.index, WIDE_UNITS];
    start = from + emoji.index + emoji[0].length;
  }
  yield* letters(text, start, to);
}

function* letters(text, from, to) {
  for (let at = from; at < to; ) {
    const code = text.codePointAt(at);
    yield [at, NARROW.some(([low, high]) => low <= code && code <= high) ? 1 : WIDE_UNITS];
    at += code > 0xffff ? 2 : 1;
  }
}
