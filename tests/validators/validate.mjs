// Validators of a built site, which stands behind a server: every kind of page, both languages, light and dark.
//   make validate            or, for a server that runs already:
//   node tests/validators/validate.mjs http://127.0.0.1:8000 [--only=axe,keys,vnu,lighthouse] [--pages=/,/method/]
// axe-core and the console in headless Chromium, every page reached by Tab alone, vnu on the markup, Lighthouse as a phone.
import {execFile, execFileSync, spawn} from "node:child_process";
import {existsSync, mkdtempSync, readFileSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import puppeteer from "puppeteer-core";

const GIVEN = process.argv[2] ?? "";
let BASE = GIVEN.replace(/\/$/, "");
const ONLY = (process.argv.find((one) => one.startsWith("--only="))?.slice(7) ?? "axe,keys,vnu,lighthouse").split(",");
const PAGES = process.argv.find((one) => one.startsWith("--pages="))?.slice(8).split(",");
const LOUD = {performance: 99, accessibility: 100, "best-practices": 100, seo: 100};
const CHROMIUM = [process.env.CHROME_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path && existsSync(path));
const need = createRequire(import.meta.url).resolve;
const found = [];

/** `sinkrate --data FOLDER serve` on a free port; its address, once it answers. */
function served(command, folder) {
  const server = spawn(command, ["--data", folder, "serve", "--port", "8460"], {stdio: ["ignore", "pipe", "inherit"]});
  process.on("exit", () => server.kill());
  return new Promise((done, failed) => {
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    server.stdout.on("data", (text) => {
      const address = /http:\/\/[^/\s]+/.exec(String(text));
      if (address) setTimeout(done, 1000, address[0]);
    });
  });
}

function say(kind, page, text) {
  found.push(text);
  console.log(`${kind}: ${page}: ${text}`);
}

async function read(path) {
  const answer = await fetch(BASE + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

/** One address of every kind of page: all that home and its foot link to, and the first of each kind that has many. */
async function addresses() {
  const links = (html) => [...html.matchAll(/href="(\/[^"#?]*\/)(?:[#?][^"]*)?"/g)].map((match) => match[1]);
  const home = await read("/");
  const fixed = links(home).filter((path) => path.split("/").length === 3 && !/^\/(en|open|data|embed)\//.test(path));
  const first = async (from, pattern) => links(await read(from)).find((path) => pattern.test(path));
  const platform = await first("/", /^\/platforms\/[^/]+\/$/);
  const many = [
    platform,
    await first(platform, /^\/cases\/.+\/$/),
    await first("/templates/", /^\/templates\/[^/]+\/$/),
    await first("/campaigns/", /^\/campaigns\/.+\/$/),
  ];
  const own = [...new Set(["/", ...fixed, ...many.filter(Boolean)])];
  return [...own, "/404.html"].flatMap((path) => [path, `/en${path}`]);
}

async function opened(browser, path, scheme, errors) {
  const page = await browser.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
  await page.goto(BASE + path, {waitUntil: "networkidle0"});
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  return page;
}

async function axe(browser, paths) {
  const source = readFileSync(need("axe-core/axe.min.js"), "utf8");
  for (const path of paths) {
    for (const scheme of ["light", "dark"]) {
      const errors = [];
      const page = await opened(browser, path, scheme, errors);
      await page.evaluate(source);  // by the debugger: the page's own policy allows no foreign script
      const {violations} = await page.evaluate(() => axe.run(document, {resultTypes: ["violations"]}));
      for (const one of violations) say("axe", `${path} ${scheme}`, `${one.id} ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
      for (const error of errors) say("console", `${path} ${scheme}`, error);
      await page.close();
    }
  }
}

/** From the top, Tab alone must reach everything that can be used, in the order it stands, each with a mark to be seen. */
async function keys(browser, paths) {
  for (const path of paths) {
    const page = await opened(browser, path, "light", []);
    const all = await page.evaluate(() => {
      const usable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
      const shown = [...document.querySelectorAll(usable)].filter((one) => one.checkVisibility() && !one.disabled);
      const radios = new Set();
      window.wanted = shown.filter((one) => one.type !== "radio" || (!radios.has(one.name) && radios.add(one.name)));
      document.activeElement.blur();
      return window.wanted.length;
    });
    const reached = new Set();
    let last = -1;
    for (let step = 0; step < all + 20 && reached.size < all; step++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        const group = one.type === "radio" ? window.wanted.find((other) => other.name === one.name) : one;
        const style = getComputedStyle(one);
        return {index: window.wanted.indexOf(group), name: one.outerHTML.slice(0, 120), marked: style.outlineStyle !== "none" && style.outlineWidth !== "0px"};
      });
      if (at.index < 0) continue;
      if (!at.marked) say("keys", path, `no mark of focus on ${at.name}`);
      if (at.index < last) say("keys", path, `out of order at ${at.name}`);
      last = at.index;
      reached.add(at.index);
    }
    if (reached.size < all) say("keys", path, `${all - reached.size} of ${all} things not reached by Tab`);
    await page.close();
  }
}

async function vnu(paths) {
  const folder = mkdtempSync(join(tmpdir(), "vnu-"));
  const files = new Map();
  for (const [index, path] of paths.entries()) {
    const file = join(folder, `${index}.html`);
    writeFileSync(file, await read(path));
    files.set(file, path);
  }
  const jar = need("vnu-jar/build/dist/vnu.jar");
  const said = await new Promise((done, failed) => {
    const options = {maxBuffer: 1 << 28};
    execFile("java", ["-Xss4m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout", ...files.keys()], options,
      (error, out) => (error ? failed(error) : done(out)));
  });
  for (const one of JSON.parse(said).messages) {
    const page = files.get(new URL(one.url ?? "file:/").pathname) ?? "?";
    if (one.type === "error") say("vnu", `${page}:${one.lastLine}`, `${one.message} · ${(one.extract ?? "").slice(0, 120)}`);
  }
}

function lighthouse(paths) {
  for (const path of paths) {
    const folder = mkdtempSync(join(tmpdir(), "lighthouse-"));
    const out = join(folder, "report.json");
    execFileSync(process.execPath, [need("lighthouse/cli/index.js"), BASE + path, "--quiet", "--output=json", `--output-path=${out}`,
      "--chrome-flags=--headless=new --no-sandbox --disable-gpu", ...Object.keys(LOUD).map((name) => `--only-categories=${name}`)],
      {env: {...process.env, CHROME_PATH: CHROMIUM}, stdio: "inherit"});
    const report = JSON.parse(readFileSync(out, "utf8"));
    const scores = Object.entries(report.categories).map(([name, one]) => [name, Math.round(one.score * 100)]);
    const paints = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
    console.log(`lighthouse: ${path}: ${scores.map((pair) => pair.join(" ")).join(" · ")} · ${paints.map((name) => `${name} ${report.audits[name].displayValue}`).join(" · ")}`);
    for (const [name, score] of scores) {
      if (score >= LOUD[name]) continue;
      const refs = report.categories[name].auditRefs.filter((ref) => ref.weight && report.audits[ref.id].score !== null && report.audits[ref.id].score < 1);
      say("lighthouse", path, `${name} ${score}, asked ${LOUD[name]}: ${refs.map((ref) => ref.id).join(", ")}`);
    }
  }
}

if (!GIVEN || !CHROMIUM) {
  console.error("usage: node validate.mjs http://127.0.0.1:8000|DATA-FOLDER [--only=axe,keys,vnu,lighthouse]   (chromium by CHROME_PATH)");
  process.exit(2);
}
if (!/^https?:/.test(BASE)) BASE = await served(process.env.SINKRATE ?? "sinkrate", GIVEN);
const paths = PAGES ?? (await addresses());
const browser = await puppeteer.launch({executablePath: CHROMIUM, args: ["--no-sandbox"], defaultViewport: {width: 1280, height: 900}});
console.log(`${paths.length} pages: ${paths.join(" ")}`);
try {
  if (ONLY.includes("axe")) await axe(browser, paths);
  if (ONLY.includes("keys")) await keys(browser, paths);
} finally {
  await browser.close();
}
if (ONLY.includes("vnu")) await vnu(paths);
if (ONLY.includes("lighthouse")) lighthouse(PAGES ?? paths.filter((path) => /^(\/en)?\/(platforms\/.*)?$/.test(path)));
console.log(found.length ? `${found.length} findings` : "no findings");
process.exit(found.length ? 1 : 0);
