// Keys: "/" goes to the search field. Parts marked with data-refresh are renewed every 15 seconds while they are looked at.
// Buttons with data-run start a DAG run through Airflow's API with the session of who looks: Airflow decides and keeps who.
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

function say(text, link) {
  const said = document.querySelector("[data-said]");
  said.textContent = text;
  if (link) {
    const anchor = Object.assign(document.createElement("a"), { href: link, target: "_top", textContent: "Follow the run" });
    said.append(" ", anchor);
  }
}

function marked(name) {
  return [...document.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => Number(box.value));
}

// What the form around a button adds to the run: its texts, and the numbers of the rows that are marked.
function additions(button) {
  const form = button.closest("form[data-bulk]");
  if (!form || !button.dataset.marked) return {};
  const texts = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, String(value).trim()]));
  return { ...texts, [button.dataset.marked]: marked(form.dataset.bulk) };
}

async function start(button) {
  const conf = { ...JSON.parse(button.dataset.conf), ...additions(button) };
  if (button.dataset.marked && conf[button.dataset.marked].length === 0) return say("Mark at least one row first.");
  if (button.dataset.marked && !conf.dismiss_reason) return say("Say why: the reason is kept with your name.");
  button.disabled = true;
  try {
    const answer = await fetch(`/api/v2/dags/${button.dataset.run}/dagRuns`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ logical_date: null, conf }),
    });
    if (answer.ok) {
      const run = await answer.json();
      return say("Started.", `/dags/${run.dag_id}/runs/${encodeURIComponent(run.dag_run_id)}`);
    }
    if (answer.status === 401) return say("Your session has ended: reload this page and sign in.");
    if (answer.status === 403) return say(`Your role may not start ${button.dataset.run}; ask somebody who may.`);
    const { detail } = await answer.json().catch(() => ({ detail: answer.statusText }));
    say(`Airflow refused: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
  } catch {
    say("The server does not answer; nothing was started. Try again in a minute.");
  } finally {
    button.disabled = false;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-run]");
  if (button) start(button);
  if (event.target.matches("[data-mark-all]")) {
    for (const box of document.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
  }
});
for (const form of document.querySelectorAll("form[data-bulk]")) form.addEventListener("submit", (event) => event.preventDefault());
