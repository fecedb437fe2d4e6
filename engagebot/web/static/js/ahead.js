// The items that the next keys will open, fetched while their reader is busy with the one before.
//
// Asking at the key press is the obvious way, and makes each press wait for the server; most presses are "next",
// and what comes next is known. Only the list's next two rows are asked for, one request at a time, for nobody else
// to see: a page says that somebody looks at an item when it stands on the screen, not when it is fetched.
import { beside, draftId } from "./parts.js";

const AHEAD = 2;
// What has just been put in place is painted first.
const WAIT_MS = 30;
const KEEP_MS = 20_000;
const VERSION = /data-version="(\d+)"/;
const STIRS = ["pointermove", "keydown", "scroll"];

// By item: its request, and its answer once it is here. What was read before the last decision `isOld`: it may be
// shown until the answer to the next decision puts it right, and not by a key that only goes on.
const kept = new Map();
let timer = 0;
let asked = null;
let isHeld = false;

/** Fetch the items of the next rows once the page is idle, and forget those of all others. */
export function lookAhead() {
  const ids = wanted().map((row) => row.dataset.row);
  for (const id of kept.keys()) if (!ids.includes(id)) drop(id);
  plan(WAIT_MS);
}

/**
 * What is known of an item: `{html, path}`, the promise of it, or null; whoever takes it has it alone.
 *
 * A decision, whose answer brings the item again, may take what is old.
 */
export function take(id, { isDeciding = false } = {}) {
  const found = kept.get(id);
  kept.delete(id);
  if (!found || (found.isOld && !isDeciding)) return null;
  return found.part ?? found.answer;
}

/**
 * What is held and up to date, as "12:3 13:1", each item with its version; the one that is on its way has none but
 * a tilde, "14:~", and those that come later nothing, "15:".
 */
export function held() {
  return following(AHEAD + 1).map((row) => `${row.dataset.row}:${versionOf(kept.get(row.dataset.row))}`).join(" ");
}

function versionOf(each) {
  if (!each || each.isOld) return "";
  return each.part ? VERSION.exec(each.part.html)?.[1] ?? "" : "~";
}

/** Whether an item is among those that are fetched ahead. */
export const concerns = (id) => wanted().some((row) => row.dataset.row === id);

/** Fetch an item anew, as it is not what it was. */
export function refresh(id) {
  drop(id);
  plan(WAIT_MS);
}

/** Fetch everything anew that a decision may bear on; what the server has `spared` stands as it was read. */
export function decided(spared = []) {
  const isSpared = (id) => spared.includes(Number(id));
  for (const [id, each] of kept) if (each.part && !isSpared(id)) each.isOld = true;
  // What is on its way may have been read before.
  if (asked && !isSpared(asked.id)) asked.control.abort();
  plan(WAIT_MS);
}

/** Forget everything, as it may say what no longer holds, and ask again when the reader stirs. */
export function outdate() {
  for (const id of [...kept.keys()]) drop(id);
  hush();
  for (const name of STIRS) document.addEventListener(name, stir, { capture: true, passive: true });
}

/** Forget everything and ask at once, as much may have changed. */
export function lookAgain() {
  outdate();
  plan(WAIT_MS);
}

/** Ask for nothing as long as nobody answers. */
export function hold(isOn) {
  isHeld = isOn;
  if (isOn) hush();
  else plan(WAIT_MS);
}

function following(most) {
  const found = [];
  for (let row = beside(1); row && found.length < most; row = beside(1, row.dataset.row)) found.push(row);
  return found;
}

const wanted = () => following(AHEAD);

function drop(id) {
  kept.get(id)?.control.abort();
  kept.delete(id);
}

function hush() {
  clearTimeout(timer);
  for (const name of STIRS) document.removeEventListener(name, stir, true);
}

function plan(after) {
  hush();
  if (!isHeld) timer = setTimeout(ask, after);
}

const isFresh = (id) => kept.has(id) && !kept.get(id).isOld;

function ask() {
  if (document.visibilityState !== "visible") {
    outdate();
    return;
  }
  // Where nothing is chosen there is no next.
  if (!draftId() || asked) return;
  const row = wanted().find((each) => !isFresh(each.dataset.row));
  if (!row) {
    // What has grown old is asked for again when its reader stirs, not while they are away.
    timer = setTimeout(outdate, KEEP_MS);
    return;
  }
  const id = row.dataset.row;
  const mine = { id, control: new AbortController(), part: null, isOld: false, before: kept.get(id) };
  mine.answer = read(row.querySelector(".rowlink").getAttribute("href"), mine.control.signal);
  asked = mine;
  if (!mine.before) kept.set(id, mine);
  mine.answer.then((part) => {
    asked = null;
    mine.part = part;
    if (mine.before && kept.get(id) === mine.before && part) kept.set(id, mine);
    if (part) plan(0);
    else if (kept.get(id) === mine) kept.delete(id);
  });
}

/** An item as `{html, path}`, or null where there is none to be had. */
export async function read(path, signal) {
  try {
    const response = await fetch(path, { headers: { "HX-Request": "true" }, signal });
    const pushed = response.headers.get("HX-Push-Url");
    // Anything else (signed out, gone) is for the key press itself to find out and to tell.
    return response.ok && pushed ? { html: await response.text(), path: pushed } : null;
  } catch {
    return null;
  }
}

function stir() {
  plan(WAIT_MS);
}
