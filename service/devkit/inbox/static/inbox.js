// The pages work without this: it adds keys, and shows new mails as they come.
"use strict";

const list = document.getElementById("list");

async function refresh() {
  const { last } = await (await fetch("/api/last")).json();
  if (String(last) === list.dataset.last || document.hidden) return;
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fresh = page.getElementById("list");
  const open = document.activeElement?.getAttribute("href");
  list.innerHTML = fresh.innerHTML;
  list.dataset.last = fresh.dataset.last;
  document.title = page.title;
  if (open) list.querySelector(`a[href="${CSS.escape(open)}"]`)?.focus();
}

if (list?.dataset.live === "yes") setInterval(() => refresh().catch(() => {}), 2000);

function move(step) {
  const mails = [...document.querySelectorAll("a.mail")];
  const at = mails.indexOf(document.activeElement);
  mails[Math.min(mails.length - 1, Math.max(0, at + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
  else if (event.key === "/") document.getElementById("q").focus();
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else return;
  event.preventDefault();
});
