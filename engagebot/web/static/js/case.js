// The page of a case: words of the customer, marked on it, become its title by one key.
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
