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
  const tell = (cell) => { line.textContent = cell.getAttribute("aria-label"); line.classList.add("live"); };
  const walk = (cell, down, right) => {
    const [row, column] = cell.place;
    let next = grid.get([row + down, column + right].join());
    if (!next && right) {
      const sameRow = cells.filter((other) => other.place[0] === row).sort((a, b) => a.place[1] - b.place[1]);
      next = sameRow[sameRow.indexOf(cell) + right];
    }
    if (!next) return;
    cell.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  };
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  cells[0].setAttribute("tabindex", "0");
  for (const cell of cells) {
    cell.addEventListener("pointerenter", () => tell(cell));
    cell.addEventListener("focus", () => tell(cell));
    cell.addEventListener("keydown", (event) => {
      if (!(event.key in moves)) return;
      event.preventDefault();
      walk(cell, ...moves[event.key]);
    });
  }
}
