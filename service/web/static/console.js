// Comforts of the console; every page works without them.
"use strict";

const renumber = (row, index) => {
  row.querySelectorAll("[id]").forEach((field) => {
    const label = row.querySelector(`label[for="${field.id}"]`);
    field.id = field.id.replace(/\d+$/, index);
    if (label) {
      label.htmlFor = field.id;
      label.textContent = label.textContent.replace(/\d+$/, index);
    }
  });
};

const showMoves = (rows) => {
  rows.querySelectorAll("[data-move-up]").forEach((button, index) => {
    button.hidden = false;
    button.disabled = index === 0;
  });
};

document.querySelectorAll("[data-rows]").forEach(showMoves);

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-row]");
  if (add) {
    event.preventDefault();
    const rows = add.closest("fieldset").querySelector("[data-rows]");
    const row = rows.lastElementChild.cloneNode(true);
    row.querySelectorAll("input").forEach((input) => (input.value = ""));
    rows.append(row);
    renumber(row, rows.children.length);
    showMoves(rows);
    row.querySelector("input").focus();
  }

  const up = event.target.closest("[data-move-up]");
  if (up) {
    const row = up.closest(".row");
    const rows = row.parentElement;
    if (row.previousElementSibling) {
      row.previousElementSibling.before(row);
      [...rows.children].forEach((each, index) => renumber(each, index + 1));
      showMoves(rows);
      up.focus();
    }
  }

  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.dataset.done = "true";
  }
});

if (navigator.clipboard) {
  document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));
}

// The slug follows the name until somebody writes their own.
const source = document.querySelector("[data-slug-source]");
const slug = source && document.getElementById(source.dataset.slugSource);
if (slug && !slug.value) {
  let own = false;
  slug.addEventListener("input", () => (own = slug.value !== ""));
  source.addEventListener("input", () => {
    if (!own) {
      slug.value = source.value
        .replace(/œ/gi, "oe")
        .replace(/æ/gi, "ae")
        .normalize("NFKD")
        .replace(/[\u0300-\u036f]/g, "")
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
    }
  });
}
