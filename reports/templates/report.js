"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const make = (tag, text, parent) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  const data = JSON.parse(find("index").textContent);
  const PAGE = 100;
  const FIELDS = ["promise", "environment", "account", "type"];
  const WORDS = { promise: data.promises, environment: data.environments, account: data.accounts, type: data.types };
  const size = data.findings.length / 3;
  const anchors = new Map(data.anchors);

  // An id is written as what it shares with the one before, and the rest.
  let last = "";
  const subjects = data.subjects.map(([shared, rest, name, type, account, environment, region]) => {
    last = last.slice(0, shared) + rest;
    return { id: last, name: name || last, type, account, environment, region };
  });
  let haystack;

  const state = { q: "", promise: "", environment: "", account: "", type: "", group: "promise", verdict: "", page: 0 };
  const verdictOf = (n) => data.findings[3 * n + 1];
  const subjectOf = (n) => subjects[data.findings[3 * n + 2]];
  const numberOf = (n, field) => (field === "promise" ? data.findings[3 * n] : subjectOf(n)[field]);
  const spoken = (word) => word.replaceAll("_", " ");

  function matching() {
    haystack ??= subjects.map((each) => `${each.id}\n${each.name}`.toLowerCase());
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = subjects.map((_, n) => words.every((word) => haystack[n].includes(word)));
    const wanted = FIELDS.filter((field) => state[field]).map((field) => [field, WORDS[field].indexOf(state[field])]);
    const verdicts = state.verdict ? new Set(state.verdict.split(",").map((word) => data.verdicts.indexOf(word))) : null;
    const found = [];
    for (let n = 0; n < size; n += 1) {
      if (verdicts && !verdicts.has(verdictOf(n))) continue;
      if (!fits[data.findings[3 * n + 2]]) continue;
      if (wanted.every(([field, number]) => numberOf(n, field) === number)) found.push(n);
    }
    return found;
  }

  function grouped(found) {
    if (!state.group) return found.map((n) => [n, ""]);
    const groups = new Map();
    const name = (n) => (state.group === "resource" ? subjectOf(n).id : WORDS[state.group][numberOf(n, state.group)]);
    for (const n of found) {
      const key = name(n);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(n);
    }
    const rows = [];
    const order = [...groups];
    if (state.group === "promise") order.sort(([a], [b]) => data.promises.indexOf(a) - data.promises.indexOf(b));
    for (const [key, own] of order) for (const n of own) rows.push([n, `${label(key)} (${own.length.toLocaleString("en")})`]);
    return rows;
  }

  const label = (key) => (state.group === "promise" ? data.says[data.promises.indexOf(key)] : key);

  function row(n) {
    const line = make("tr");
    const subject = subjectOf(n);
    const verdict = data.verdicts[verdictOf(n)];
    make("span", spoken(verdict), make("td", "", line)).className = `verdict ${verdict}`;
    const cell = make("td", "", line);
    const short = subject.name.length > 120 ? `${subject.name.slice(0, 120)}…` : subject.name;
    if (anchors.has(n)) make("a", short, cell).href = `#${anchors.get(n)}`;
    else {
      make("span", short, cell);
      make("span", " evidence in findings.jsonl", cell).className = "soft";
    }
    make("td", data.promises[data.findings[3 * n]], line);
    make("td", data.types[subject.type], line);
    make("td", `${data.accounts[subject.account]} ${subject.region}`, line);
    make("td", data.environments[subject.environment], line);
    return line;
  }

  function show() {
    const found = grouped(matching());
    const pages = Math.max(Math.ceil(found.length / PAGE), 1);
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const start = state.page * PAGE;
    const body = document.createElement("tbody");
    let heading = "";
    for (const [n, group] of found.slice(start, start + PAGE)) {
      if (group !== heading) {
        const line = make("tr", "", body);
        line.className = "group";
        const head = make("th", group, line);
        head.colSpan = 6;
        head.scope = "rowgroup";
        heading = group;
      }
      body.append(row(n));
    }
    const table = find("f-table");
    for (const old of [...table.tBodies]) old.remove();
    table.append(body);
    find("f-status").textContent = `${found.length.toLocaleString("en")} of ${size.toLocaleString("en")} findings`;
    find("f-page").textContent = `Page ${state.page + 1} of ${pages}`;
    find("f-before").disabled = state.page === 0;
    find("f-after").disabled = state.page >= pages - 1;
  }

  // The state of the list is in the address, so that what is seen can be sent to somebody.
  function write() {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
      if (value && !(name === "group" && value === "promise")) words.set(name, name === "page" ? value + 1 : value);
    }
    if (!state.group) words.set("group", "");
    history.replaceState(null, "", `#findings?${words}`);
  }

  function read() {
    const words = new URLSearchParams(location.hash.slice("#findings?".length));
    for (const name of Object.keys(state)) state[name] = words.get(name) ?? (name === "group" ? "promise" : "");
    state.page = (Number.parseInt(words.get("page"), 10) || 1) - 1;
    for (const name of ["q", "group", ...FIELDS]) find(`f-${name}`).value = state[name];
    const verdicts = state.verdict ? state.verdict.split(",") : data.verdicts;
    for (const box of find("f-verdicts").querySelectorAll("input")) box.checked = verdicts.includes(box.value);
  }

  function change(name, value) {
    state[name] = value;
    if (name !== "page") state.page = 0;
    write();
    show();
  }

  // A link to a finding opens it, and what it is in.
  function arrive() {
    if (location.hash.startsWith("#findings?")) {
      read();
      show();
      find("findings").scrollIntoView();
      return;
    }
    const target = location.hash.length > 1 && find(location.hash.slice(1));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    target.scrollIntoView();
    target.querySelector(":scope > summary")?.focus({ preventScroll: true });
  }

  function print(article) {
    article.classList.add("only");
    document.documentElement.classList.add("one");
    window.print();
    article.classList.remove("only");
    document.documentElement.classList.remove("one");
  }

  for (const name of FIELDS) for (const word of WORDS[name]) make("option", word.slice(0, 120), find(`f-${name}`)).value = word;
  data.verdicts.forEach((verdict, number) => {
    if (!data.findings.some((value, at) => at % 3 === 1 && value === number)) return;
    const label = make("label", "", find("f-verdicts"));
    const box = make("input", undefined, label);
    box.type = "checkbox";
    box.value = verdict;
    box.checked = true;
    make("span", spoken(verdict), label);
  });
  find("f-verdicts").addEventListener("change", () => {
    const boxes = [...find("f-verdicts").querySelectorAll("input")];
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    change("verdict", chosen.length === boxes.length ? "" : chosen.join(",") || "none");
  });
  let waiting;
  find("f-q").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change("q", event.target.value.trim()), 150);
  });
  for (const name of ["group", ...FIELDS]) find(`f-${name}`).addEventListener("change", (event) => change(name, event.target.value));
  find("f-before").addEventListener("click", () => change("page", state.page - 1));
  find("f-after").addEventListener("click", () => change("page", state.page + 1));
  for (const cell of document.querySelectorAll("[data-filter]")) {
    const count = cell.textContent.trim();
    if (!count) continue;
    cell.textContent = "";
    make("a", count, cell).href = `#findings?${cell.dataset.filter}`;
  }
  for (const article of document.querySelectorAll("article.promise")) {
    const button = make("button", "Print this promise");
    button.type = "button";
    button.setAttribute("aria-describedby", `${article.id}-says`);
    button.addEventListener("click", () => print(article));
    article.querySelector("h3").after(button);
  }
  for (const groups of document.querySelectorAll("details.groups")) groups.open = false;
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => closed.forEach((each) => { each.open = false; }));
  addEventListener("hashchange", arrive);
  find("explorer").hidden = false;
  show();
  arrive();
})();
