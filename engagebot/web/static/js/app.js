// Keys, dialogs and forms of every page. All of it also works without this script, by links and forms.
// The server prints each person's keys once (#keys); what a key does stands on the page as data-do.

const keymap = JSON.parse(document.getElementById("keys")?.dataset.map ?? "{}");
const GO_WITHIN_MS = 1500;
// The end of a form: what it sends must reach the server once, however often somebody presses.
const LOCKED_MS = 10_000;

/** What keys do that no element on the page does: action -> function that answers false to pass the key on. */
export const actions = {
  help: () => show("keys"),
  palette: () => openPalette(),
  leave: () => closeFold(document.activeElement),
  next: () => step(1),
  previous: () => step(-1),
};

/** Whoever thinks better of it is back before the item, not far below it in an open fold. */
function closeFold(part) {
  const fold = part?.closest("details[open][name=deeds]");
  if (!fold) return false;
  fold.open = false;
  document.getElementById("item-h")?.focus();
  return true;
}

/** On pages with a plain list the keys walk its rows; the desk has its own way. */
function step(by) {
  const rows = [...document.querySelectorAll("main .rowlink")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : -1) : at + by];
  if (!next) return false;
  next.focus();
}

const paths = {
  go_today: "/", go_queue: "/queue", go_mentions: "/mentions", go_cases: "/cases", go_customers: "/customers",
  go_rules: "/rules", go_play: "/queue/play", go_connectors: "/connectors", go_me: "/me",
};
for (const [action, path] of Object.entries(paths)) actions[action] = () => location.assign(path);

/** Say something to everybody, screen readers included. */
export function announce(words, kind = "done") {
  const toast = document.getElementById("toast");
  if (!toast) return;
  const box = document.createElement("div");
  box.className = kind;
  const line = document.createElement("p");
  line.textContent = words;
  box.append(line);
  toast.replaceChildren(box);
}

export function show(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

const isTyping = (part) =>
  part.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

/** The visible element that does an action. */
export function doer(action) {
  return [...document.querySelectorAll(`[data-do="${action}"]`)].find((part) => part.checkVisibility()) ?? null;
}

/** Do what an element offers: go into a field, open or close a fold, press a button. */
export function press(part) {
  if (part.matches("textarea, input")) {
    part.focus();
    return;
  }
  if (part.matches("details")) {
    part.open = !part.open;
    part.querySelector("summary").focus();
    return;
  }
  part.click();
  const fold = part.closest("summary")?.parentElement;
  if (!fold?.open) return;
  // Where digits choose, a field would swallow them.
  const first = fold.querySelector("[data-digit]") ?? fold.querySelector("select, textarea, input:not([type=hidden]), button");
  first?.focus();
}

export function act(action) {
  if (actions[action] && actions[action]() !== false) return true;
  const part = doer(action);
  if (!part) return false;
  press(part);
  return true;
}

function named(event) {
  if (event.ctrlKey || event.metaKey) return `Control+${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
  return event.key;
}

// On a phone the links stand in one line that scrolls; the page one is on is in sight.
const [links, here] = [".nav", ".nav [aria-current]"].map((part) => document.querySelector(part));
if (here) links.scrollLeft = here.offsetLeft - (links.clientWidth - here.offsetWidth) / 2;

let goSince = 0;

function digit(event) {
  if (!/^[1-9]$/.test(event.key)) return false;
  const fold = [...document.querySelectorAll("details[open][data-digits], form[data-digits]")].find((part) => part.checkVisibility());
  const part = fold?.querySelector(`[data-digit="${event.key}"]`);
  part?.click();
  return Boolean(part);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing) return;
  const name = named(event);
  const typing = isTyping(event.target);
  if (event.key === "Escape" && typing) {
    const dialog = event.target.closest("dialog");
    // A search field would spend the first press on emptying itself.
    if (dialog) {
      event.preventDefault();
      dialog.close();
    } else if (!closeFold(event.target)) event.target.blur();
    return;
  }
  if (typing && !name.startsWith("Control+")) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  if (!typing && digit(event)) {
    event.preventDefault();
    return;
  }
  const isGoing = !typing && Date.now() - goSince < GO_WITHIN_MS;
  goSince = 0;
  const wanted = isGoing ? `g ${event.key}` : name;
  if (wanted === "g" && keymap.go_today) {
    goSince = Date.now();
    return;
  }
  const listening = Object.keys(keymap).filter((action) => keymap[action] === wanted);
  if (!isGoing && event.key === "ArrowDown") listening.push("next");
  if (!isGoing && event.key === "ArrowUp") listening.push("previous");
  for (const action of listening) {
    if (act(action)) {
      event.preventDefault();
      return;
    }
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    show(opener.dataset.opens);
  }
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    navigator.clipboard.writeText(document.getElementById(copier.dataset.copy).textContent).then(
      () => announce("Copied."),
      () => announce("The browser did not let the text be copied; mark it and copy it yourself.", "trouble"),
    );
  }
});

// The palette: what can be done here and now stands on the page; the rest is asked of the server.
function openPalette() {
  const list = document.getElementById("doable");
  if (!list) return false;
  const shown = [...document.querySelectorAll("#keys [data-for]")].filter(
    (part) => doer(part.dataset.for) || actions[part.dataset.for],
  );
  list.replaceChildren(...shown.map(offer));
  show("palette");
  const field = document.querySelector("#palette input");
  field.value = "";
  document.getElementById("found").replaceChildren();
  field.focus();
  return true;
}

function offer(part) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = part.textContent;
  const cap = document.createElement("kbd");
  cap.textContent = keymap[part.dataset.for];
  button.append(cap);
  button.addEventListener("click", () => {
    document.getElementById("palette").close();
    act(part.dataset.for);
  });
  row.append(button);
  return row;
}

document.getElementById("palette")?.addEventListener("input", (event) => {
  const asked = event.target.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("#doable li")) row.hidden = !row.textContent.toLowerCase().includes(asked);
});
document.getElementById("palette")?.addEventListener("keydown", (event) => {
  const parts = [...event.currentTarget.querySelectorAll("li a, li button")].filter((part) => part.checkVisibility());
  const at = parts.indexOf(document.activeElement);
  if (event.key === "ArrowDown") parts[Math.min(at + 1, parts.length - 1)]?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? parts[at - 1] : event.currentTarget.querySelector("input")).focus();
  else if (event.key === "Enter" && at < 0) parts[0]?.click();
  else return;
  event.preventDefault();
});

// Nothing may be sent twice by a second press while the first is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < LOCKED_MS) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  form.dataset.sent = String(Date.now());
}, true);
const unlock = () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
window.addEventListener("pageshow", unlock);
document.addEventListener("htmx:afterRequest", unlock);

// Whose page this is goes with each press: somebody else may have signed in in another window meanwhile.
const { me } = document.body.dataset;

function pressedHere(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("as", me);
  return url.pathname + url.search;
}

if (me) {
  document.addEventListener("submit", ({ target: form }) => {
    // A field called "action" would hide the property of that name.
    if (form.method === "post" && !form.hasAttribute("hx-post")) form.setAttribute("action", pressedHere(form.getAttribute("action") ?? ""));
  }, true);
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") detail.path = pressedHere(detail.path);
  });
}

/** Show what is of use only where scripts run. */
export function reveal() {
  for (const part of document.querySelectorAll(".needs-script[hidden]")) part.hidden = false;
}

reveal();
document.addEventListener("htmx:afterSwap", reveal);
