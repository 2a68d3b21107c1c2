"use strict";
const say = document.body.dataset;
// Search, filter and sort in tables of class "wide". Without this script every row is shown.
for (const table of document.querySelectorAll("table.wide")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const words = (row, at) => (row.cells[at].querySelector(".w")?.lastChild ?? row.cells[at]).textContent.trim();
  const text = (row, at) => row.cells[at].dataset.s ?? words(row, at);
  const tools = document.createElement("div");
  tools.className = "tools";
  const caption = table.caption.textContent;
  tools.setAttribute("role", "search");
  tools.setAttribute("aria-label", `${say.in}: ${caption}`);
  const labelled = (name, control) => {
    const label = document.createElement("label");
    label.append(name, control);
    tools.append(label);
    return control;
  };
  const search = labelled(say.search, Object.assign(document.createElement("input"), { type: "search" }));
  search.setAttribute("aria-label", `${say.in}: ${caption}`);
  const filters = heads.flatMap((head, at) => {
    if (!("filter" in head.dataset)) return [];
    const select = labelled(head.textContent, document.createElement("select"));
    select.append(new Option(say.all, ""));
    for (const value of [...new Set(rows.map(row => words(row, at)))].sort()) select.append(new Option(value, value));
    return [[at, select]];
  });
  const told = document.createElement("output");
  tools.append(told);
  table.parentElement.before(tools);
  // A page that a phone can hold: the first rows, until the reader asks for all or looks for some.
  const few = matchMedia("(max-width: 720px)").matches ? 8 : 60;
  const more = Object.assign(document.createElement("button"), { type: "button", className: "more" });
  more.addEventListener("click", () => { folded = false; show(); });
  let folded = rows.length > few;
  table.parentElement.after(more);
  const contents = rows.map(row => row.textContent.toLowerCase());
  const show = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      const fits = wanted.every(word => contents[index].includes(word))
        && filters.every(([at, select]) => !select.value || words(row, at) === select.value);
      row.hidden = !fits;
      count += fits;
    });
    let shown = 0;
    for (const row of body.rows) row.classList.toggle("folded", folded && !row.hidden && ++shown > few);
    more.hidden = !folded || count <= few;
    more.textContent = `${say.more} (${count})`;
    told.textContent = count === rows.length ? `${count} ${say.rows}` : `${count} ${say.of} ${rows.length} ${say.rows}`;
  };
  search.addEventListener("input", show);
  for (const [, select] of filters) select.addEventListener("change", show);
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...rows].sort((a, b) => order.compare(text(a, at), text(b, at)) * (down ? -1 : 1));
      body.append(...sorted);
      show();
    });
  });
  show();
}
