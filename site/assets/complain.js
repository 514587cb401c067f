// How to complain: choose an issue, fingerprint files, compose the letter. Nothing leaves the browser, nothing is stored.
const $ = (id) => document.getElementById(id);
for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
for (const one of document.querySelectorAll(".no-script")) one.hidden = true;

const belongs = (node, issue) => !issue || node.dataset.issues.split(" ").some((code) => code === "*" || code === issue);
const chosen = () => new FormData($("issue-form")).get("issue");

function filter() {
  const issue = chosen();
  for (const node of document.querySelectorAll("[data-issues]")) node.hidden = !belongs(node, issue);
  const url = new URL(location.href);
  if (issue) url.searchParams.set("issue", issue);
  history.replaceState(null, "", url);
  compose();
}

const wanted = new URLSearchParams(location.search).get("issue");
for (const radio of $("issue-form").elements.issue) if (radio.value === wanted) radio.checked = true;
$("issue-form").addEventListener("change", filter);

// ---- fingerprints
const hashes = [];
const MOST = 512 * 1024 * 1024;

async function fingerprint(file) {
  if (file.size > MOST) throw new RangeError(file.name);
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

$("files").addEventListener("change", async (event) => {
  const status = $("hash-status");
  status.textContent = status.dataset.busy;
  for (const file of event.target.files) {
    try {
      const sum = await fingerprint(file);
      hashes.push({ name: file.name, sum });
      const row = $("hash-table").tBodies[0].insertRow();
      for (const [text, kind] of [[file.name, ""], [file.size.toLocaleString("en"), "r"], [sum, "mono sum"]]) {
        const cell = row.insertCell();
        cell.textContent = text;
        cell.className = kind;
      }
      $("hash-table").hidden = false;
    } catch {
      status.textContent = status.dataset.fail.replace("{name}", file.name);
      return;
    }
  }
  status.textContent = status.dataset.done.replace("{n}", hashes.length);
  compose();
});

// ---- letter
const sheet = $("letter");
const pattern = sheet.textContent;
const blank = sheet.dataset.blank;

function evidenceLines() {
  const ticked = [...$("evidence").querySelectorAll("li:not([hidden]) input:checked")];
  const items = ticked.map((box) => box.parentNode.querySelector(".item").textContent);
  return [...items, ...hashes.map((one) => `${one.name}  SHA-256 ${one.sum}`)];
}

const numbered = (lines) => (lines.length ? lines.map((line, place) => `${place + 1}. ${line}`).join("\n") : blank);

function compose() {
  const data = new FormData($("letter-form"));
  const values = { asks: numbered(data.getAll("ask")), evidence: numbered(evidenceLines()) };
  sheet.textContent = pattern.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? (data.get(name)?.trim() || blank));
}

$("letter-form").addEventListener("input", compose);
$("letter-form").addEventListener("submit", (event) => event.preventDefault());
$("evidence").addEventListener("change", compose);
$("print").addEventListener("click", () => print());
$("copy").addEventListener("click", async (event) => {
  await navigator.clipboard.writeText(sheet.textContent);
  event.target.textContent = event.target.dataset.done;
});
$("save").addEventListener("click", (event) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", sheet.textContent], { type: "text/plain;charset=utf-8" }));
  link.download = event.target.dataset.name;
  link.click();
  URL.revokeObjectURL(link.href);
});
filter();
