// Cells of the matrices: pointed at or reached by keyboard, they are told in full in the line beneath.
for (const figure of document.querySelectorAll("figure")) {
  const line = figure.querySelector(".inspector");
  const cells = [...figure.querySelectorAll(".cell")];
  if (!line || !cells.length) continue;
  const panels = [], grid = new Map();
  for (const cell of cells) {
    const [, panel, row, column] = cell.id.match(/^(.*)-(\d+)-(\d+)$/);
    if (!panels.includes(panel)) panels.push(panel);
    cell.place = [Number(row), panels.indexOf(panel) * 1000 + Number(column)];
    grid.set(cell.place.join(), cell);
  }
  const rowOf = (cell) => cells.filter((other) => other.place[0] === cell.place[0]).sort((a, b) => a.place[1] - b.place[1]);
  const tell = (cell) => { line.textContent = cell.getAttribute("aria-label"); line.classList.add("live"); };
  const go = (from, to) => {
    if (!to) return;
    from.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  };
  const moves = {
    ArrowUp: (cell) => grid.get([cell.place[0] - 1, cell.place[1]].join()),
    ArrowDown: (cell) => grid.get([cell.place[0] + 1, cell.place[1]].join()),
    ArrowLeft: (cell) => rowOf(cell)[rowOf(cell).indexOf(cell) - 1],
    ArrowRight: (cell) => rowOf(cell)[rowOf(cell).indexOf(cell) + 1],
    Home: (cell) => rowOf(cell)[0],
    End: (cell) => rowOf(cell).at(-1),
  };
  cells[0].setAttribute("tabindex", "0");
  for (const cell of cells) {
    cell.addEventListener("pointerenter", () => tell(cell));
    cell.addEventListener("focus", () => tell(cell));
    cell.addEventListener("keydown", (event) => {
      if (!(event.key in moves)) return;
      event.preventDefault();
      go(cell, moves[event.key](cell));
    });
  }
}

// Long tables: the head of a column is a button that sorts by it, upwards, downwards, and back to the order of the page.
const orders = ["ascending", "descending", "none"];
const order = new Intl.Collator("en", { numeric: true });
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const number = row.cells[column].querySelector("data");
    const text = row.cells[column].textContent.trim();
    return number ? Number(number.value) : text === "–" ? null : text;
  };
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : order.compare(a, b));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const next = orders[(orders.indexOf(head.getAttribute("aria-sort")) + 1) % 3];
      for (const other of heads) other.setAttribute("aria-sort", other === head ? next : "none");
      const sign = next === "descending" ? -1 : 1;
      const sorted = next === "none" ? rows : [...rows].sort((a, b) => compare(key(a, column), key(b, column), sign));
      body.append(...sorted);
    });
  });
}

// The methods paragraph: one button puts it on the clipboard.
for (const box of document.querySelectorAll(".copied")) {
  const text = box.querySelector("p"), button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy it with the keyboard";
    }
  });
  box.append(button);
}
