// Where links stand in a text. Its twin is engagebot/domain/links.py, which tells the sources;
// tests/data/counting.yaml holds both to the same answers.
import { LATIN, OTHER } from "./endings.js";

const LONGEST_LABEL = 63;
const LONGEST_LINK = 4096;
const LONGEST_SHORT_NAME = 40;
const LONGEST_ENDING = Math.max(...[...OTHER].map((ending) => ending.length));
const SHORTENER = "t.co";

const LETTERS =
  "A-Za-z0-9\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f" +
  "\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff";
const SPACES = "\\t-\\r \\u0085\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const NO_SIGNS = "\\ufeff\\ufffe\\uffff";
const BARRED = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069" + NO_SIGNS;
const NOT_IN_HOSTS = "!#%&'()*+,\\/:;<=>?@\\[\\\\\\]^\\{\\|\\}~$" + SPACES + BARRED;
const IN_PATH = LETTERS + "\\u0400-\\u04ff!*';:=+,.$\\/%#\\[\\]\\-\\u2013_~@\\|&";

const START = new RegExp(
  `(?<![A-Za-z0-9@\\uff20$#\\uff03${NO_SIGNS}])([Hh][Tt][Tt][Pp][Ss]?:\\/\\/)` +
    `|(?<![${LETTERS}@\\uff20$#\\uff03_.\\/${NO_SIGNS}\\-])(?=[${LETTERS}][${LETTERS}\\-]*\\.)`,
  "gu",
);
const ANY_HOST = new RegExp(`[^${NOT_IN_HOSTS}]+`, "uy");
const LATIN_HOST = new RegExp(`[${LETTERS}\\-]+(?:\\.[${LETTERS}\\-]+)*(?:\\.[^.${NOT_IN_HOSTS}]+)?`, "uy");
const LATIN_ENDING = /[Xx][Nn]--[0-9A-Za-z-]+|[A-Za-z]+(?![0-9A-Za-z@+-])/y;
const GOES_ON = /[0-9A-Za-z@+-]/y;
const PORT = /:[0-9]+/y;
const PATH = new RegExp(`\\/(?:[${IN_PATH}]|\\([${IN_PATH}]*(?:\\([${IN_PATH}]+\\)[${IN_PATH}]*)?\\))*`, "uy");
const LOOSE_AT_THE_END = "!*';:,.$%[]\u2013~@|&";
const QUERY = /\?[A-Za-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*[A-Za-z0-9_&=#/-]/y;
const SHORT_NAME = /\/([A-Za-z0-9]+)/y;

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The links of a text in their order: `{start, end, hostFrom, hostTo}`, counted in UTF-16 units. */
export function findLinks(text) {
  const found = [];
  let position = 0;
  for (;;) {
    const start = matchAt(START, text, position);
    if (!start) return found;
    const link = read(text, start);
    if (link && isPossible(text, link)) found.push(link);
    position = Math.max(link ? link.end : start.index + start[0].length, start.index + 1);
  }
}

function read(text, start) {
  const hasScheme = Boolean(start[1]);
  const begin = start.index + start[0].length;
  const run = matchAt(hasScheme ? ANY_HOST : LATIN_HOST, text, begin);
  const end = run ? hostEnd(text, begin, begin + run[0].length) : null;
  if (end === null) return null;
  const isShort = hasScheme && text.slice(begin, end).toLowerCase() === SHORTENER;
  const short = isShort && matchAt(SHORT_NAME, text, end);
  const stop = short ? queryEnd(text, end + short[0].length) : tailEnd(text, end, hasScheme);
  return { start: start.index, end: stop, hostFrom: begin, hostTo: end };
}

function hostEnd(text, begin, end) {
  let found = null;
  let at = begin;
  let before = "";
  for (const [number, label] of text.slice(begin, end).split(".").entries()) {
    if (number && !before.includes("_")) found = endingAt(text, at) ?? found;
    if (!label || /^[-_]|[-_]$/.test(label)) break;
    at += label.length + 1;
    before = label;
  }
  return found;
}

function endingAt(text, at) {
  const latin = matchAt(LATIN_ENDING, text, at);
  if (latin && (LATIN.has(latin[0].toLowerCase()) || latin[0].slice(2, 4) === "--")) return at + latin[0].length;
  for (let stop = Math.min(at + LONGEST_ENDING, text.length); stop > at; stop -= 1) {
    if (OTHER.has(text.slice(at, stop).toLowerCase()) && !matchAt(GOES_ON, text, stop)) return stop;
  }
  return null;
}

function tailEnd(text, end, hasScheme) {
  const port = matchAt(PORT, text, end);
  const behind = port ? end + port[0].length : end;
  const path = matchAt(PATH, text, behind);
  if (!path) return hasScheme ? queryEnd(text, behind) : end;
  let kept = path[0].length;
  while (LOOSE_AT_THE_END.includes(path[0][kept - 1])) kept -= 1;
  return kept === path[0].length ? queryEnd(text, behind + kept) : behind + kept;
}

function queryEnd(text, at) {
  const query = matchAt(QUERY, text, at);
  return query ? at + query[0].length : at;
}

function isPossible(text, link) {
  const host = text.slice(link.hostFrom, link.hostTo);
  const short = host.toLowerCase() === SHORTENER && matchAt(SHORT_NAME, text, link.hostTo);
  if (short) return short[1].length <= LONGEST_SHORT_NAME;
  return [...text.slice(link.start, link.end)].length <= LONGEST_LINK && host.split(".").every(fitsAName);
}

function fitsAName(label) {
  const codes = Array.from(label, (char) => char.codePointAt(0));
  if (codes.length > LONGEST_LABEL || codes.every((code) => code < 128)) return codes.length <= LONGEST_LABEL;
  return "xn--".length + punycodeLength(codes) <= LONGEST_LABEL;
}

// RFC 3492, with only the number of digits kept.
function punycodeLength(codes) {
  const basic = codes.filter((code) => code < 128).length;
  let count = basic ? basic + 1 : 0;
  let [code, delta, bias, handled] = [128, 0, 72, basic];
  while (handled < codes.length) {
    const next = Math.min(...codes.filter((each) => each >= code));
    delta += (next - code) * (handled + 1);
    code = next;
    for (const each of codes) {
      if (each < code) delta += 1;
      if (each !== code) continue;
      count += digits(delta, bias);
      bias = adapted(delta, handled + 1, handled === basic);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    code += 1;
  }
  return count;
}

function digits(delta, bias) {
  let count = 1;
  let rest = delta;
  for (let k = 36; ; k += 36) {
    const threshold = k <= bias ? 1 : Math.min(26, k - bias);
    if (rest < threshold) return count;
    rest = Math.floor((rest - threshold) / (36 - threshold));
    count += 1;
  }
}

function adapted(delta, points, isFirst) {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
