// The review desk: the next item in place, nothing that moves by itself, and no approval of what nobody has seen.
import { concerns, lookAhead, outdate, take } from "./ahead.js";
import { actions, announce, doer, press, reveal } from "./app.js";
import { fits } from "./counting.js";
import "./live.js";

const work = () => document.getElementById("work");
const rows = () => [...document.querySelectorAll("#rows > [data-row]")];
const draftId = () => work()?.dataset.draft ?? "";
const editor = () => document.getElementById("text");
const SAVE_AFTER_MS = 800;
const NEARLY_OUT = 10;
const BREAK_AFTER_MS = 45 * 60_000;
const BREAK_AFTER_APPROVALS = 60;

// --- The list: where we are, and what comes next -------------------------------------------------------------

const isOpen = (row) => !row.classList.contains("handled");

// Where keys have led already while the item is on its way, so that j j goes two rows down.
let aimed = null;

/** The next open row in a direction. */
function beside(step, from = draftId()) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === from);
  const ahead = step > 0 ? all.slice(at + 1) : all.slice(0, Math.max(at, 0)).reverse();
  return ahead.find(isOpen) ?? null;
}

function go(step) {
  if (deciding) {
    later += step;
    return;
  }
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

/** Mark the row of the item that is shown, and answer it. */
function markCurrent() {
  const list = rows();
  const id = draftId();
  const current = list.find((row) => row.dataset.row === id);
  for (const row of list) {
    const link = row.querySelector(".rowlink");
    const isIt = row === current;
    link.classList.toggle("chosen", isIt);
    const index = isIt || (!current && row === list[0]) ? "0" : "-1";
    // Written only where it changes: each write makes the browser look at the row again.
    if (link.getAttribute("tabindex") !== index) link.setAttribute("tabindex", index);
    if (isIt) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  return current ?? null;
}

/** Scroll the list alone, so that the page stays where it is read. */
function showRow(row) {
  const [list, here] = [row.parentElement.getBoundingClientRect(), row.getBoundingClientRect()];
  if (here.top < list.top) row.parentElement.scrollTop -= list.top - here.top;
  else if (here.bottom > list.bottom) row.parentElement.scrollTop += here.bottom - list.bottom;
}

let isLoadingMore = false;

/** Near the end of the list its next page is put behind it, so that keys go on as long as there is work. */
async function loadMore() {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === draftId());
  const link = document.querySelector("#list .pager [rel=next]");
  if (!link || isLoadingMore || at < 0 || all.slice(at + 1).filter(isOpen).length > NEARLY_OUT) return;
  isLoadingMore = true;
  try {
    const address = new URL(link.href);
    address.searchParams.set("part", "list");
    const response = await fetch(address);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = [...page.querySelectorAll("#rows > [data-row]")].filter((row) => !document.getElementById(row.id));
    document.getElementById("rows").append(...fresh);
    for (const row of fresh) htmx.process(row);
    const next = page.querySelector(".pager [rel=next]");
    if (next) link.href = next.href;
    else link.remove();
    const following = beside(1);
    if (following && !concerns(following.dataset.row)) lookAhead(following);
  } catch {
    // The link stands there still.
  } finally {
    isLoadingMore = false;
  }
}

/** Grey a row out and say what became of it; it goes with the next look at the list. */
function handled(id, words) {
  const row = document.getElementById(`row-${id}`);
  if (!row || row.classList.contains("handled")) return;
  row.classList.add("handled");
  const note = document.createElement("span");
  note.className = "row-note small";
  note.textContent = words;
  row.querySelector(".rowlink").append(note);
  const box = row.querySelector("input[type=checkbox]");
  if (box) {
    box.checked = false;
    box.disabled = true;
  }
}

function unhandled(id) {
  const row = document.getElementById(`row-${id}`);
  row?.classList.remove("handled");
  row?.querySelector(".row-note")?.remove();
  const box = row?.querySelector("input[type=checkbox]");
  if (box) box.disabled = false;
}

// --- Deciding --------------------------------------------------------------------------------------------------

// The list on the screen is frozen, so the page itself knows best which item follows.
document.addEventListener("htmx:configRequest", (event) => {
  const form = event.target.closest("form[data-decides]");
  if (!form) return;
  const next = beside(1) ?? beside(-1);
  event.detail.parameters.following = next?.dataset.row ?? "";
});

// Keys that are pressed while a decision is on its way mean what follows it, and wait for its answer.
let deciding = null;
let isDone = false;
let later = 0;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.closest("form[data-decides]")) return;
  deciding = event.detail.xhr;
  isDone = false;
  lookAhead(null);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!deciding || event.detail.xhr !== deciding) return;
  const steps = isDone ? later : 0;
  deciding = null;
  later = 0;
  for (let step = 0; step < Math.abs(steps); step += 1) go(Math.sign(steps));
});

document.addEventListener("desk:acted", (event) => {
  const { id, state, words } = event.detail;
  isDone = true;
  if (words) handled(id, words);
  else unhandled(id);
  if (state === "approved") countApproval();
});

const seen = new WeakSet();

function look() {
  for (const end of document.querySelectorAll("[data-end]")) {
    const box = end.getBoundingClientRect();
    if (box.top >= 0 && box.bottom <= window.innerHeight) seen.add(end);
  }
}

const unseen = () => {
  look();
  return [...document.querySelectorAll("#work [data-end]")].filter((end) => !seen.has(end));
};
document.addEventListener("scroll", look, { passive: true, capture: true });

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
    event.preventDefault();
    event.stopImmediatePropagation();
    delete form.dataset.sent;
    return;
  }
  if (form.dataset.route === "by_hand") {
    // Both want the press itself: later the browser would take them for a pop-up and a theft.
    navigator.clipboard?.writeText(editor().value).catch(() => {});
    composer = window.open("", "_blank");
  }
}, true);

function openComposer() {
  if (!composer) return;
  const link = doer("open");
  if (work()?.dataset.state === "by_hand" && link) composer.location = link.href;
  else composer.close();
  composer = null;
}

// --- Writing ---------------------------------------------------------------------------------------------------

function fitOf(field) {
  if (!field?.dataset.limit) return null;
  return fits(field.dataset.measure, field.value, Number(field.dataset.limit));
}

function count() {
  const field = editor();
  const output = document.getElementById("count");
  const found = fitOf(field);
  if (!found || !output) return;
  const told = found.over > 0 ? `${found.over} over the limit of ${field.dataset.limit}` : `${found.length} of ${field.dataset.limit}`;
  if (output.textContent !== told) output.textContent = told;
  output.classList.toggle("over", found.over > 0);
  const button = field.form.querySelector('[data-do="approve"]');
  if (button && button.disabled !== found.over > 0) button.disabled = found.over > 0;
}

let saving = 0;

async function save() {
  const field = editor();
  if (!field?.dataset.writing || field.value === field.dataset.saved) return;
  const note = document.getElementById("saved-note");
  const text = field.value;
  try {
    const response = await fetch(field.dataset.writing, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text, version: Number(work().dataset.version) }),
      keepalive: text.length < 60_000,
    });
    if (!response.ok) throw new Error(String(response.status));
    field.dataset.saved = text;
    if (note) note.textContent = "Kept";
  } catch {
    // The words stay in the field and in this browser; the next pause tries again.
    sessionStorage.setItem(`desk.text.${draftId()}`, text);
    if (note) note.textContent = "Not kept on the server yet; it stays in this window";
    saving = setTimeout(save, 5000);
  }
}

document.addEventListener("input", (event) => {
  if (event.target !== editor()) return;
  count();
  document.dispatchEvent(new CustomEvent("desk:typing"));
  const note = document.getElementById("saved-note");
  if (note) note.textContent = "";
  clearTimeout(saving);
  saving = setTimeout(save, SAVE_AFTER_MS);
});
window.addEventListener("pagehide", save);
document.addEventListener("htmx:beforeSwap", keepWords);

function keepWords() {
  clearTimeout(saving);
  save();
}

actions.edit = () => {
  const field = editor();
  if (!field) return false;
  field.focus();
};

actions.saved = () => {
  const fold = document.getElementById("saved");
  if (!fold) return false;
  fold.open = true;
  fold.querySelector("input")?.focus();
};

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (field !== editor() || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  // A slash in the middle of words is a slash; at the start of a line it looks for a saved reply.
  if (field.selectionStart > 0 && field.value[field.selectionStart - 1] !== "\n") return;
  event.preventDefault();
  actions.saved();
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("#saved input")) return;
  const asked = event.target.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("#saved li")) row.hidden = !row.textContent.toLowerCase().includes(asked);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  event.preventDefault();
  const field = editor();
  field.focus();
  // The browser's own insertion, so that its undo works.
  if (!document.execCommand("insertText", false, button.dataset.insert)) {
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.getElementById("saved").open = false;
});

// --- Selecting several -----------------------------------------------------------------------------------------

let lastSelected = null;

function select(row, isOn) {
  const box = row.querySelector("input[type=checkbox]");
  if (box && !box.disabled) box.checked = isOn;
}

function current() {
  return document.activeElement?.closest?.("#rows > [data-row]") ?? document.getElementById(`row-${draftId()}`);
}

actions.select = () => {
  const row = current();
  if (!row) return false;
  select(row, !row.querySelector("input[type=checkbox]")?.checked);
  lastSelected = row;
  showSelection();
};
actions.select_to = () => {
  const row = current();
  const all = rows();
  if (!row) return false;
  const from = all.indexOf(lastSelected ?? all[0]);
  const to = all.indexOf(row);
  all.slice(Math.min(from, to), Math.max(from, to) + 1).filter(isOpen).forEach((each) => select(each, true));
  showSelection();
};
actions.bulk = () => {
  const button = document.querySelector("#bulk button");
  if (!button || !rows().some((row) => row.querySelector("input:checked"))) return false;
  button.click();
};

function showSelection() {
  const chosen = rows().filter((row) => row.querySelector("input:checked")).length;
  const bar = document.getElementById("bulk");
  if (!bar) return;
  bar.querySelector("output").textContent = chosen ? `${chosen} selected` : "";
  announce(chosen ? `${chosen} selected.` : "Nothing selected.", "note");
}
document.addEventListener("change", (event) => {
  if (event.target.id === "all-rows") rows().filter(isOpen).forEach((row) => select(row, event.target.checked));
  if (event.target.matches("#rows input[type=checkbox], #all-rows")) {
    lastSelected = event.target.closest("[data-row]") ?? lastSelected;
    showSelection();
  }
});

// --- What others do --------------------------------------------------------------------------------------------

let fresh = new Set();

document.addEventListener("desk:new", (event) => {
  const lane = document.getElementById("list")?.dataset.lane;
  for (const { id, lane: its } of event.detail.drafts) {
    if (!document.getElementById(`row-${id}`) && (lane === "review" || lane === its)) fresh.add(id);
  }
  showFresh();
});

function showFresh() {
  const pill = document.getElementById("fresh");
  if (!pill) return;
  if (fresh.size && !rows().some(isOpen) && !draftId()) {
    location.reload();
    return;
  }
  pill.hidden = fresh.size === 0;
  pill.querySelector("a").firstChild.textContent = `Show ${fresh.size} new `;
}

document.addEventListener("desk:draft", (event) => {
  const { id, state, by, words } = event.detail;
  if (by === document.getElementById("desk")?.dataset.me) return;
  if (!["proposed", "held"].includes(state)) handled(id, words ?? `${by}: ${state.replaceAll("_", " ")}`);
  if (String(id) !== draftId()) return;
  const note = document.getElementById("meanwhile");
  if (!note) return;
  note.hidden = false;
  note.querySelector("p").textContent = `${by} has just changed this: ${words ?? state.replaceAll("_", " ")}. Your words are still here.`;
});

// By whomever: what was fetched of it no longer holds. Its row may have been greyed out just now.
document.addEventListener("desk:draft", (event) => {
  if (concerns(String(event.detail.id))) lookAhead(beside(1));
});
document.addEventListener("desk:case", outdate);

let here = null;

document.addEventListener("desk:presence", (event) => {
  here = event.detail.drafts;
  const me = document.getElementById("desk")?.dataset.me;
  for (const row of rows()) mark(row.querySelector(".who-is-here"), here[row.dataset.row], me);
  mark(document.querySelector("#work .who-is-here"), here[draftId()], me);
});

function mark(place, people, me) {
  if (!place) return;
  const others = (people ?? []).filter((each) => each.name !== me);
  place.textContent = others.map((each) => `${each.is_typing ? "✎" : "👁"} ${each.name} ${each.is_typing ? "is writing" : "is here"}`).join(", ");
}

document.addEventListener("desk:taken", (event) => {
  if (String(event.detail.draft_id) === draftId()) announce(`${event.detail.by} has taken this over from you. Your words are kept.`, "note");
});
document.addEventListener("desk:site", (event) => {
  const [before, now] = [document.body.dataset.paused, String(Boolean(event.detail.paused_by))];
  document.body.dataset.paused = now;
  if (before !== undefined && before !== now) {
    announce(event.detail.paused_by ? `${event.detail.paused_by} has paused all sending.` : "Sending goes on.", "note");
    outdate();
  }
});
const setLost = (isLost) => {
  document.getElementById("lost").hidden = !isLost;
  for (const button of document.querySelectorAll("#work form[method=post] button")) {
    if (isLost) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
};
document.addEventListener("desk:lost", () => {
  setLost(true);
  lookAhead(null);
});
document.addEventListener("desk:back", () => {
  setLost(false);
  lookAhead(beside(1));
  save();
});
document.addEventListener("desk:reload", () => {
  document.getElementById("fresh").hidden = false;
});
document.addEventListener("submit", (event) => {
  if (document.getElementById("lost")?.hidden !== false || !event.target.closest("#work")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // It was not sent, so the press after this one, when somebody answers again, is no second one.
  delete event.target.dataset.sent;
  announce("engagebot does not answer, so nothing was done. Your words are kept.", "trouble");
}, true);

// --- Staying awake ---------------------------------------------------------------------------------------------

function countApproval() {
  const now = Date.now();
  const state = JSON.parse(sessionStorage.getItem("desk.work") ?? "null") ?? { since: now, approvals: 0 };
  state.approvals += 1;
  if (now - state.last > BREAK_AFTER_MS / 3) Object.assign(state, { since: now, approvals: 1 });
  state.last = now;
  const isLong = now - state.since > BREAK_AFTER_MS || state.approvals >= BREAK_AFTER_APPROVALS;
  if (isLong && document.getElementById("desk")?.dataset.breaks === "yes") {
    const note = document.getElementById("break");
    if (note) note.hidden = false;
    Object.assign(state, { since: now, approvals: 0 });
  }
  sessionStorage.setItem("desk.work", JSON.stringify(state));
}

// --- Each time an item comes before us -------------------------------------------------------------------------

/**
 * Put an item in place of the one before, with what else the server says has changed.
 *
 * htmx would do that as well. But it tells each element that leaves, twice, and there are some three hundred; and
 * taking away what has the focus makes the browser lay out the page in between.
 */
function place(html, path) {
  const part = new DOMParser().parseFromString(html, "text/html");
  const [item, toast] = ["work", "toast"].map((id) => part.getElementById(id));
  if (!item) return false;
  if (work().contains(document.activeElement)) document.activeElement.blur();
  work().replaceWith(item);
  htmx.process(item);
  for (const name of ["lanes", "queue-count"]) {
    const [now, before] = [part.getElementById(name), document.getElementById(name)];
    now?.removeAttribute("hx-swap-oob");
    if (now && before && !now.isEqualNode(before)) before.replaceWith(now);
  }
  const told = document.getElementById("toast");
  if (toast && (toast.childElementCount || told.childElementCount)) {
    told.replaceChildren(...toast.childNodes);
    htmx.process(told);
  }
  if (path) history.pushState({ htmx: true }, "", path);
  reveal();
  settle(false);
  return true;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, shouldSwap, serverResponse, xhr } = event.detail;
  if (!shouldSwap || target.id !== "work") return;
  if (place(serverResponse, xhr.getResponseHeader("HX-Push-Url"))) event.detail.shouldSwap = false;
});

let settled = "";

// First everything is written, then looked at: a look in between makes the browser lay out the page each time.
function settle(isFirst) {
  aimed = null;
  const row = markCurrent();
  openComposer();
  count();
  const field = editor();
  const kept = sessionStorage.getItem(`desk.text.${draftId()}`);
  if (field && kept !== null) {
    if (kept !== field.value) field.value = kept;
    sessionStorage.removeItem(`desk.text.${draftId()}`);
    save();
  }
  if (field) field.dataset.saved ??= field.defaultValue;
  if (here) mark(document.querySelector("#work .who-is-here"), here[draftId()], document.getElementById("desk")?.dataset.me);
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
  lookAhead(beside(1));
  document.dispatchEvent(new CustomEvent("desk:item", { detail: { id: draftId() } }));
  performance.mark(`item-${draftId()}`);
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "list") return;
  fresh = new Set();
  const row = markCurrent();
  if (row) showRow(row);
  lookAhead(beside(1));
});
document.addEventListener("htmx:sendError", () => document.dispatchEvent(new CustomEvent("desk:lost")));

actions.fresh = () => {
  const pill = document.querySelector("#fresh a");
  if (!pill || document.getElementById("fresh").hidden) return false;
  pill.click();
};
for (const [action, number] of [["first", 1], ["second", 2], ["third", 3]]) {
  actions[action] = () => {
    const button = document.querySelector(`#variants [value="${number}"]`);
    if (!button) return false;
    button.click();
  };
}
actions.undo = () => {
  const button = document.querySelector("#toast [data-do=undo]") ?? doer("undo");
  if (!button) return false;
  press(button);
};

settle(true);
