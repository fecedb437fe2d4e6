// The list beside the item: its rows, what became of them, and which of them are selected.
import { lookAhead } from "./ahead.js";
import { actions, announce } from "./app.js";
import { draftId, isOpen, rows } from "./parts.js";

const NEARLY_OUT = 10;

/** Mark the row of the item that is shown, and answer it. */
export function markCurrent() {
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
export function showRow(row) {
  const [list, here] = [row.parentElement.getBoundingClientRect(), row.getBoundingClientRect()];
  if (here.top < list.top) row.parentElement.scrollTop -= list.top - here.top;
  else if (here.bottom > list.bottom) row.parentElement.scrollTop += here.bottom - list.bottom;
}

let isLoadingMore = false;

/** Near the end of the list its next page is put behind it, so that keys go on as long as there is work. */
export async function loadMore() {
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
    lookAhead();
  } catch {
    // The link stands there still.
  } finally {
    isLoadingMore = false;
  }
}

/** Grey a row out and say what became of it; it goes with the next look at the list. */
export function handled(id, words) {
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

export function unhandled(id) {
  const row = document.getElementById(`row-${id}`);
  row?.classList.remove("handled");
  row?.querySelector(".row-note")?.remove();
  const box = row?.querySelector("input[type=checkbox]");
  if (box) box.disabled = false;
}

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
