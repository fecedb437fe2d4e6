// Where things stand on the desk: the item, the rows of its list, the field of its reply.

export const desk = () => document.getElementById("desk");
export const work = () => document.getElementById("work");
export const rows = () => [...document.querySelectorAll("#rows > [data-row]")];
export const draftId = () => work()?.dataset.draft ?? "";
export const editor = () => document.getElementById("text");
export const isOpen = (row) => !row.classList.contains("handled");

/** The next open row in a direction. */
export function beside(step, from = draftId()) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === from);
  const ahead = step > 0 ? all.slice(at + 1) : all.slice(0, Math.max(at, 0)).reverse();
  return ahead.find(isOpen) ?? null;
}
