// Side by side: the same blocks of each platform's own page, so that a number can never differ from it.
const $ = (id) => document.getElementById(id);
for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
for (const one of document.querySelectorAll(".no-script")) one.hidden = true;
const prefix = document.documentElement.lang === "en" ? "/en" : "";
const side = $("side");
const status = side.querySelector(".status");
const paths = new Map([...$("names").options].map((option) => [option.value, option.dataset.path]));
const names = new Map([...paths].map(([name, path]) => [path, name]));
const inputs = [...$("compare").elements.p];

async function column(name, place) {
  const reply = await fetch(prefix + paths.get(name));
  if (!reply.ok) throw new Error(side.dataset.fail.replace("{name}", name));
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const box = document.createElement("article");
  const title = box.appendChild(document.createElement("h3"));
  const link = title.appendChild(document.createElement("a"));
  link.href = prefix + paths.get(name);
  link.textContent = name;
  link.lang = "zh-Hans";
  for (const block of page.querySelectorAll("[data-compare]")) {
    const copy = document.importNode(block, true);
    for (const node of [copy, ...copy.querySelectorAll("[id]")]) if (node.id) rename(copy, node, `c${place}-${node.id}`);
    for (const a of copy.querySelectorAll('a[href^="#"]')) a.setAttribute("href", prefix + paths.get(name) + a.getAttribute("href"));
    box.append(copy);
  }
  const defs = page.querySelector("svg.defs");
  if (defs && !document.querySelector("svg.defs")) document.body.append(document.importNode(defs, true));
  return box;
}

function rename(root, node, id) {
  const old = node.id;
  node.id = id;
  for (const name of ["aria-labelledby", "aria-describedby"]) {
    for (const user of [root, ...root.querySelectorAll(`[${name}]`)]) {
      const value = user.getAttribute(name);
      if (value) user.setAttribute(name, value.split(" ").map((one) => (one === old ? id : one)).join(" "));
    }
  }
}

async function run(wanted) {
  side.hidden = false;
  const box = side.querySelector(".sides");
  const unknown = wanted.find((name) => !paths.has(name));
  status.textContent = unknown ? side.dataset.unknown.replace("{name}", unknown) : "";
  if (unknown) return;
  try {
    box.replaceChildren(...(await Promise.all(wanted.map(column))));
    box.style.setProperty("--columns", wanted.length);
  } catch (error) {
    status.textContent = error.message;
  }
}

$("compare").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = [...new Set(inputs.map((input) => input.value.trim()).filter(Boolean))];
  if (!wanted.length) return;
  const query = wanted.map((name) => `p=${encodeURIComponent(paths.get(name) ?? name)}`).join("&");
  history.replaceState(null, "", `?${query}`);
  run(wanted);
});
const asked = new URLSearchParams(location.search).getAll("p").slice(0, inputs.length).map((one) => names.get(one) ?? one);
asked.forEach((name, place) => (inputs[place].value = name));
if (asked.length) run(asked);
