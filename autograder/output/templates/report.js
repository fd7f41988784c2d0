"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const find = document.getElementById("find");
  const status = document.getElementById("status");
  const shown = document.getElementById("shown");
  document.querySelector(".tools").hidden = false;

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.dataset.find.toLowerCase();
      const fits = words.every(word => text.includes(word)) && (!status.value || row.dataset.status === status.value);
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length}`;
  };
  find.addEventListener("input", filter);
  status.addEventListener("change", filter);
  document.querySelector(".tools").addEventListener("submit", event => event.preventDefault());

  const key = (row, column) => row.cells[column].dataset.key;
  for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = head.cellIndex;
      const compare = head.dataset.sort === "number"
        ? (a, b) => key(a, column) - key(b, column)
        : (a, b) => key(a, column).localeCompare(key(b, column));
      rows.sort((a, b) => (down ? -1 : 1) * compare(a, b));
      body.append(...rows);
    });
  }
})();
