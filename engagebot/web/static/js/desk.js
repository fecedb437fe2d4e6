// The review desk: the next item in place, nothing that moves by itself, and no approval of what nobody has seen.
import { concerns, hold, lookAgain, lookAhead, outdate, refresh } from "./ahead.js";
import { actions, announce } from "./app.js";
import "./deciding.js";
import { settle } from "./item.js";
import { handled, markCurrent, showRow } from "./list.js";
import "./live.js";
import { desk, draftId, isOpen, rows, work } from "./parts.js";
import { save } from "./writing.js";

const BREAK_AFTER_MS = 45 * 60_000;
const BREAK_AFTER_APPROVALS = 60;

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
  if (by === desk()?.dataset.me) return;
  if (!["proposed", "held"].includes(state)) handled(id, words ?? `${by}: ${state.replaceAll("_", " ")}`);
  if (String(id) !== draftId()) return;
  const note = document.getElementById("meanwhile");
  if (!note) return;
  note.hidden = false;
  note.querySelector("p").textContent = `${by} has just changed this: ${words ?? state.replaceAll("_", " ")}. Your words are still here.`;
});

// By whomever: what was fetched of it no longer holds. Its row may have been greyed out just now.
document.addEventListener("desk:draft", (event) => {
  if (concerns(String(event.detail.id))) refresh(String(event.detail.id));
  else lookAhead();
});
document.addEventListener("desk:case", outdate);

let here = null;

document.addEventListener("desk:presence", (event) => {
  here = event.detail.drafts;
  const me = desk()?.dataset.me;
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
  hold(true);
});
document.addEventListener("desk:back", () => {
  setLost(false);
  hold(false);
  lookAgain();
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

document.addEventListener("desk:placed", () => {
  if (here) mark(document.querySelector("#work .who-is-here"), here[draftId()], desk()?.dataset.me);
});

// --- The list, read anew ---------------------------------------------------------------------------------------

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "list") return;
  fresh = new Set();
  const row = markCurrent();
  if (row) showRow(row);
  lookAgain();
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

// --- Staying awake ---------------------------------------------------------------------------------------------

document.addEventListener("desk:approved", () => {
  const now = Date.now();
  const state = JSON.parse(sessionStorage.getItem("desk.work") ?? "null") ?? { since: now, approvals: 0 };
  state.approvals += 1;
  if (now - state.last > BREAK_AFTER_MS / 3) Object.assign(state, { since: now, approvals: 1 });
  state.last = now;
  const isLong = now - state.since > BREAK_AFTER_MS || state.approvals >= BREAK_AFTER_APPROVALS;
  if (isLong && desk()?.dataset.breaks === "yes") {
    const note = document.getElementById("break");
    if (note) note.hidden = false;
    Object.assign(state, { since: now, approvals: 0 });
  }
  sessionStorage.setItem("desk.work", JSON.stringify(state));
});

settle(true);
