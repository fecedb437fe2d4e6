// What people see as one sign. Its twin is engagebot/domain/graphemes.py. Intl.Segmenter knows this too, but
// takes seconds for a long text.
const ALONE =
  "\\u102b\\u102c\\u1038\\u1062-\\u1064\\u1067-\\u106d\\u1083\\u1087-\\u108c\\u108f\\u109a-\\u109c\\u1a61\\u1a63\\u1a64" +
  "\\uaa7b\\uaa7d\\u{11720}\\u{11721}";
const TONES = "\\u{1f3fb}-\\u{1f3ff}";
const JOINING = `(?:(?![${ALONE}])[\\p{M}\\u0e33\\u0eb3\\u200c\\uff9e\\uff9f${TONES}\\u{e0020}-\\u{e007f}])`;
const AFTER = `(?:(?![${ALONE}])[\\p{M}\\u0e33\\u0eb3\\u200c\\u200d\\uff9e\\uff9f${TONES}\\u{e0020}-\\u{e007f}])`;
const PREPENDED =
  "\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u0d4e\\u{110bd}\\u{110cd}\\u{111c2}\\u{111c3}\\u{1193f}" +
  "\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}\\u{11d46}\\u{11f02}";
const CONTROLS =
  "\\0-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\ufffb" +
  "\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e001f}\\u{e0080}-\\u{e00ff}" +
  "\\u{e01f0}-\\u{e0fff}";
const [LEAD, VOWEL, TAIL] = ["\\u1100-\\u115f\\ua960-\\ua97c", "\\u1160-\\u11a7\\ud7b0-\\ud7c6", "\\u11a8-\\u11ff\\ud7cb-\\ud7fb"];
const OPEN = Array.from({ length: 399 }, (_, number) => String.fromCharCode(0xac00 + 28 * number)).join("");
const CONSONANTS =
  "\\u0915-\\u0939\\u0958-\\u095f\\u0978-\\u097f\\u0995-\\u09a8\\u09aa-\\u09b0\\u09b2\\u09b6-\\u09b9\\u09dc\\u09dd\\u09df" +
  "\\u09f0\\u09f1\\u0a95-\\u0aa8\\u0aaa-\\u0ab0\\u0ab2\\u0ab3\\u0ab5-\\u0ab9\\u0af9\\u0b15-\\u0b28\\u0b2a-\\u0b30\\u0b32" +
  "\\u0b33\\u0b35-\\u0b39\\u0b5c\\u0b5d\\u0b5f\\u0b71\\u0c15-\\u0c28\\u0c2a-\\u0c39\\u0c58-\\u0c5a\\u0d15-\\u0d3a" +
  "\\u1000-\\u102a\\u103f\\u1050-\\u1055\\u105a-\\u105d\\u1061\\u1065\\u1066\\u106e-\\u1070\\u1075-\\u1081\\u108e" +
  "\\u1780-\\u17b3";
const BINDING = "\\u094d\\u09cd\\u0acd\\u0b4d\\u0c4d\\u0d4d\\u1039\\u17d2";
const BELOW = "\\u200d\\u093c\\u09bc\\u0abc\\u0b3c\\u0c3c";

const BOUND = `[${CONSONANTS}](?:[${BELOW}]*[${BINDING}][${BELOW}${BINDING}]*[${CONSONANTS}])+`;
const SYLLABLE = `[${LEAD}]*(?:[${OPEN}][${VOWEL}]*|[\\uac00-\\ud7a3]|[${VOWEL}]+)[${TAIL}]*|[${LEAD}]+|[${TAIL}]+`;
const PICTURE = `\\p{Extended_Pictographic}(?:${JOINING}*\\u200d\\p{Extended_Pictographic})*`;
const CORE = `${PICTURE}|[\\u{1f1e6}-\\u{1f1ff}]{2}|${BOUND}|${SYLLABLE}|[^${CONTROLS}]`;
const SIGN = new RegExp(
  `\\r\\n|[${CONTROLS}]|[${PREPENDED}]*(?:${CORE})${AFTER}*|[${PREPENDED}]+${AFTER}*|[^]`,
  "gu",
);

/** Where each sign of a text begins, in UTF-16 units. */
export function* signs(text) {
  for (const sign of text.matchAll(SIGN)) yield sign.index;
}
