// The table of platforms: search, filters and order, kept in the address. Without this script the whole table stands there.
const tools = document.getElementById("tools");
const said = tools.querySelector(".said");
const bodies = ["rated", "counted"].map((id) => document.getElementById(id)).filter(Boolean);
const rows = bodies.flatMap((body) => [...body.rows].map((row, place) => describe(row, body, place)));
let figures = null;

function describe(row, body, place) {
  const text = (part) => row.querySelector(part)?.textContent ?? "";
  const name = text(".who a");
  return {
    row, body, place, name,
    found: fold(`${name} ${row.dataset.q ?? ""} ${row.id}`),
    rate: parseFloat(text(".sink b")), n: parseFloat(text(".n").split("/")[1]?.replace(/,/g, "")),
    silence: parseFloat(text(".silence")), sink: row.querySelector(".sink"), count: row.querySelector(".n"),
    was: [row.querySelector(".sink")?.innerHTML, row.querySelector(".n")?.textContent],
  };
}

function fold(text) {
  return text.normalize("NFKC").toLowerCase();
}

function state() {
  return Object.fromEntries(new FormData(tools));
}

async function slicesOf(chosen) {
  const parts = ["issue", "portal", "amount"].filter((key) => chosen[key]).map((key) => `${key}:${chosen[key]}`);
  if (parts.length && !figures) figures = await (await fetch(tools.dataset.figures)).json();
  return parts.map((part) => figures.slices[part] ?? {});
}

async function apply() {
  const chosen = state();
  const words = fold(chosen.q ?? "").split(/\s+/).filter(Boolean);
  const slices = await slicesOf(chosen);
  let shown = 0;
  for (const one of rows) {
    const isShown = words.every((word) => one.found.includes(word)) && slices.every((slice) => one.row.id in slice);
    one.row.hidden = !isShown;
    shown += isShown;
    print(one, slices.length === 1 ? slices[0][one.row.id] : null);
  }
  order(chosen.sort);
  said.textContent = tools.dataset.said.replace("{shown}", shown).replace("{all}", rows.length)
    + (slices.length === 1 ? ` ${tools.dataset.sliced}` : "");
  const query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
}

function print(one, cells) {
  if (!one.sink) return;
  if (!cells) {
    if (one.sliced) [one.sink.innerHTML, one.count.textContent] = one.was;
    one.sliced = false;
    return;
  }
  const rate = document.createElement("b");
  rate.textContent = cells[0];
  const rest = document.createElement("small");
  rest.textContent = ` ${cells[1]} ${cells[4]}`;
  one.sink.replaceChildren(rate, rest);
  one.count.textContent = `${cells[2]}/${cells[3]}`;
  one.sliced = true;
}

function order(by) {
  const sign = by?.startsWith("-") ? 1 : -1;
  const key = by?.replace("-", "");
  const sorted = [...rows].sort((a, b) => {
    if (!key) return a.place - b.place;
    if (key === "name") return a.name.localeCompare(b.name, "zh");
    const [x, y] = [a[key], b[key]].map((value) => (Number.isNaN(value) ? -Infinity * -sign : value));
    return x === y ? a.place - b.place : sign * (x - y);
  });
  for (const one of sorted) one.body.append(one.row);
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = tools.elements.namedItem(name);
  if (field) field.value = value;
}
tools.hidden = false;
tools.addEventListener("input", apply);
tools.addEventListener("submit", (event) => event.preventDefault());
if (location.search) apply();
