// Colleagues and what happens, told to the page by events on `document`. This script shows nothing and moves nothing.
//
// It listens to GET /live (text/event-stream) and passes each event on, `detail` being what the server said:
//   desk:draft     {id, state, by, action, lane, version, words}   a draft was decided or changed; lane may be null,
//                  state, lane and version are those of now, so of two events for one draft the later one holds
//   desk:new       {drafts: [{id, lane}], is_awake}                proposed, or back from a snooze; an id that stands
//                  on the page already may come again
//   desk:case      {id, state, by, action}
//   desk:presence  {drafts: {ID: [{name, is_typing}]}}             everybody at every draft, oneself included;
//                  whoever is not named has left
//   desk:site      {paused_by, mode}                               when listening begins, and when somebody pauses
//   desk:taken     {draft_id, by}                                  our claim on a draft went to somebody else
//   desk:reload    {}                                              too much was missed: only a new page tells it all
// and by itself:
//   desk:lost      {why}    "silent": no answer for 20 s; "error": the connection broke; "bye": signed out.
//                  The page may dispatch it too, when its own requests get no answer; desk:back follows either way
//   desk:back      {}       it answers again; what was missed follows
//   desk:claim     {draft_id, holder}    whose turn it is at the draft on this page (name or null), when that changes
//
// What happened while nobody listened is asked for by the last id heard (sessionStorage), or by the newest id the
// server knew when it made the page (<body data-live-after>), whichever is higher. Ids heard before are dropped.
// One tab of a browser holds the connection (Web Locks) and tells the others (BroadcastChannel); where there are no
// locks, which browsers keep for https and localhost, each tab has its own.
// The element [data-draft] on a visible page whose reader stirs is reported every ten seconds, as is writing in a
// textarea inside it; leaving it is reported too. Tests shorten the times: <body data-live-beat-ms="…"> and so on.

const span = (name, standard) => Number(document.body.dataset[name] ?? standard);
const LOST_MS = span("liveLostMs", 20_000);
const RETRY_MS = span("liveRetryMs", 1_500);
const RETRY_MOST_MS = 15_000;
const BEAT_MS = span("liveBeatMs", 10_000);
const AGAIN_MS = Math.min(3_000, BEAT_MS);
const TYPING_MS = span("liveTypingMs", 10_000);
const IDLE_MS = span("liveIdleMs", 600_000);
const STAY_MS = span("liveStayMs", 300);
const LOOK_MS = 250;
const HEARD_MOST = 1_500;
const LAST = "live.last";
const TOLD = ["draft", "new", "case", "presence", "site", "taken", "reload"];
const ONCE = new Set(["draft", "new", "case", "taken"]);

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`desk:${name}`, { detail }));
const now = () => performance.now();

// --- What is heard -----------------------------------------------------------------------------------------------

let last = Math.max(Number(sessionStorage.getItem(LAST) ?? 0), Number(document.body.dataset.liveAfter ?? 0));
let heardAt = now();
let lost = null;
let isOurWord = false;
const heard = new Set();
const recent = [];
const standing = new Map();

function lose(why) {
  if (lost === "page") lost = why;
  if (lost) return;
  lost = why;
  isOurWord = true;
  tell("lost", { why });
  isOurWord = false;
}

function find() {
  if (!lost) return;
  lost = null;
  tell("back", {});
}

/** Take in one message, from the server or from the tab that hears the server. */
function take(message) {
  heardAt = now();
  if (message.name === "lost") {
    lose(message.data.why);
    return;
  }
  if (ONCE.has(message.name) && !message.data.is_awake) {
    const key = `${message.name} ${message.id}`;
    if (heard.has(key)) return;
    heard.add(key);
    if (heard.size > HEARD_MOST) heard.delete(heard.values().next().value);
  }
  find();
  if (message.name === "reload") heard.clear();
  if (message.id > last || message.name === "reload") {
    last = message.id;
    sessionStorage.setItem(LAST, String(last));
  }
  if (message.name === "presence" || message.name === "site") standing.set(message.name, message);
  else if (ONCE.has(message.name)) recent.push(message);
  if (recent.length > HEARD_MOST) recent.shift();
  if (TOLD.includes(message.name)) tell(message.name, message.data);
}

document.addEventListener("desk:lost", () => {
  if (isOurWord || lost) return;
  lost = "page";
  report();
});

// --- The connection, and the other tabs --------------------------------------------------------------------------

const isShared = Boolean(navigator.locks && window.BroadcastChannel);
const tab = Math.random().toString(36).slice(2);
const others = isShared ? new BroadcastChannel("engagebot-live") : null;
let source = null;
let isHolder = false;
let tries = 0;
let again = 0;

function pass(message) {
  take(message);
  others?.postMessage(message);
}

function connect() {
  clearTimeout(again);
  source?.close();
  source = new EventSource(`/live${last ? `?after=${last}` : ""}`);
  for (const name of [...TOLD, "hello", "beat"]) {
    source.addEventListener(name, (event) => {
      tries = 0;
      pass({ name, data: JSON.parse(event.data), id: Number(event.lastEventId) });
    });
  }
  source.addEventListener("bye", () => retry("bye"));
  source.addEventListener("error", () => retry("error"));
}

/** Say that nothing answers, and try again by and by; the last id heard goes along. */
function retry(why) {
  source?.close();
  source = null;
  pass({ name: "lost", data: { why } });
  clearTimeout(again);
  again = setTimeout(connect, Math.min(RETRY_MS * 2 ** tries, RETRY_MOST_MS));
  tries += 1;
}

function disconnect() {
  isHolder = false;
  clearTimeout(again);
  source?.close();
  source = null;
}

function queue(options) {
  const held = navigator.locks.request("engagebot-live", options, () => {
    isHolder = true;
    connect();
    return new Promise(() => {});
  });
  // Another tab that heard nothing from this one took its place.
  held.catch(() => {
    disconnect();
    queue({});
  });
}

function hear({ data }) {
  if (data.ask) {
    if (!isHolder || !source) return;
    const missed = recent.filter((message) => message.id > data.after);
    others.postMessage({ to: data.ask, messages: [...standing.values(), ...missed] });
  } else if (data.to) {
    if (data.to === tab) data.messages.forEach(take);
  } else if (!isHolder) take(data);
}

function watch() {
  if (now() - heardAt < LOST_MS) {
    if (isHolder && lost && lost !== "page") others?.postMessage({ name: "lost", data: { why: lost } });
    return;
  }
  heardAt = now();
  if (isHolder) retry("silent");
  else {
    lose("silent");
    // A tab that holds the connection and says nothing is asleep.
    queue({ steal: true });
  }
}

if (isShared) {
  others.addEventListener("message", hear);
  queue({});
  others.postMessage({ ask: tab, after: last });
} else {
  isHolder = true;
  connect();
}
setInterval(watch, Math.min(LOST_MS / 4, 5_000));
window.addEventListener("online", () => {
  if (isHolder && lost) connect();
});

// --- Who is here -------------------------------------------------------------------------------------------------

let shown = "";
let shownAt = 0;
let reported = "";
let dueAt = 0;
let isFirst = true;
let wasTyping = false;
let typedAt = -Infinity;
let stirredAt = now();
let holder;

const isTyping = () => now() - typedAt < TYPING_MS;

function current() {
  if (document.visibilityState !== "visible" || now() - stirredAt > IDLE_MS) return "";
  return document.querySelector("[data-draft]")?.dataset.draft ?? "";
}

function look() {
  const id = current();
  if (id !== shown) {
    shown = id;
    shownAt = now();
    typedAt = -Infinity;
    leave();
  }
  if (!shown || now() - shownAt < STAY_MS) return;
  if (reported !== shown) {
    isFirst = true;
    holder = undefined;
  } else if (now() < dueAt && isTyping() === wasTyping) return;
  report();
}

async function report() {
  const id = shown;
  if (!id) return;
  reported = id;
  wasTyping = isTyping();
  // Said twice at first: the farewell of the page before may arrive after the first word of this one.
  dueAt = now() + (isFirst ? AGAIN_MS : BEAT_MS);
  isFirst = false;
  try {
    const body = new URLSearchParams({ is_typing: String(wasTyping) });
    const response = await fetch(`/queue/${id}/here`, { method: "POST", body });
    if (!response.ok) return;
    const claim = await response.json();
    if (lost === "page") find();
    if (id !== shown || claim.holder === holder) return;
    holder = claim.holder;
    tell("claim", { draft_id: Number(id), holder });
  } catch {
    // The stream says whether anybody answers.
  }
}

function leave() {
  if (reported) navigator.sendBeacon(`/queue/${reported}/gone`);
  reported = "";
}

function type() {
  typedAt = now();
  stirredAt = now();
  look();
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-draft] textarea")) type();
});
document.addEventListener("desk:typing", type);
document.addEventListener("desk:item", look);
document.addEventListener("visibilitychange", look);
for (const name of ["keydown", "pointerdown", "pointermove", "scroll"]) {
  document.addEventListener(name, () => (stirredAt = now()), { capture: true, passive: true });
}
window.addEventListener("pagehide", () => {
  leave();
  shown = "";
});
setInterval(look, LOOK_MS);
