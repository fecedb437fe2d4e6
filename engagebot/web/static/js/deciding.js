// Going on from item to item, and deciding them one after another.
//
// A decision shows the item that follows at once, where it was fetched ahead; its reader does not wait for the
// server. What they press meanwhile does: it is done when the answer is here, and not at all where that is a
// refusal, which brings the item back with its words.
import { decided, held, read, take } from "./ahead.js";
import { actions, announce, doer, press } from "./app.js";
import { parsed, place, look, settle, tell, unseen } from "./item.js";
import { handled, unhandled } from "./list.js";
import { beside, desk, draftId, editor, work } from "./parts.js";
import { fitOf, keepWords } from "./writing.js";

// --- Going on --------------------------------------------------------------------------------------------------

// Where keys have led already while the item is on its way, so that j j goes two rows down.
let aimed = null;

document.addEventListener("desk:placed", () => {
  aimed = null;
});

function go(step) {
  if (waits(() => go(step))) return;
  const row = beside(step, aimed ?? draftId());
  if (!row) return false;
  aimed = row.dataset.row;
  open(row, take(aimed));
}

/** Open an item, from what was fetched ahead of it where there is such a thing. */
function open(row, ahead) {
  if (ahead instanceof Promise) ahead.then((part) => aimed === row.dataset.row && open(row, part));
  else if (!ahead) row.querySelector(".rowlink").click();
  else {
    // Whatever else was on its way to this place comes too late.
    htmx.trigger(work(), "htmx:abort");
    keepWords();
    place(ahead.html, ahead.path);
  }
}

actions.next = () => go(1);
actions.previous = () => go(-1);

// --- The decision on its way -----------------------------------------------------------------------------------

// The one that is on its way: its request, the item it is about, whether it is an approval and was done, what was
// fetched of the next item or is about to come (`ahead`), and, once that stands in its place, the item it was about
// (`left`), the address of that, and what was `shown` instead.
let flight = null;
const after = [];

/** Keep what was pressed for after the decision on its way; answer whether there is one. */
function waits(deed) {
  if (flight) after.push(deed);
  return Boolean(flight);
}

const deciding = (part) => part.closest("form[data-decides]");
// The field of the reply, which lies in such a form, asks for its reading and decides nothing.
const decides = (part) => part.matches("form, button") && deciding(part);

// The list on the screen is frozen, so the page itself knows best which item follows.
document.addEventListener("htmx:configRequest", (event) => {
  if (!decides(event.target)) return;
  const next = beside(1) ?? beside(-1);
  event.detail.parameters.following = next?.dataset.row ?? "";
  event.detail.parameters.held = held();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!decides(event.target)) return;
  const isApproval = event.target.id === "decide";
  const next = event.target.matches("form[data-leads-on]") ? beside(1) : null;
  const ahead = Promise.resolve(next && take(next.dataset.row, { isDeciding: true }));
  flight = { xhr: event.detail.xhr, id: draftId(), isApproval, isDone: false, next, ahead, left: null, address: "", shown: null };
  desk()?.setAttribute("data-deciding", "");
  const mine = flight;
  // The request leaves first. What is still being fetched is shown when it comes, before the answer or after it.
  ahead.then((part) => part && flight === mine && !mine.coming && showMeanwhile(mine, part));
});

function showMeanwhile(mine, part) {
  mine.address = location.pathname + location.search;
  // What stands in the field leaves with an approval; beside any other decision it is kept.
  if (!mine.isApproval) keepWords();
  place(part.html, part.path, (before) => {
    // It stays in the page, as its form is still at work, but is nobody's any more.
    Object.assign(before, { id: "left", hidden: true, inert: true });
    for (const each of before.querySelectorAll("[id]")) {
      each.dataset.id = each.id;
      each.removeAttribute("id");
    }
    mine.left = before;
    mine.shown = part.html;
  });
}

/** Put the answer of a decision in place; where the item shown meanwhile still holds, only what is around it. */
function land({ left, shown, isDone }, html, path) {
  const part = parsed(html);
  const [is, was, now] = [part.getElementById("work"), parsed(shown).getElementById("work"), work()];
  const spot = part.getElementById("place");
  if (!is && !spot) return false;
  left.remove();
  const isThere = now.dataset.draft === was.dataset.draft;
  if (isDone && !isThere) {
    // Whoever went elsewhere in the meantime stays there.
    tell(part);
  } else if (is && (is.dataset.draft !== was.dataset.draft || (!lasting(is).isEqualNode(lasting(was)) && !isTouched()))) {
    keepWords();
    history.replaceState({ htmx: true }, "", path);
    place(html, path);
  } else {
    // Where the server has spared the item, this is all it says of it.
    now.querySelector("#place")?.replaceWith(spot);
    tell(part);
  }
  return true;
}

/** Put the item in place that a decision led to, and that was on its way before it, once it has come. */
async function follow(mine, html) {
  const part = (await mine.ahead) ?? (await read(mine.next.querySelector(".rowlink").getAttribute("href")));
  const around = parsed(html);
  // Whoever went elsewhere in the meantime stays there.
  const isHere = draftId() === mine.id;
  if (isHere && !mine.isApproval) keepWords();
  if (isHere && part && place(part.html, part.path)) work().querySelector("#place")?.replaceWith(around.getElementById("place"));
  else if (isHere) mine.next.querySelector(".rowlink").click();
  tell(around);
}

/** An item without what each look at it changes: its place in the list, and how long ago things were. */
function lasting(item) {
  const copy = item.cloneNode(true);
  for (const part of copy.querySelectorAll("#place, time, .who-is-here, input[type=hidden]")) part.remove();
  return copy;
}

const isTouched = () =>
  editor()?.value !== editor()?.dataset.saved ||
  work().querySelector("input:focus, textarea:focus, select:focus, details[open] :focus") !== null;

/** Bring back the item that could not be decided. */
function bringBack({ left, address }) {
  keepWords();
  work().replaceWith(left);
  Object.assign(left, { id: "work", hidden: false, inert: false });
  for (const each of left.querySelectorAll("[data-id]")) each.id = each.dataset.id;
  history.replaceState({ htmx: true }, "", address);
  settle(false);
  keepWords();
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, shouldSwap, serverResponse, xhr } = event.detail;
  if (!shouldSwap || !["work", "left"].includes(target.id)) return;
  const path = xhr.getResponseHeader("HX-Push-Url");
  if (target.id === "work") keepWords();
  const isPlaced = target.id === "left" ? land(flight, serverResponse, path) : place(serverResponse, path);
  if (isPlaced) event.detail.shouldSwap = false;
  else if (flight?.xhr === xhr && parsed(serverResponse).getElementById("place")) {
    event.detail.shouldSwap = false;
    flight.coming = follow(flight, serverResponse);
  }
});

document.addEventListener("desk:acted", (event) => {
  const { id, state, words, spared } = event.detail;
  if (flight) flight.isDone = true;
  decided(spared);
  if (words) handled(id, words);
  else unhandled(id);
  if (state === "approved") document.dispatchEvent(new CustomEvent("desk:approved"));
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!flight || event.detail.xhr !== flight.xhr) return;
  // At once where nothing is to be waited for: the next press may be a moment away.
  if (flight.coming) flight.coming.finally(() => finish(flight));
  else finish(flight);
});

function finish({ isDone, left, xhr }) {
  if (left?.isConnected) {
    if (isDone) left.remove();
    else bringBack(flight);
  }
  flight = null;
  desk()?.removeAttribute("data-deciding");
  const deeds = after.splice(0);
  if (!xhr.status) announce("engagebot did not answer. Your words are kept; try again in a moment.", "trouble");
  if (!isDone) return;
  // The first decision among them takes the rest along, as they wait for its answer in their turn.
  for (const deed of deeds) if (!waits(deed)) deed();
}

// What is decided next waits for its turn, from wherever it was pressed.
document.addEventListener("submit", (event) => {
  const [form, button] = [event.target, event.submitter];
  if (!flight || !deciding(form)) return;
  stop(event);
  waits(() => {
    if (form.isConnected) form.requestSubmit(button);
    else announce("What follows has changed, so nothing was done to it. Look at it, then decide.", "note");
  });
}, true);

/** Keep a form from being sent, so that a later press is no second one. */
function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  delete event.target.dataset.sent;
}

// --- Approving -------------------------------------------------------------------------------------------------

/** Whether the item may be approved at one press; where not, go to what stands in the way. */
function mayApprove(form) {
  const left = unseen();
  if (left.length) {
    // What is taller than the screen is gone through screen by screen, so that its end is reached and not skipped.
    const box = left[0].parentElement.getBoundingClientRect();
    if (box.top > 1 || left[0].getBoundingClientRect().bottom < 0) left[0].parentElement.scrollIntoView({ block: "start" });
    else window.scrollBy(0, window.innerHeight * 0.8);
    look();
    announce(left.length === 1 ? "One message was not seen yet. Read it, then approve." : `${left.length} messages were not seen yet. Read them, then approve.`, "note");
    return false;
  }
  const over = fitOf(editor());
  if (over && over.over > 0) {
    announce(`${over.over} over the limit: shorten the reply first.`, "trouble");
    editor().focus();
    return false;
  }
  const reason = form.querySelector("[name=reason][required]");
  if (reason && !reason.value.trim()) {
    (document.querySelector("#reading .flag") ?? reason).scrollIntoView({ block: "center" });
    announce("Slower on purpose: read what is marked, write why it may go, then approve.", "note");
    reason.focus();
    return false;
  }
  return true;
}

actions.approve = () => {
  const button = doer("approve");
  if (!button) return false;
  // Asked here first: the browser's own word on an empty reason would keep ours from being said.
  if (mayApprove(button.form)) button.form.requestSubmit(button);
};
actions.approve_with_reason = () => {
  const reason = document.querySelector("#decide [name=reason]");
  if (!reason) return actions.approve();
  reason.focus();
};
actions.send = () => {
  if (document.activeElement?.form?.id !== "decide") return false;
  return actions.approve();
};

let composer = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id !== "decide" || event.submitter?.hasAttribute("formaction")) return;
  if (!mayApprove(form)) {
    stop(event);
    return;
  }
  if (form.dataset.route === "by_hand") {
    // Both want the press itself: later the browser would take them for a pop-up and a theft.
    navigator.clipboard?.writeText(editor().value).catch(() => {});
    composer = window.open("", "_blank");
  }
}, true);

document.addEventListener("desk:placed", () => {
  if (!composer) return;
  const link = doer("open");
  if (work()?.dataset.state === "by_hand" && link) composer.location = link.href;
  else composer.close();
  composer = null;
});

actions.undo = () => {
  // Before the answer is here, what can be undone on the page is the decision before.
  if (waits(() => actions.undo())) return;
  const button = document.querySelector("#toast [data-do=undo]") ?? doer("undo");
  if (!button) return false;
  press(button);
};
