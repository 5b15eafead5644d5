"use strict";
// Sorts folders by their own row, and the files within each folder, by the column whose head was pressed.
(() => {
  const table = document.getElementById("files");
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => row.querySelectorAll("[data-value]")[column].dataset.value;
  const compare = (column) => (one, two) =>
    column ? Number(value(one, column)) - Number(value(two, column)) : value(one, 0) < value(two, 0) ? -1 : 1;

  function sort(column) {
    const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const order = (one, two) => (ascending ? 1 : -1) * compare(column)(one, two);
    const folders = [...table.tBodies].filter((body) => body.querySelector(".folder"));
    for (const folder of folders.sort((one, two) => order(one.rows[0], two.rows[0]))) {
      folder.append(...[...folder.querySelectorAll(".file")].sort(order));
      table.append(folder);
    }
  }

  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(column)));
})();
