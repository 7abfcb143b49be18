// Keeps the page of a job up to date: fetches its changing part whenever the service says something.
const part = document.getElementById("progress");
const said = document.getElementById("said");
const LEAST = 1000; // milliseconds between two fetches
const SPOKEN = 5000; // milliseconds between two things said aloud
let fetching = false;
let again = false;
let spoken = 0;

async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(part.dataset.part);
    if (answer.status === 401) { location.reload(); return; }
    if (answer.ok) show(await answer.text());
  } catch {
    speak("No connection; what you see is as it was.");
  }
  setTimeout(() => {
    fetching = false;
    if (again) { again = false; refresh(); }
  }, LEAST);
}

function show(text) {
  const held = document.activeElement?.closest("#progress") ? document.activeElement : null;
  const kind = held?.matches("button") ? "button" : held?.getAttribute("href");
  part.innerHTML = text;
  const outcome = document.getElementById("outcome");
  if (outcome.dataset.over) {
    source.close();
    outcome.focus();
  } else {
    if (kind === "button") part.querySelector("button")?.focus();
    else if (kind) part.querySelector(`a[href="${CSS.escape(kind)}"]`)?.focus();
    speak(outcome.textContent);
  }
}

function speak(text) {
  const now = Date.now();
  if (now - spoken < SPOKEN || said.textContent === text) return;
  spoken = now;
  said.textContent = text;
}

const source = new EventSource(part.dataset.events);
source.addEventListener("progress", refresh);
source.addEventListener("state", refresh);
source.addEventListener("error", () => speak("The connection was lost; trying again."));
addEventListener("pagehide", () => source.close());
