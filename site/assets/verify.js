// Proof of a platform's numbers, recomputed here. The format is written down with the proof files themselves.
const $ = (id) => document.getElementById(id);
for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
for (const one of document.querySelectorAll(".no-script")) one.hidden = true;
const word = (key) => document.querySelector(`[data-word="${key}"]`).textContent;
const named = (code) => document.querySelector(`[data-word="${CSS.escape(code)}"]`)?.textContent ?? code;
const result = $("result");
const paths = new Map([...$("names") ? $("names").options : []].map((option) => [option.value, option.dataset.path]));
const names = new Map([...paths].map(([name, path]) => [path, name]));

const utf8 = (text) => new TextEncoder().encode(text);
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

async function walk(text, path) {
  let here = await sha256(LEAF, utf8(text));
  for (const step of path) {
    const there = bytes(step.hash);
    here = step.side === "left" ? await sha256(NODE, there, here) : await sha256(NODE, here, there);
  }
  return hex(here);
}

function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

function tell(check, text, good) {
  const item = result.querySelector(`[data-check="${check}"]`);
  item.className = good === null ? "unknown" : good ? "good" : "bad";
  item.querySelector("span").textContent = text;
}

const ok = (n) => word("ok").replace("{n}", n);
const bad = (what) => word("bad").replace("{what}", what);

async function get(address) {
  const reply = await fetch(address, { cache: "no-cache" });
  if (!reply.ok) throw new Error(result.dataset.fail.replace("{name}", address));
  return reply;
}

async function signed(entry) {
  const key = await crypto.subtle.importKey("raw", bytes(entry.checkpoint.key), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, bytes(entry.signature), utf8(canonical(entry.checkpoint)));
}

async function checkRecords(proof) {
  const table = JSON.parse(proof.table_leaf);
  for (const one of proof.records) {
    const root = await walk(one.record, one.path);
    if (root !== table.root) return tell("records", bad(one.record.slice(0, 60)), false);
  }
  return tell("records", ok(proof.records.length), true);
}

async function checkChain(log, last) {
  let before = null;
  for (const entry of log) {
    if (entry.checkpoint.previous !== before) return tell("chain", bad(entry.checkpoint.edition), false);
    before = hex(await sha256(utf8(canonical(entry.checkpoint))));
  }
  const same = log.length && canonical(log.at(-1).checkpoint) === canonical(last.checkpoint);
  return tell("chain", same ? ok(log.length) : bad(last.checkpoint.edition), Boolean(same));
}

function rows(proof) {
  const body = $("rows").tBodies[0];
  body.replaceChildren();
  for (const one of proof.records) {
    const record = JSON.parse(one.record);
    const row = body.insertRow();
    const value = record.value === null ? "—" : record.value;
    for (const text of [named(record.measure), record.horizon, record.slice, record.k ?? "—", record.n ?? "—", value]) {
      row.insertCell().textContent = text;
    }
  }
  $("rows").hidden = false;
}

async function run(name) {
  result.hidden = false;
  for (const item of result.querySelectorAll("[data-check]")) tell(item.dataset.check, "…", null);
  const path = paths.get(name);
  try {
    if (!path) throw new Error(result.dataset.unknown.replace("{name}", name));
    const id = path.split("/").at(-2);
    const [proof, last, text] = await Promise.all([
      get(`/open/proofs/platforms/${id}.json`).then((reply) => reply.json()),
      get("/open/proofs/checkpoint.json").then((reply) => reply.json()),
      get("/open/proofs/log.ndjson").then((reply) => reply.text()),
    ]);
    await checkRecords(proof);
    const root = await walk(proof.table_leaf, proof.table_path);
    tell("table", root === proof.root ? ok(1) : bad(root), root === proof.root);
    const held = proof.root === last.checkpoint.root && proof.edition === last.checkpoint.edition;
    tell("checkpoint", held ? ok(last.checkpoint.edition) : bad(proof.edition), held);
    await checkChain(text.split("\n").filter(Boolean).map(JSON.parse), last);
    $("key").textContent = word("key").replace("{key}", last.checkpoint.key);
    rows(proof);
    try {
      const good = await signed(last);
      tell("signature", good ? ok(1) : bad(last.checkpoint.key.slice(0, 16)), good);
    } catch {
      tell("signature", word("unsupported"), null);
    }
  } catch (error) {
    tell("records", error.message, false);
  }
}

$("verify").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("platform").value.trim();
  if (paths.has(name)) history.replaceState(null, "", `?p=${encodeURIComponent(paths.get(name))}`);
  run(name);
});
const asked = new URLSearchParams(location.search).get("p");
if (asked) {
  $("platform").value = names.get(asked) ?? asked;
  run($("platform").value);
}
