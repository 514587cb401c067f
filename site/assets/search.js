// The search page: names from the edition's own lists, then pages from Pagefind's index. Nothing typed leaves the browser.
const $ = (id) => document.getElementById(id);
const word = (key) => document.querySelector(`[data-word="${CSS.escape(key)}"]`).textContent;
const form = $("search");
const field = $("q");
const status = $("status");
const prefix = document.documentElement.lang === "en" ? "/en" : "";
const lists = "/search/";
const PAUSE = 120;
const STEP = 10;
const MOST_NAMES = 20;
const AROUND = 60;
// the index cuts Han characters and full-width marks apart; blanks between two of them are its own
const HAN = "\\u3400-\\u9fff\\uf900-\\ufaff";
const MARKS = `\\u3000-\\u303f\\uff00-\\uffef${prefix ? "" : "\\u2014\\u2018-\\u201f\\u2026"}`;
const GLUE = new RegExp(`(?<=[${HAN}${MARKS}]) (?=[${HAN}${MARKS}])|(?<=[${MARKS}]) | (?=[${MARKS}])`, "g");
let matcher = null;
let index = null;
let turn = 0;
let listed = [];

for (const one of document.querySelectorAll(".no-script")) one.hidden = true;

function names() {
  const json = async (name) => {
    const reply = await fetch(lists + name);
    if (!reply.ok) throw new Error(`${name} ${reply.status}`);
    return reply.json();
  };
  matcher ??= Promise.all([import("./names.js"), json("hanzi.json"), json("names.json"), json("registers.json")])
    .then(([module, hanzi, all, registers]) => ({ ...module, book: module.prepare(hanzi, all, registers) }))
    .catch((error) => { matcher = null; throw error; });
  return matcher;
}

function pagefind() {
  const version = form.dataset.fullText;
  if (!version) return null;
  index ??= import(`/pagefind/pagefind.js?v=${version}`)
    .then(async (module) => {
      await module.options({ baseUrl: "/", noWorker: true });
      await module.init();
      return module;
    })
    .catch((error) => { index = null; throw error; });
  return index;
}

// pages that hold every run of characters as it was typed, in the index's own order
async function pagesOf(query, fold) {
  const engine = await pagefind();
  if (!engine) return [];
  const runs = [...new Set(query.normalize("NFKC").toLowerCase().match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? [])].map((run) => (/\p{Script=Han}/u.test(run) ? fold(run) : run));
  if (!runs.length) return [];
  const cut = (run) => (/\p{Script=Han}/u.test(run) ? [...run].join(" ") : run);
  let { results } = await engine.search(runs.map(cut).join(" "));
  for (const run of runs.filter((one) => /\p{Script=Han}{2}/u.test(one))) {
    const exact = new Set((await engine.search(`"${cut(run)}"`)).results.map((one) => one.id));
    results = results.filter((one) => exact.has(one.id));
  }
  return results.map((result) => ({ result, runs }));
}

function element(tag, text, lang) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (lang && prefix && /\p{Script=Han}/u.test(text)) made.lang = "zh-Hans";
  return made;
}

function nameItem({ platform, how, text }) {
  const item = document.createElement("li");
  const link = element("a", platform.name, true);
  link.href = `${prefix}/platforms/${platform.id}/`;
  item.append(link);
  if (how) {
    const tag = element("span", word(how));
    tag.className = "tag";
    item.append(" ", tag);
  }
  if (text) item.append(" ", element("span", text, true));
  return item;
}

// text in pieces, those that were asked for marked; cut around the first of them
function excerpt(text, runs) {
  const flat = text.toLowerCase();
  const found = runs.map((run) => flat.indexOf(run)).filter((at) => at >= 0);
  const first = found.length ? Math.max(0, Math.min(...found) - AROUND / 2) : 0;
  const from = first && /[a-z]/i.test(text[first]) ? text.indexOf(" ", first) + 1 : first; // no half word
  const shown = text.slice(from, from + AROUND * 2);
  const made = element("p", from ? "…" : "");
  made.className = "what";
  if (prefix && /\p{Script=Han}/u.test(shown)) made.lang = /[a-z]{3}/i.test(shown) ? "en" : "zh-Hans";
  const pattern = runs.map((run) => run.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length).join("|");
  for (const [place, piece] of shown.split(new RegExp(`(${pattern})`, "gi")).entries()) made.append(place % 2 ? element("mark", piece) : piece);
  if (from + AROUND * 2 < text.length) made.append("…");
  return made;
}

function kindOf(url) {
  if (/[?]issue=/.test(url)) return "issue";
  const [, folder] = /^(?:\/en)?\/(platforms|templates|campaigns)\/./.exec(url) ?? [];
  return folder ? folder.slice(0, -1) : "text";
}

async function pageItem({ result, runs }) {
  const data = await result.data();
  const title = data.meta.title.replace(GLUE, "");
  const item = document.createElement("li");
  const link = element("a", title, true);
  link.href = data.url;
  const kind = element("span", word(kindOf(data.url)));
  kind.className = "tag";
  // the record begins with its title; the bar stands between blocks
  const text = data.content.replace(/\u200b/g, "").replace(GLUE, "").split("│").slice(1).join("·").replace(/\s*·\s*/g, " · ").trim();
  item.append(kind, " ", link, excerpt(text, runs));
  return item;
}

async function more(mine) {
  const next = await Promise.all(listed.splice(0, STEP).map(pageItem));
  if (mine !== turn) return;
  $("found-pages").querySelector("ul").append(...next);
  $("more").hidden = !listed.length;
}

function fill(id, items) {
  $(id).hidden = !items.length;
  $(id).querySelector("ul").replaceChildren(...items);
}

function say(key, values = {}) {
  status.textContent = word(key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function clear() {
  for (const id of ["found-names", "found-near", "found-pages"]) fill(id, []);
  listed = [];
  $("more").hidden = true;
  status.textContent = "";
}

function remember(query) {
  const wanted = query ? `${location.pathname}?${new URLSearchParams({ q: query })}` : location.pathname;
  history.replaceState(null, "", wanted);
}

async function run() {
  const mine = ++turn;
  const query = field.value.trim();
  remember(query);
  if (!query) clear();
  else if (!status.textContent) say("busy");
  try {
    if (query) await show(query, mine);
  } catch (error) {
    if (mine !== turn) return;
    clear();
    say("failed");
    console.warn(error);
  }
  if (mine === turn) form.removeAttribute("aria-busy");
}

async function show(query, mine) {
  const { look, fold, book } = await names();
  if (mine !== turn) return;
  if (!fold(book, query)) {
    clear();
    return say("short");
  }
  const { direct, near } = look(book, query);
  fill("found-names", direct.slice(0, MOST_NAMES).map(nameItem));
  $("h-near").textContent = direct.length ? $("h-near").dataset.beside : $("h-near").dataset.instead;
  fill("found-near", near.map(nameItem));
  const pages = await pagesOf(query, (text) => fold(book, text));
  if (mine !== turn) return;
  fill("found-pages", []);
  listed = [...pages];
  $("found-pages").hidden = !pages.length;
  await more(mine);
  if (mine !== turn) return;
  const values = { query, names: direct.length, near: near.length, pages: pages.length };
  say(direct.length || near.length || pages.length ? "said" : "nothing", values);
  if (!form.dataset.fullText) status.append(` ${word("no-index")}`);
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  form.setAttribute("aria-busy", "true");
  waiting = setTimeout(run, PAUSE);
}
field.addEventListener("input", (event) => { if (!event.isComposing) soon(); });
field.addEventListener("compositionend", soon);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  run();
});
$("more").addEventListener("click", () => more(turn));
field.value = (new URLSearchParams(location.search).get("q") ?? "").slice(0, field.maxLength);
if (field.value) run();
field.focus();
