// The item that is before us: put in place, marked in its list, and seen to its end or not.
import { lookAhead } from "./ahead.js";
import { reveal } from "./app.js";
import { loadMore, markCurrent, showRow } from "./list.js";
import { draftId, editor, work } from "./parts.js";
import { count, putBack } from "./writing.js";

/** An answer of the server, taken apart. */
export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

/**
 * Put an item in place of the one before, with what else the server says has changed.
 *
 * htmx would do that as well. But it tells each element that leaves, twice, and there are some three hundred; and
 * taking away what has the focus makes the browser lay out the page in between. `leave` takes the item before
 * away, which a decision on its way still needs.
 */
export function place(html, path, leave = (before) => before.remove()) {
  const part = parsed(html);
  const item = part.getElementById("work");
  if (!item) return false;
  const before = work();
  if (before.contains(document.activeElement)) document.activeElement.blur();
  before.before(item);
  leave(before);
  htmx.process(item);
  tell(part);
  if (path && path !== location.pathname + location.search) history.pushState({ htmx: true }, "", path);
  reveal();
  settle(false);
  return true;
}

/** Show what stands around the item: what waits in the lanes, and what was just done. */
export function tell(part) {
  for (const name of ["lanes", "queue-count"]) {
    const [now, before] = [part.getElementById(name), document.getElementById(name)];
    now?.removeAttribute("hx-swap-oob");
    if (now && before && !now.isEqualNode(before)) before.replaceWith(now);
  }
  const [toast, told] = [part.getElementById("toast"), document.getElementById("toast")];
  if (!toast || !(toast.childElementCount || told.childElementCount)) return;
  told.replaceChildren(...toast.childNodes);
  htmx.process(told);
}

let settled = "";

// First everything is written, then looked at: a look in between makes the browser lay out the page each time.
export function settle(isFirst) {
  const row = markCurrent();
  count();
  const field = editor();
  if (field) putBack(field);
  document.dispatchEvent(new CustomEvent("desk:placed"));
  const head = document.getElementById("item-h");
  if (!isFirst) head?.focus({ preventScroll: true });
  if (row) showRow(row);
  // Each item is read from its beginning, however far down the one before was left.
  const top = work().getBoundingClientRect().top;
  if (!isFirst && top < 0) window.scrollBy({ top: top - 8, behavior: "instant" });
  if (!isFirst && draftId() !== settled && head?.getBoundingClientRect().top < 0) head.scrollIntoView({ block: "start" });
  look();
  settled = draftId();
  loadMore();
  lookAhead();
  document.dispatchEvent(new CustomEvent("desk:item", { detail: { id: draftId() } }));
  performance.mark(`item-${draftId()}`);
}

// --- What was seen ---------------------------------------------------------------------------------------------

const seen = new WeakSet();

export function look() {
  for (const end of document.querySelectorAll("#work [data-end]")) {
    const box = end.getBoundingClientRect();
    if (box.top >= 0 && box.bottom <= window.innerHeight) seen.add(end);
  }
}
document.addEventListener("scroll", look, { passive: true, capture: true });

/** The ends of those messages of the item that nobody has seen yet. */
export function unseen() {
  look();
  return [...document.querySelectorAll("#work [data-end]")].filter((end) => !seen.has(end));
}
