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
      row.dispatchEvent(new Event("input", { bubbles: true }));
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

// Whoever leaves a form with something typed in it is asked first.
document.querySelectorAll("form[data-guard]").forEach((form) => {
  let typed = form.dataset.guard === "typed";
  form.addEventListener("input", () => (typed = true));
  form.addEventListener("submit", () => (typed = false));
  window.addEventListener("beforeunload", (event) => {
    if (typed) {
      event.preventDefault();
    }
  });
});

// An edition that is being sent: parts of its page are renewed as the stream says. Where no stream
// is to be had the page asks by itself.
const live = document.querySelector("[data-live]");
if (live) {
  const stream = new EventSource(`${live.dataset.live}/live`);
  // What the edition has in it, and how it looks, changes a few times on its way.
  const look = async () => {
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const name of ["looks-part", "articles-part"]) {
          document.getElementById(name).innerHTML = page.getElementById(name).innerHTML;
        }
        // Its subject is known once it is frozen.
        document.querySelector("h1").textContent = page.querySelector("h1").textContent;
        document.title = page.title;
      }
    } catch {
      live.dataset.shape = "";
    }
  };
  const renew = (standing) => {
    if (standing.over) {
      stream.close();
      location.reload();
      return;
    }
    const said = document.getElementById("said");
    if (said.textContent !== standing.said) {
      said.textContent = standing.said;
    }
    if (standing.shape !== live.dataset.shape) {
      live.dataset.shape = standing.shape;
      look();
    }
    for (const [name, html] of Object.entries(standing.parts)) {
      const part = document.getElementById(name);
      // A button, or a link that looks like one, stays while it has the focus.
      if (part.shown !== html && !part.querySelector("button:focus, a:focus")) {
        part.shown = html;
        part.innerHTML = html;
        part.hidden = name === "ledger" && html.trim() === "";
      }
    }
  };
  const ask = async () => {
    try {
      const answer = await fetch(`${live.dataset.live}/progress`, { redirect: "error" });
      if (answer.ok) {
        renew(await answer.json());
      }
    } catch {
      // The next time may do better.
    }
  };
  stream.addEventListener("standing", (event) => renew(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) {
      setInterval(ask, 5000);
    }
  });
}

// How long a subject is while it is typed, and where most phones cut it.
document.querySelectorAll("[data-count]").forEach((counter) => {
  const field = document.getElementById(counter.dataset.count);
  const most = Number(counter.dataset.most);
  const count = () => {
    const length = [...field.value].length;
    counter.textContent = most && length ? `${length} / ${most}` : "";
  };
  field.addEventListener("input", count);
  count();
});

// Articles are put in order by dragging, too; the arrows do the same without a mouse.
document.querySelectorAll("[data-order]").forEach((list) => {
  let dragged = null;
  const clear = () => list.querySelectorAll(".over").forEach((each) => each.classList.remove("over"));
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li[data-item]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged ? dragged.dataset.item : "");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li[data-item]");
    if (dragged && over && over.parentElement === list) {
      event.preventDefault();
      clear();
      over.classList.add("over");
    }
  });
  list.addEventListener("dragend", clear);
  list.addEventListener("drop", (event) => {
    const over = event.target.closest("li[data-item]");
    if (!dragged || !over || over === dragged || over.parentElement !== list) {
      return;
    }
    event.preventDefault();
    const isBelow = [...list.children].indexOf(dragged) < [...list.children].indexOf(over);
    over[isBelow ? "after" : "before"](dragged);
    const form = document.createElement("form");
    form.method = "post";
    form.action = list.dataset.order;
    const add = (name, value) => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    };
    add("version", list.dataset.version);
    list.querySelectorAll("li[data-item]").forEach((each) => add("order", each.dataset.item));
    document.body.append(form);
    form.submit();
  });
});
