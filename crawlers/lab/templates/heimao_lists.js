// The replica's own script: signs its calls, fills tabs and lists, loads more on scroll or click.
(function () {
  "use strict";
  var MARK = "lab 2026";
  var UNSIGNED = { "company/main_search": 1, "company/rel_service": 1, "grp_comp/feed": 1, "grp_comp/comps": 1 };

  function random16() {
    var letters = "abcdefghijklmnopqrstuvwxyz0123456789", text = "";
    crypto.getRandomValues(new Uint8Array(16)).forEach(function (n) { text += letters[n % 36]; });
    return text;
  }

  async function sign(asked, ts, rs) {
    var plain = Object.keys(asked).filter(function (name) { return name !== "field"; }).sort()
      .map(function (name) { return name + "=" + asked[name]; }).join("&");
    var digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode([plain, ts, rs, MARK].join("|")));
    return Array.from(new Uint8Array(digest), function (n) { return n.toString(16).padStart(2, "0"); }).join("");
  }

  async function call(name, asked) {
    var query = new URLSearchParams(asked);
    if (!UNSIGNED[name]) {
      var ts = String(Date.now()), rs = random16();
      query.append("ts", ts);
      query.append("rs", rs);
      query.append("signature", await sign(asked, ts, rs));
    }
    var answer = await fetch("/api/" + name + "?" + query);
    return (await answer.json()).result.data;
  }

  function node(tag, css, text) {
    var made = document.createElement(tag);
    made.className = css;
    if (text) { made.textContent = new DOMParser().parseFromString(text, "text/html").body.textContent; }
    return made;
  }

  function card(row) {
    var main = row.main || row, box = node("div", "blackcat-con"), link = node("a", "box");
    link.href = main.url;
    if (row.main) {
      link.appendChild(node("span", "name", row.author.title || "匿名"));
      link.appendChild(node("span", "time", new Date((+main.timestamp + 28800) * 1000).toISOString().slice(0, 10)));
      link.appendChild(node("h1", "blackcat-hot", main.title));
      link.appendChild(node("p", "", main.summary));
      var list = node("ul", "list");
      list.appendChild(node("li", "", "[投诉对象]" + main.cotitle));
      list.appendChild(node("li", "", "[投诉要求]" + main.appeal));
      link.appendChild(list);
    } else {
      box.className = "company-con";
      link.appendChild(node("h3", "", main.title));
    }
    box.appendChild(link);
    return box;
  }

  function hide(css, hidden) {
    document.querySelectorAll(css).forEach(function (part) { part.classList.toggle("hide", hidden); });
  }

  function List(name, asked, box) {
    this.name = name; this.asked = asked; this.box = box; this.page = 0; this.loading = false; this.over = false;
  }
  List.prototype.more = async function () {
    if (this.loading || this.over) { return; }
    this.loading = true;
    try {
      var data = await call(this.name, Object.assign({}, this.asked, { page_size: "10", page: String(this.page + 1) }));
      var box = this.box;
      (data.lists || data.complaints || data.list || []).forEach(function (row) { box.appendChild(card(row)); });
      this.page += 1;
      this.over = !data.pager.page_amount || this.page >= data.pager.page_amount;
    } catch (error) {
      this.over = true;
    }
    this.loading = false;
    this.show();
  };
  List.prototype.show = function () {
    if (this !== current) { return; }
    hide(".load-more", this.over);
    hide(".no-more", !this.over);
  };

  var current = null;
  function start(list) { current = list; list.show(); if (!list.page) { list.more(); } }
  function param(name) { return new URLSearchParams(location.search).get(name); }

  function tabs() {
    var field = "", open = {}, chosen = "1";
    function pick() {
      var key = field + ":" + chosen, box = document.querySelector(".conbox[data-role='" + chosen + "']");
      hide(".conbox", true);
      box.classList.remove("hide");
      if (!open[key]) {
        box.replaceChildren();
        open[key] = new List("index/feed", field ? { type: chosen, field: field } : { type: chosen }, box);
      }
      start(open[key]);
    }
    document.querySelectorAll(".blackcat-tab .tab [data-type]").forEach(function (tab) {
      tab.addEventListener("click", function () { chosen = tab.dataset.type; pick(); });
    });
    document.querySelectorAll("[data-field]").forEach(function (part) {
      part.addEventListener("click", function () { field = part.dataset.field; pick(); });
    });
    pick();
  }

  function directory(input) {
    input.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") { return; }
      var box = document.querySelector(".conbox");
      box.replaceChildren();
      start(new List("company/main_search", { keyword: input.value }, box));
    });
  }

  var box = document.querySelector(".conbox"), input = document.querySelector(".company-search input");
  if (document.querySelector(".blackcat-tab")) { tabs(); }
  else if (input) { directory(input); }
  else if (param("couid")) {
    call("company/rel_service", { couid: param("couid") });
    start(new List("company/received_complaints", { couid: param("couid"), type: "1" }, box));
  } else if (location.pathname.indexOf("/grp_comp/view/") === 0) {
    start(new List("grp_comp/comps", { gid: location.pathname.split("/")[3] }, box));
  } else if (location.pathname === "/grp_comp/index") { start(new List("grp_comp/feed", { type: "1" }, box)); }

  function more() { if (current) { current.more(); } }
  document.querySelectorAll(".load-more").forEach(function (part) { part.addEventListener("click", more); });
  window.addEventListener("scroll", function () {
    if (window.innerHeight + window.scrollY >= document.body.scrollHeight - 40) { more(); }
  });
})();
