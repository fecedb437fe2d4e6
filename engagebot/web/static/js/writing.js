// The field of the reply: what is written is counted, kept and never lost.
import { actions } from "./app.js";
import { fits } from "./counting.js";
import { desk, draftId, editor, work } from "./parts.js";

const SAVE_AFTER_MS = 800;

export function fitOf(field) {
  if (!field?.dataset.limit) return null;
  return fits(field.dataset.measure, field.value, Number(field.dataset.limit));
}

export function count() {
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

export async function save() {
  const field = editor();
  if (!field?.dataset.writing || field.value === field.dataset.saved) return;
  const note = document.getElementById("saved-note");
  const text = field.value;
  // When the answer comes, another item may stand here.
  const [id, by] = [draftId(), desk()?.dataset.me];
  try {
    const response = await fetch(field.dataset.writing, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text, by, version: Number(work().dataset.version) }),
      keepalive: text.length < 60_000,
    });
    if (!response.ok) throw new Error(String(response.status));
    field.dataset.saved = text;
    if (note) note.textContent = "Kept";
  } catch {
    // The words stay in the field and in this browser; the next pause tries again.
    sessionStorage.setItem(`desk.refused.${id}`, JSON.stringify({ by, text }));
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

// A page may go because nobody is signed in any more: then the server keeps nothing, and its answer finds nobody to
// tell. What is not kept yet stays in this window, for the same person, until the item is opened again; that of an
// item whose decision is on its way, too.
const leftAt = (field) => `desk.left.${field.dataset.writing}`;

window.addEventListener("pagehide", () => {
  for (const field of document.querySelectorAll("[data-writing]")) {
    const over = field.dataset.saved ?? field.defaultValue;
    if (field.value !== over) sessionStorage.setItem(leftAt(field), JSON.stringify({ by: desk()?.dataset.me, over, text: field.value }));
  }
  save();
});

/** What this person has left in this window under a name; it is here no more then. */
function taken(name) {
  const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
  if (kept?.by !== desk()?.dataset.me) return null;
  sessionStorage.removeItem(name);
  return kept;
}

/** Put back what stayed here: words that the server refused, and those it may not have got, where it has no newer ones. */
export function putBack(field) {
  const [refused, left] = [taken(`desk.refused.${draftId()}`), taken(leftAt(field))];
  field.dataset.saved ??= field.defaultValue;
  const text = refused?.text ?? (left?.over === field.value ? left.text : null);
  if (text === null) return;
  if (text !== field.value) field.value = text;
  save();
}

export function keepWords() {
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
