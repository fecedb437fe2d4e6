// The item that the next key will open, fetched while its reader is busy with the one before.
//
// Asking at the key press is the obvious way, and makes each press wait for the server; most presses are "next",
// and what comes next is known. Only the list's next row is asked for, one request at a time, for nobody else to
// see: a page says that somebody looks at an item when it stands on the screen, not when it is fetched. A decision
// never uses it: the answer to the decision brings what follows, as the reply just approved may bear on it.
const WAIT_MS = 250;
const KEEP_MS = 20_000;
const STIRS = ["pointermove", "keydown", "scroll"];

let wanted = null;
let kept = null;
let timer = 0;

/** Fetch a row's item once the page is idle, and forget any other; without a row, only forget. */
export function lookAhead(row) {
  drop();
  wanted = row ? { id: row.dataset.row, path: row.querySelector(".rowlink").getAttribute("href") } : null;
  // What has just been put in place is painted first, and whoever decides or goes on at once is not made to wait
  // for an answer that comes too late.
  if (wanted) timer = setTimeout(ask, WAIT_MS);
}

/** What is known of an item: `{html, path}`, the promise of it, or null; whoever takes it has it alone. */
export function take(id) {
  if (kept?.id !== id) return null;
  const { part, answer } = kept;
  kept = null;
  drop();
  return part ?? answer;
}

/** Whether an item is the one that is fetched ahead, or will be. */
export const concerns = (id) => wanted?.id === id;

/** Forget what was fetched, as it may say what no longer holds. */
export function outdate() {
  if (wanted) wait();
}

function drop() {
  clearTimeout(timer);
  for (const name of STIRS) document.removeEventListener(name, askAgain, true);
  kept?.control.abort();
  kept = null;
}

function ask() {
  if (document.visibilityState !== "visible") {
    wait();
    return;
  }
  const mine = { id: wanted.id, control: new AbortController(), part: null };
  mine.answer = read(wanted.path, mine.control.signal);
  kept = mine;
  mine.answer.then((part) => {
    if (kept !== mine) return;
    mine.part = part;
    timer = setTimeout(wait, KEEP_MS);
  });
}

async function read(path, signal) {
  try {
    const response = await fetch(path, { headers: { "HX-Request": "true" }, signal });
    const pushed = response.headers.get("HX-Push-Url");
    // Anything else (signed out, gone) is for the key press itself to find out and to tell.
    return response.ok && pushed ? { html: await response.text(), path: pushed } : null;
  } catch {
    return null;
  }
}

/** What has grown old is asked for again when its reader stirs, not while they are away. */
function wait() {
  drop();
  for (const name of STIRS) document.addEventListener(name, askAgain, { capture: true, passive: true });
}

function askAgain() {
  drop();
  timer = setTimeout(ask, WAIT_MS);
}
