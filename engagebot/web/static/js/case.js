// The page of a case: what its keys do beside the buttons, as when words of the customer become its title.
import { actions, announce } from "./app.js";

/** What is marked, if all of it stands within one thing that the customer said. */
function marked() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed) return "";
  const said = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-quotable]");
  const from = said(selection.anchorNode);
  return from && from === said(selection.focusNode) ? selection.toString().trim() : "";
}

actions.quote = () => {
  const form = document.getElementById("quote-form");
  const words = marked();
  if (!form || !words) return false;
  const field = form.elements.text;
  if (words.length > field.maxLength) {
    announce(`A title has at most ${field.maxLength} characters; mark fewer words.`, "trouble");
    return true;
  }
  field.value = words;
  form.requestSubmit();
  return true;
};

// Nothing on this page leaves for the customer, so the form with the field is sent, whichever it is.
actions.send = () => {
  const form = document.activeElement?.closest(".case form");
  form?.requestSubmit();
  return Boolean(form);
};

// Whoever was refused goes on at the end of what they had typed, not before it.
const wrong = document.querySelector(".case textarea[aria-invalid], .case input[aria-invalid]:not([type])");
wrong?.setSelectionRange(wrong.value.length, wrong.value.length);
