/** The hash by which the page allows its script: `sha256-` of {@linkcode PAGE_SCRIPT}. */
export const PAGE_SCRIPT_HASH = "sha256-qbq5Yjovz7kozyb5ATgfs2nfq6yl9+E/AEbn+3xRHns=";

/**
 * The script of the page: shows what is said of the line that somebody points at, taps or goes to, and
 * copies commands. Constant, so that the page can name its hash.
 */
export const PAGE_SCRIPT: string = `"use strict";
for (const figure of document.querySelectorAll(".picture")) {
  const lines = [...figure.querySelectorAll(".ev")];
  const says = [...figure.querySelectorAll(".say")];
  const show = (at) => {
    figure.classList.add("is-used");
    for (const say of says) say.hidden = say.dataset.at !== at;
    for (const line of lines) {
      const isIt = line.dataset.at === at;
      line.setAttribute("aria-selected", String(isIt));
      line.setAttribute("tabindex", isIt ? "0" : "-1");
    }
  };
  const lineOf = (event) => event.target instanceof Element ? event.target.closest(".ev") : null;
  const showIt = (event) => {
    const line = lineOf(event);
    if (line) show(line.dataset.at);
  };
  figure.addEventListener("focusin", showIt);
  figure.addEventListener("click", showIt);
  figure.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") showIt(event);
  });
  figure.addEventListener("keydown", (event) => {
    const line = lineOf(event);
    if (!line) return;
    const all = [...line.parentNode.querySelectorAll(".ev")];
    const here = all.indexOf(line);
    const to = {
      ArrowDown: here + 1,
      ArrowUp: here - 1,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, to))];
    next.focus();
    const edge = figure.querySelector(".says").getBoundingClientRect().top;
    const hidden = next.getBoundingClientRect().bottom + 8 - edge;
    if (hidden > 0) scrollBy(0, hidden);
  });
  for (const hint of figure.querySelectorAll(".hint")) hint.hidden = false;
}
for (const button of document.querySelectorAll(".copy")) {
  const code = document.getElementById(button.dataset.copies);
  const select = () => getSelection().selectAllChildren(code);
  button.hidden = false;
  button.addEventListener("click", async () => {
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      select();
      isCopied = document.execCommand("copy");
    }
    button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => button.textContent = "Copy", 2000);
  });
}
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
`;
