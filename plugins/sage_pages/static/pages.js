// Keys: "/" goes to the search field. Parts marked with data-refresh are renewed every 15 seconds while they are looked at.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select")) return;
  const search = document.querySelector("[data-search]") || document.querySelector(".filter input");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// A table that is wider than the screen can be scrolled with the keyboard too.
for (const box of document.querySelectorAll(".wide")) {
  if (box.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Table, scrolls sideways");
  }
}

if (document.querySelector("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden || document.querySelector("[data-refresh] :focus")) return;
    let answer;
    try {
      answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    } catch {
      return; // The server is away: what is shown stays, the next round asks again.
    }
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh) document.querySelector("main").replaceChildren(...fresh.childNodes);
  }, 15000);
}
