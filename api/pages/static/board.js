// The board as an ARIA grid: cells by keys, what is known of a cell beside it, rows by name at once.
const table = document.getElementById("grid");
const panel = document.getElementById("panel");
const said = document.getElementById("said");
const PAGE = 10; // rows of a Page Up or Down
let cell = null;
let turn = 0; // which duty of a cell is opened next

const rows = () => [...table.rows].filter((row) => !row.hidden && row.parentElement !== table.tFoot);
const place = (of) => [rows().indexOf(of.parentElement), of.cellIndex];

function go(to, focus = true) {
  if (!to) return;
  if (cell) cell.tabIndex = -1;
  if (cell !== to) turn = 0;
  cell = to;
  cell.tabIndex = 0;
  if (focus) {
    cell.focus({ preventScroll: true });
    table.parentElement.scrollIntoView({ block: "nearest" });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function near(row, column) {
  const all = rows();
  const line = all[Math.max(0, Math.min(all.length - 1, row))];
  return line.cells[Math.max(0, Math.min(line.cells.length - 1, column))];
}

function target(event) {
  const [row, column] = place(cell);
  const all = rows().length;
  const far = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case "ArrowRight": return near(row, column + 1);
    case "ArrowLeft": return near(row, column - 1);
    case "ArrowDown": return near(row + 1, column);
    case "ArrowUp": return near(row - 1, column);
    case "Home": return near(far ? 0 : row, 0);
    case "End": return near(far ? all : row, 1e6);
    case "PageDown": return near(row + PAGE, column);
    case "PageUp": return near(row - PAGE, column);
  }
  return null;
}

// The address of what is known of a cell, of its duties in turn; none where there is nothing.
function address(of) {
  const links = of.querySelectorAll("td > a");
  if (links.length) return links[turn++ % links.length].href;
  const person = of.parentElement.dataset.on;
  const day = table.tHead.rows[0].cells[of.cellIndex]?.dataset.day;
  if (!person || !day || of.tagName !== "TD") return null;
  const url = new URL(location.href);
  url.searchParams.delete("duty");
  url.searchParams.set("on", person);
  url.searchParams.set("day", day);
  return url.href;
}

async function open(href, from) {
  const url = new URL(href);
  url.searchParams.set("part", "cell");
  let answer;
  try {
    answer = await fetch(url);
  } catch {
    said.textContent = "No connection; what you see is as it was.";
    return;
  }
  if (!answer.ok) { location.href = href; return; }
  panel.innerHTML = await answer.text();
  for (const old of table.querySelectorAll(".chosen")) old.classList.remove("chosen");
  from?.closest("td")?.classList.add("chosen");
  history.replaceState(null, "", href);
  panel.querySelector("h2")?.focus();
}

function close() {
  panel.replaceChildren();
  const url = new URL(location.href);
  for (const name of ["on", "day", "duty"]) url.searchParams.delete(name);
  history.replaceState(null, "", url);
  const old = table?.querySelector(".chosen") ?? cell;
  old?.classList.remove("chosen");
  if (old) go(old);
}

// What stays in place must never lie over the cell that has focus.
function leaveRoom() {
  const box = document.getElementById("grid-box");
  const name = table.tBodies[0].rows[0].cells[0].offsetWidth;
  box.style.scrollPadding = `${table.tHead.offsetHeight + 4}px 8px ${(table.tFoot?.offsetHeight ?? 0) + 4}px ${name + 4}px`;
}

if (table) {
  table.setAttribute("role", "grid");
  leaveRoom();
  addEventListener("resize", leaveRoom);
  for (const one of table.querySelectorAll("th, td")) one.tabIndex = -1;
  for (const link of table.querySelectorAll("td a")) link.tabIndex = -1;
  go(table.querySelector(".chosen") ?? table.tBodies[0].rows[0].cells[1], false);

  table.addEventListener("keydown", (event) => {
    const to = event.altKey ? null : target(event);
    if (to) {
      go(to);
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      const href = event.target.closest("a") ? null : address(cell);
      if (!href) return;
      event.preventDefault();
      open(href, cell);
    } else if (shortcut(event)) {
      event.preventDefault();
    }
  });
  table.addEventListener("click", (event) => {
    const found = event.target.closest("td");
    if (!found || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    const href = link ? link.href : address(found);
    if (!href) return;
    event.preventDefault();
    go(found, false);
    open(href, found);
  });
  table.addEventListener("focusin", (event) => {
    const found = event.target.closest("th, td");
    if (found && found !== cell) go(found, false);
  });
}

// A key that does what a button of the chosen cell, or of the moves, does.
function shortcut(event) {
  const key = event.key.toLowerCase();
  const far = event.ctrlKey || event.metaKey;
  const named = far && key === "z" ? "undo" : !far && key === "p" ? "pin" : null;
  const act = named && document.querySelector(`[data-key="${named}"]`);
  if (!act) return false;
  act.click();
  return true;
}

panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && table) { close(); event.preventDefault(); }
});
panel.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]") && table) { close(); event.preventDefault(); }
});
if (panel.childElementCount && location.hash !== "#grid-box") panel.querySelector("h2")?.focus();

const wanted = document.getElementById("q");
wanted?.addEventListener("input", () => {
  const text = wanted.value.trim().toLowerCase();
  let left = 0;
  for (const row of table?.tBodies[0].rows ?? []) {
    row.hidden = !row.cells[0].textContent.toLowerCase().includes(text);
    left += !row.hidden;
  }
  said.textContent = `${left} ${left === 1 ? "row" : "rows"} of this page.`;
  if (table && cell?.parentElement.hidden) go(rows()[1]?.cells[1] ?? rows()[0].cells[0], false);
});
