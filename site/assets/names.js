// Who is meant: finds platforms by name, alias, sound, domain or credit code, and offers near ones. No page, no network.
const HAN = /\p{Script=Han}/u;
// what is sold and how the shop calls itself: says nothing about who it is
const GENERIC = ["有限公司", "旗舰店", "发卡网", "自动发卡", "卡盟", "发卡", "点卡", "数卡", "号卡", "提卡", "直充", "充值", "代充", "代刷", "权益", "话费", "会员",
  "点券", "货源", "社区", "商城", "平台", "官网", "官方", "客服", "网络", "科技", "分销", "小铺", "网", "app"];
const MOST_NEAR = 6;
const LONGEST = 200;

// the three lists as they are published → what `look` needs; `registers` may come later
export function prepare(hanzi, names, registers = []) {
  const sounds = new Map();
  for (const [sound, chars] of Object.entries(hanzi.sounds)) for (const char of chars) sounds.set(char, sound);
  const plain = new Map();
  const pairs = [...hanzi.traditional];
  for (let at = 0; at + 1 < pairs.length; at += 2) plain.set(pairs[at], pairs[at + 1]);
  const book = { sounds, plain, platforms: [] };
  const generic = GENERIC.map((word) => said(book, word).join(""));
  book.generic = generic.sort((a, b) => b.length - a.length);
  book.platforms = names.map(([id, name, ...rest], place) => {
    const reading = rest.find((one) => one.startsWith("="))?.slice(1).split(" ");
    const aliases = rest.filter((one) => !one.startsWith("="));
    const [codes = [], domains = [], legal = []] = registers[place] ?? [];
    const forms = [form(book, name, "", reading), ...aliases.map((one) => form(book, one, "by-alias")), ...legal.map((one) => form(book, one, "by-legal"))];
    return { id, name, forms, codes, domains };
  });
  return book;
}

function form(book, text, how, reading) {
  const key = fold(book, text);
  const syllables = reading ?? said(book, key);
  const core = coreOf(key);
  return { text, how, key, core, pinyin: syllables.join(""), starts: startsOf(syllables), initials: syllables.map((one) => one[0]).join(""),
    coreSound: said(book, core, reading), loose: loose(said(book, core, reading).join("")) };
}

// one spelling of width, case, traditional characters; no blanks, no punctuation
export function fold(book, text) {
  const flat = text.normalize("NFKC").toLowerCase().replace(/[\s\p{P}\p{S}\p{Cf}]+/gu, "");
  return [...flat].map((char) => book.plain.get(char) ?? char).join("");
}

// syllables of a text; a run of letters is one
function said(book, key, reading) {
  const parts = key.match(/\p{Script=Han}|[^\p{Script=Han}]+/gu) ?? [];
  return parts.map((part, place) => reading?.[place] ?? book.sounds.get(part) ?? part);
}

function startsOf(syllables) {
  let at = 0;
  return syllables.map((one) => (at += one.length) - one.length);
}

function coreOf(key) {
  const word = GENERIC.find((one) => key.length > one.length && key.endsWith(one));
  return word ? coreOf(key.slice(0, -word.length)) : key;
}

// ways of writing one sound that are mixed up: zh z, ch c, sh s, -ng -n
function loose(pinyin) {
  return pinyin.replace(/([zcs])h/g, "$1").replace(/ng/g, "n");
}

// { direct: [{ platform, how, text }], near: [{ platform, how }] }, the best first
export function look(book, query) {
  const asked = ask(book, query);
  if (!asked.key) return { direct: [], near: [] };
  const direct = [];
  const near = [];
  for (const platform of book.platforms) {
    const hit = directHit(asked, platform);
    if (hit) direct.push(hit);
    else if ([...asked.key].length > 1) {
      const close = nearHit(asked, platform);
      if (close) near.push(close);
    }
  }
  const order = (a, b) => a.score - b.score || a.platform.name.length - b.platform.name.length || (a.platform.id < b.platform.id ? -1 : 1);
  return { direct: direct.sort(order), near: near.sort(order).slice(0, MOST_NEAR) };
}

function ask(book, query) {
  const text = query.normalize("NFKC").trim().slice(0, LONGEST);
  const key = fold(book, text);
  const letters = /\p{Script=Han}/u.test(key) ? "" : romanised(text);
  const syllables = said(book, key);
  const core = coreOf(key);
  return { key, core, letters, pinyin: syllables.join(""), mixed: HAN.test(key) && /[a-z]/.test(key), coreSound: said(book, core),
    code: text.toUpperCase().replace(/[\s-]/g, ""), host: hostOf(text), coreLetters: letters && coreLetters(book, letters) };
}

// jì tǎ, ji4 ta3, JI'TA → jita; empty where it is no pinyin
function romanised(text) {
  const flat = text.toLowerCase().replace(/[üǖǘǚǜ]/g, "v").normalize("NFD").replace(/\p{M}/gu, "").replace(/([a-z])[1-5](?![0-9])/g, "$1").replace(/[\s'’·-]+/g, "");
  return /^[a-z]{2,}$/.test(flat) ? flat : "";
}

function coreLetters(book, letters) {
  const word = book.generic.find((one) => letters.length > one.length + 1 && letters.endsWith(one));
  return word ? coreLetters(book, letters.slice(0, -word.length)) : letters;
}

function hostOf(text) {
  const found = /^(?:[a-z]+:\/\/)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})\.?(?::\d+)?(?:[/?#].*)?$/.exec(text.toLowerCase().replace(/[。.]/g, "."));
  return found ? found[1] : "";
}

function directHit(asked, platform) {
  const hits = [...platform.forms.map((one, place) => formHit(asked, one, place)), registerHit(asked, platform)].filter(Boolean);
  if (!hits.length) return null;
  const best = hits.reduce((a, b) => (b.score < a.score ? b : a));
  return { platform, ...best };
}

function formHit(asked, one, place) {
  const rank = spelled(asked.key, one.key);
  if (rank !== null) return { score: rank + Math.min(place, 1), how: one.how, text: one.how ? one.text : "" };
  const heard = asked.letters ? sounded(asked.letters, one) : asked.mixed && one.pinyin === asked.pinyin ? [3, "by-sound"] : null;
  return heard && one.how !== "by-legal" ? { score: heard[0] + Math.min(place, 1) / 2, how: heard[1], text: one.how ? one.text : "" } : null;
}

function spelled(key, name) {
  if (name === key) return 0;
  if (name.startsWith(key)) return 2;
  if (name.includes(key)) return 4;
  return name.length > 2 && key.includes(name) ? 5 : null;
}

function sounded(letters, one) {
  if (!HAN.test(one.key)) return null;
  if (one.pinyin === letters) return [2.5, "by-sound"];
  if (one.initials === letters) return [3.2, "by-initials"];
  if (one.pinyin.startsWith(letters)) return [3.5, "by-sound"];
  if (letters.length > 2 && one.starts.some((at) => one.pinyin.startsWith(letters, at))) return [5.5, "by-sound"];
  return one.initials.startsWith(letters) ? [4.5, "by-initials"] : null;
}

function registerHit(asked, platform) {
  if (/^(?=.*\d)[0-9A-Z]{8,18}$/.test(asked.code)) {
    const code = platform.codes.find((one) => one.startsWith(asked.code));
    if (code) return { score: 1, how: "by-code", text: code };
  }
  const domain = platform.domains.find((one) => asked.host ? asked.host === one || asked.host.endsWith(`.${one}`) : asked.letters.length > 3 && one.replace(/[.-]/g, "").startsWith(asked.letters));
  return domain ? { score: asked.host ? 1 : 2.8, how: "by-domain", text: domain } : null;
}

function nearHit(asked, platform) {
  const hits = platform.forms.filter((one) => one.how !== "by-legal").map((one) => (asked.letters ? nearLetters(asked, one) : nearSpelling(asked, one))).filter(Boolean);
  if (!hits.length) return null;
  const best = hits.reduce((a, b) => (b.score < a.score ? b : a));
  return { platform, ...best };
}

function nearSpelling(asked, one) {
  const cores = [...one.core];
  if (asked.core === one.core && cores.length > 1) return { score: 0.5, how: "near-spelling" };
  if (!HAN.test(asked.key)) return null;
  if (asked.pinyin === one.pinyin) return { score: 0, how: "near-sound" };
  if (asked.coreSound.length > 1 && asked.coreSound.join("") === one.coreSound.join("")) return { score: 1, how: "near-sound" };
  const shared = [...asked.core].filter((char) => cores.includes(char)).length;
  const alike = asked.coreSound.filter((sound) => one.coreSound.includes(sound)).length;
  if (!shared && !alike) return null;
  const whole = distance([...asked.key], [...one.key]);
  const core = distance(asked.coreSound, one.coreSound);
  const longest = Math.max(asked.coreSound.length, one.coreSound.length);
  const isBare = asked.key === asked.core && shared > 0; // typed without what it sells
  if (whole <= 1 || (core <= 1 && (longest > 2 || isBare)) || (core <= 2 && longest > 5)) return { score: 2 + whole + core - shared / 2, how: "near-spelling" };
  return null;
}

function nearLetters(asked, one) {
  if (!HAN.test(one.key) || asked.coreLetters.length < 3) return null;
  const heard = loose(asked.coreLetters);
  if (heard === one.loose) return { score: 1, how: "near-pinyin" };
  if (heard.length > 3 && one.loose.startsWith(heard)) return { score: 2, how: "near-pinyin" };
  const off = distance([...heard], [...one.loose]);
  return off <= (heard.length > 8 ? 2 : heard.length > 3 ? 1 : 0) ? { score: 2 + off, how: "near-pinyin" } : null;
}

// steps from one list to the other: insert, drop, replace, swap neighbours; gives up beyond three
export function distance(a, b) {
  if (Math.abs(a.length - b.length) > 3) return 9;
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
