// On every page: the stale banner, the address with its filters on paper, and the key / that leads to the search box.
const root = document.documentElement;
const DAY = 86400000;
const FRESH_DAYS = 7;

const days = Math.floor((Date.now() - Date.parse(root.dataset.asOf)) / DAY);
const stale = document.getElementById("stale");
if (stale && days > FRESH_DAYS) {
  stale.textContent = stale.dataset.text.replace("{days}", days);
  stale.hidden = false;
}

const address = document.getElementById("address");
addEventListener("beforeprint", () => {
  if (address) address.textContent = location.href;
  for (const one of document.querySelectorAll("details:not([open])")) {
    one.open = true;
    one.dataset.closed = "";
  }
});
addEventListener("afterprint", () => {
  for (const one of document.querySelectorAll("details[data-closed]")) {
    one.open = false;
    delete one.dataset.closed;
  }
});

addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  event.preventDefault();
  (document.getElementById("q") ?? document.getElementById("seek-q"))?.focus();
});
