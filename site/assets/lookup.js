// Look up a complaint number in the static shards, or count the deadlines of one that is not here.
const $ = (id) => document.getElementById(id);
for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
for (const one of document.querySelectorAll(".no-script")) one.hidden = true;
const word = (key) => document.querySelector(`[data-word="${CSS.escape(key)}"]`).textContent;
const prefix = document.documentElement.lang === "en" ? "/en" : "";
const form = $("lookup");
const answer = $("answer");
const HOUR = 3600000;
const OFFSET = 8 * HOUR;

const asOf = Date.parse(document.documentElement.dataset.asOf);
const shown = (at) => new Date(at + OFFSET).toISOString().slice(0, 16).replace("T", " ");
const printed = (text) => (text ? shown(Date.parse(text)) : word("unknown"));

function shard(number) {
  const length = Number(form.dataset.tail);
  const end = [...number].slice(-length).map((char) => (/^[0-9A-Za-z]$/.test(char) ? char : "_")).join("");
  return end.padStart(length, "_").toLowerCase();
}

async function find(number) {
  const reply = await fetch(`/lookup/${shard(number)}.json`);
  if (reply.status === 404) return [];
  if (!reply.ok) throw new Error(String(reply.status));
  const all = await reply.json();
  return Object.hasOwn(all, number) ? all[number] : [];
}

function promise(verdict, due) {
  const text = verdict ? word(verdict) : word("open");
  return due === null ? text : `${shown(due)} ${due <= asOf ? word("passed") : word("until")} · ${text}`;
}

function verdict(entry, slot) {
  if (!entry.case) {
    slot.textContent = word(entry.standing);
    return;
  }
  if (entry.state !== "judged") {
    slot.textContent = word(entry.state).replace("{days}", entry.open_days ?? "?");
    return;
  }
  slot.append(...$(`advice-${entry.rung}`).querySelector("h3").cloneNode(true).childNodes);
  if (entry.answered_late) slot.append(` ${word("late")}`);
}

function show(number, entry) {
  const card = $("t-case").content.cloneNode(true);
  const slot = (name) => card.querySelector(`[data-slot="${name}"]`);
  slot("portal").textContent = word(`portal:${entry.portal}`);
  slot("ref").textContent = number;
  if (entry.platform) {
    const link = document.createElement("a");
    link.href = prefix + entry.platform_path;
    link.textContent = entry.platform;
    link.lang = "zh-Hans";
    slot("platform").append(link);
  } else slot("platform").textContent = word("no_platform");
  verdict(entry, slot("verdict"));
  const t0 = entry.t0 ? Date.parse(entry.t0) : null;
  slot("t0").textContent = t0 === null ? word("unknown") : `${shown(t0)} · ${word(entry.t0_basis)}`;
  slot("t24").textContent = promise(entry.t24, t0 === null ? null : t0 + 24 * HOUR);
  slot("t48").textContent = promise(entry.t48, t0 === null ? null : t0 + 48 * HOUR);
  slot("t7").textContent = promise(entry.t7, null);
  slot("deadline").textContent = entry.deadline_at ? promise(null, Date.parse(entry.deadline_at)).split(" · ")[0] : word("unknown");
  slot("seen").textContent = printed(entry.last_seen_at) + (entry.gone_at ? ` · ${word("gone")} ${printed(entry.gone_at)}` : "");
  const advice = entry.rung ? $(`advice-${entry.rung}`).querySelector(".advice-text").cloneNode(true) : null;
  if (advice && entry.state === "judged") slot("advice").append(advice);
  else slot("advice").closest(".next").remove();
  const page = slot("page");
  if (/^https?:\/\//.test(entry.url)) page.href = entry.url;
  else page.remove();
  const own = card.querySelector('[data-slot="case"]');
  if (entry.case_path && form.dataset.pages !== "no") own.href = prefix + entry.case_path;
  else own.remove();
  return card;
}

async function run(number) {
  answer.hidden = false;
  answer.textContent = answer.dataset.busy;
  try {
    const found = await find(number);
    answer.replaceChildren(...found.map((entry) => show(number, entry)));
    if (!found.length) {
      answer.textContent = word("none");
      $("none").scrollIntoView({ block: "nearest" });
    }
  } catch {
    answer.textContent = answer.dataset.fail;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const number = $("number").value.trim().split("/").pop();
  if (!number) return;
  history.replaceState(null, "", `?q=${encodeURIComponent(number)}`);
  run(number);
});
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  $("number").value = asked;
  run(asked.trim().split("/").pop());
}

// ---- deadlines of a complaint that is not here
let days = null;
const key = (at) => new Date(at).toISOString().slice(0, 10);

function seventh(start) {
  const off = new Set(days.off);
  const on = new Set(days.on);
  let at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
  let left = 7;
  let official = true;
  while (left > 0) {
    at += 24 * HOUR;
    const day = key(at);
    const weekend = [0, 6].includes(new Date(at).getUTCDay());
    if (day > days.official_to || day < days.first) official = false;
    if (on.has(day) || (!weekend && !off.has(day))) left -= 1;
  }
  return { text: `${key(at)} 24:00`, end: at + 24 * HOUR - OFFSET, official };
}

$("clock").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!$("start").value) return;
  days ??= await (await fetch("/lookup/workdays.json")).json();
  const start = new Date(`${$("start").value}Z`); // wall time of Shanghai, kept in UTC fields
  const t0 = start.getTime() - OFFSET;
  const wd = seventh(start);
  const lines = { "24h": [shown(t0 + 24 * HOUR), t0 + 24 * HOUR], "48h": [shown(t0 + 48 * HOUR), t0 + 48 * HOUR],
    "7wd": [wd.text, wd.end], "30d": [shown(t0 + 720 * HOUR), t0 + 720 * HOUR] };
  for (const [name, [text, end]] of Object.entries(lines)) {
    const row = document.querySelector(`[data-deadline="${name}"]`);
    row.querySelector(".due")?.remove();
    const cell = document.createElement("b");
    cell.className = "due";
    cell.textContent = `${text} ${end <= Date.now() ? word("passed") : word("until")}`;
    row.querySelector("th").append(document.createElement("br"), cell);
  }
  $("clock-answer").textContent = wd.official ? "" : word("estimated");
});
