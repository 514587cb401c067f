// Compose a statement; it leaves only through the reader's own mail program.
const $ = (id) => document.getElementById(id);
for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
const form = $("reply-form");
const sheet = $("letter");
const pattern = sheet.textContent;

function compose() {
  const data = new FormData(form);
  const kind = form.elements.kind.selectedOptions[0]?.textContent;
  sheet.textContent = pattern.replace(/\{(\w+)\}/g, (_, name) => (name === "kind" ? kind : data.get(name)?.trim()) || sheet.dataset.blank);
}

form.addEventListener("input", compose);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const subject = `${form.elements.platform.value} · ${form.elements.kind.selectedOptions[0].textContent}`;
  location.href = `mailto:${form.dataset.contact}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(sheet.textContent)}`;
});
if (!form.dataset.contact) $("mail").hidden = true;
$("copy").addEventListener("click", async (event) => {
  await navigator.clipboard.writeText(sheet.textContent);
  event.target.textContent = event.target.dataset.done;
});
const asked = new URLSearchParams(location.search);
if (asked.has("p")) form.elements.platform.value = asked.get("p");
if (/^\/(?!\/)/.test(asked.get("u") ?? "")) form.elements.urls.value = location.origin + asked.get("u");
compose();
