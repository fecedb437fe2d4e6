// Makes the pages quicker for people at a keyboard. Everything here also works without it, by links and forms.
"use strict";

(() => {
  const COUNT_AFTER_MS = 250;

  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;

  // Keys: the pages name them (data-key), so the help sheet and the keys can never differ.
  const keyed = () => [...document.querySelectorAll("[data-key]")].filter((part) => part.checkVisibility());
  const isTyping = (part) => part.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  function press(part) {
    if (part.matches("textarea, input")) {
      part.focus();
      return;
    }
    part.click();
    const fold = part.closest("summary")?.parentElement;
    if (fold?.open) fold.querySelector("select, input:not([type=hidden]), button")?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target.matches("textarea[data-count]")) {
      event.preventDefault();
      target.form.requestSubmit();
      return;
    }
    if (event.key === "Escape" && isTyping(target)) {
      target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      showKeys();
      return;
    }
    const part = keyed().find((each) => each.dataset.key === event.key);
    if (part) {
      event.preventDefault();
      press(part);
    }
  });

  function showKeys() {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    const list = dialog.querySelector("dl");
    list.replaceChildren();
    const rows = keyed().map((part) => [part.dataset.key, part.dataset.label]);
    rows.push(["Ctrl Enter", "Approve while typing"], ["Esc", "Leave the field; the text stays"], ["?", "This sheet"]);
    for (const [key, label] of rows) {
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
      const meaning = document.createElement("dd");
      meaning.textContent = label;
      list.append(term, meaning);
    }
    dialog.showModal();
  }

  for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", showKeys);

  // The server counts, because each platform counts in its own way.
  for (const field of document.querySelectorAll("textarea[data-count]")) {
    const output = document.getElementById(field.getAttribute("aria-describedby"));
    let timer = 0;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => count(field, output), COUNT_AFTER_MS);
    });
  }

  async function count(field, output) {
    const text = field.value;
    try {
      const response = await fetch(field.dataset.count, { method: "POST", body: new URLSearchParams({ text }) });
      if (!response.ok || field.value !== text) return;
      const answer = await response.json();
      output.textContent = answer.problem ?? `${answer.words} characters`;
      output.classList.toggle("over", answer.problem !== null);
      const cost = document.getElementById("cost");
      if (cost) cost.textContent = answer.cost ? `Sending it costs ${answer.cost}` : "";
    } catch {
      output.textContent = "engagebot does not answer; your text stays here";
      output.classList.add("over");
    }
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }

  // Nothing may be sent twice by a second press while the first is on its way.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  document.querySelector(".rowlink.chosen")?.scrollIntoView({ block: "nearest" });
})();
