// The script of usher's pages. Every page works without it: it shows times in the
// reader's zone, keeps watched pages up to date, and helps while people type.

const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

// localTimes shows times in the reader's zone.
function localTimes(root) {
  for (const t of root.querySelectorAll("time[datetime]")) {
    const at = new Date(t.dateTime);
    if (!Number.isNaN(at.getTime())) {
      t.textContent = zone.format(at);
      t.title = whole.format(at);
    }
  }
}

// parsed is HTML of ours as elements, of the kind that another has within.
function parsed(html, like) {
  const into = document.createElement("template");
  into.innerHTML = like.matches("tbody") ? `<table><tbody>${html}</tbody></table>` : html;
  localTimes(into.content);
  return like.matches("tbody") ? into.content.querySelector("tbody") : into.content;
}

// turn makes what is within a node like what is within another, and touches nothing
// that is as it should be: what has the focus, or is selected or being read, stays.
function turn(node, fresh) {
  const news = [...fresh.childNodes];
  const olds = [...node.childNodes];
  news.forEach((next, i) => {
    const old = olds[i];
    if (!old) return node.append(next);
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) return old.replaceWith(next);
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    turn(old, next);
  });
  olds.slice(news.length).forEach((old) => old.remove());
}

const put = (element, html) => turn(element, parsed(html, element));

// watch keeps the parts of a page up to date that name where their news come from.
// A page that nobody looks at lets go of its connection.
function watch(element) {
  let events = null;
  let said = 0;
  const heard = document.querySelector(".heard[role=status]");
  function take(message) {
    const news = JSON.parse(message.data);
    put(element, news.live);
    put(document.getElementById("gate"), news.gate);
    if ((element.dataset.now ?? "") !== (news.now ?? "")) {
      element.dataset.now = news.now;
      renew();
    }
    if (heard && news.said && news.said !== heard.textContent && Date.now() - said > 15000) {
      said = Date.now();
      heard.textContent = news.said;
    }
  }
  function follow() {
    if (document.hidden) {
      events?.close();
      events = null;
    } else if (!events) {
      events = new EventSource(element.dataset.live);
      events.onmessage = take;
    }
  }
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => events?.close());
  follow();
}

// renew reads the page again, and brings the parts up to date that are not watched:
// what can be done, for one. It does so now and then at most, and not all at once.
let renewing = 0;
function renew() {
  if (renewing) return;
  renewing = setTimeout(async () => {
    renewing = 0;
    const answer = await fetch(location.pathname).catch(() => null);
    if (!answer) return;
    if (!answer.ok || answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const fresh of page.querySelectorAll("[data-part]")) {
      const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
      if (old) put(old, fresh.innerHTML);
    }
  }, 200 + Math.random() * 1500);
}

// goOn presses the button of a search that has not come to its end, for as long as
// the page is open, and adds whom it finds.
async function goOn(form) {
  const part = form.closest("[data-part]");
  while (form?.isConnected) {
    const answer = await fetch(form.action, { method: "post", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    if (!answer?.ok || answer.redirected || !form.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    localTimes(fresh);
    const rows = part.querySelector("[data-rows]");
    const more = fresh.querySelector("[data-rows]");
    const next = fresh.querySelector("[data-go-on]");
    if (!rows) part.replaceChildren(...fresh.childNodes);
    else {
      if (more) rows.append(...more.children);
      if (next) form.replaceWith(next);
      else form.remove();
    }
    if (part.querySelectorAll("[data-rows] > *").length >= 50) return; // the button is there for the rest
    form = part.querySelector("[data-go-on]");
  }
}

// copies copies a field for who presses its button.
function copies(button) {
  const field = document.getElementById(button.dataset.copy);
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
}

// ticksAll lets one box tick all others.
function ticksAll(box) {
  box.hidden = false;
  box.addEventListener("change", () => {
    for (const other of box.form.elements[box.dataset.all].length ? box.form.elements[box.dataset.all] : [box.form.elements[box.dataset.all]])
      other.checked = box.checked;
  });
}

// send sends a form with a file, and shows how much of it has gone.
function send(form, file) {
  const most = Number(form.dataset.most);
  const shown = form.querySelector(".progress");
  const bar = shown.querySelector("progress");
  const words = shown.querySelector("[role=status]");
  shown.hidden = false;
  if (most && file.size > most) {
    bar.hidden = true;
    words.textContent = "This file is too large. " + (form.querySelector(".hint")?.textContent ?? "");
    return;
  }
  const body = new FormData(form);
  body.set("file", file, file.name);
  const request = new XMLHttpRequest();
  request.upload.onprogress = (e) => {
    if (!e.lengthComputable) return;
    const part = Math.floor((e.loaded / e.total) * 100);
    bar.value = part;
    words.textContent = part < 100 ? `${part} % sent` : "Sent. It is being read.";
  };
  request.onload = () => show(request.responseText, request.responseURL, form);
  request.onerror = () => {
    bar.hidden = true;
    words.textContent = "The connection was cut, and nothing was kept. Send the file again.";
  };
  request.open("POST", form.action);
  request.send(body);
}

// show shows the page that a form was answered with: in the place of this one, if it
// is the same, or says what was wrong.
function show(html, address, form) {
  const path = new URL(address).pathname;
  if (path !== location.pathname && path !== new URL(form.action).pathname) {
    location.assign(address);
    return;
  }
  const page = new DOMParser().parseFromString(html, "text/html");
  const focused = document.activeElement;
  const open = [...document.querySelectorAll("details")].map((d) => d.open);
  document.getElementById("main").replaceWith(page.getElementById("main"));
  const main = document.getElementById("main");
  [...main.querySelectorAll("details")].forEach((d, i) => (d.open ||= open[i] ?? false));
  begin(main);
  const name = focused.id || focused.name;
  const again = name ? (document.getElementById(name) ?? main.querySelector(`[name="${CSS.escape(name)}"]`)) : null;
  const wrong = main.querySelector("[role=alert]");
  again?.focus({ preventScroll: true });
  if (wrong) wrong.scrollIntoView({ block: "center" });
}

// uploads lets a form send its file with progress, and take one that is dropped on
// the page.
function uploads(form) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("submit", (e) => {
    if (!input.files.length) return;
    e.preventDefault();
    send(form, input.files[0]);
  });
  if (!form.classList.contains("drop")) return;
  const over = (on) => form.classList.toggle("over", on);
  window.addEventListener("dragover", (e) => {
    e.preventDefault();
    over(true);
  });
  window.addEventListener("dragleave", (e) => e.relatedTarget || over(false));
  window.addEventListener("drop", (e) => {
    e.preventDefault();
    over(false);
    if (!e.dataTransfer.files.length) return;
    input.files = e.dataTransfer.files;
    send(form, input.files[0]);
  });
}

// choose checks a list again as soon as a choice is made, and leaves the reader
// where they are. What is chosen while it is being checked comes next: a form knows
// only the choices that were there when it was made.
const choosing = { busy: false, next: new Map() };

function choose(form) {
  form.addEventListener("change", (e) => {
    choosing.next.set(e.target.name, e.target.type === "checkbox" ? e.target.checked : e.target.value);
    if (!choosing.busy) sendChoices();
  });
}

async function sendChoices() {
  choosing.busy = true;
  try {
    for (let form; choosing.next.size && (form = document.querySelector("form[data-choices]")); ) {
      for (const [name, value] of choosing.next) {
        const field = form.elements.namedItem(name);
        if (field?.type === "checkbox") field.checked = value;
        else if (field) field.value = value;
      }
      choosing.next.clear();
      form.setAttribute("aria-busy", "true");
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      show(await answer.text(), answer.url, form);
    }
  } finally {
    choosing.busy = false;
  }
}

// cells checks a row while somebody types in it.
function cells(form) {
  const waiting = new Map();
  async function check(row) {
    const body = new URLSearchParams({ row: row.dataset.row });
    for (const input of row.querySelectorAll("input[data-at]")) {
      body.append("column", input.dataset.at);
      body.append("cell-" + input.dataset.at, input.value);
    }
    const answer = await fetch(form.dataset.cells, { method: "POST", body });
    if (!answer.ok) return;
    tell(row, await answer.json());
  }
  function tell(row, problems) {
    const words = new Map();
    for (const p of problems) {
      const at = row.querySelector(`input[data-at="${p.column}"]`) ? p.column : "row";
      words.set(String(at), `${words.get(String(at)) ?? ""} ${p.wrong}. ${p.fix}.`.trim());
    }
    for (const input of row.querySelectorAll("input[data-at]")) {
      const wrong = words.get(input.dataset.at) ?? "";
      input.toggleAttribute("aria-invalid", false);
      if (wrong) input.setAttribute("aria-invalid", "true");
      const note = document.getElementById(input.getAttribute("aria-describedby"));
      note.style.minHeight = `${note.offsetHeight}px`; // what is below stays where it is to be clicked
      note.textContent = wrong;
    }
    const whole = document.getElementById(`e-${row.dataset.row}-row`);
    if (whole) whole.textContent = words.get("row") ?? "";
    row.classList.toggle("right", problems.length === 0);
  }
  form.addEventListener("input", (e) => {
    const row = e.target.closest("tr[data-row]");
    if (!row || !e.target.dataset.at) return;
    clearTimeout(waiting.get(row));
    waiting.set(row, setTimeout(() => check(row), 300));
  });
}

// nextTimes shows the next times of a schedule while somebody types when it is due, and
// knows the names of time zones. The server reckons.
function nextTimes(form) {
  const part = form.querySelector("[data-part=next]");
  const zones = form.querySelector("datalist");
  for (const name of Intl.supportedValuesOf?.("timeZone") ?? []) zones.append(new Option(name, name));
  let waiting = 0;
  let asked = null;
  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.next, { method: "POST", body, signal: asked.signal }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const text = await answer.text().catch(() => "");
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-part=next]");
    if (fresh) put(part, fresh.innerHTML);
  }
  form.addEventListener("input", (e) => {
    if (e.target.name !== "cron" && e.target.name !== "zone") return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 300);
  });
}

// follow shows how far a list is, and its page when that is done.
function follow(element) {
  async function look() {
    const answer = await fetch(element.dataset.progress);
    if (!answer.ok) return location.reload();
    const news = await answer.json();
    if (!news.working) return location.reload();
    element.querySelector("[role=status]").textContent = news.words;
    element.querySelector("progress").value = news.share;
    setTimeout(look, 700);
  }
  setTimeout(look, 500);
}

// begin has the script help with what is in a part of a page.
function begin(root) {
  localTimes(root);
  root.querySelectorAll("[data-live]").forEach(watch);
  root.querySelectorAll("form[data-upload]").forEach(uploads);
  root.querySelectorAll("form[data-choices]").forEach(choose);
  root.querySelectorAll("form[data-cells]").forEach(cells);
  root.querySelectorAll("form[data-next]").forEach(nextTimes);
  root.querySelectorAll("[data-progress]").forEach(follow);
  root.querySelectorAll("[data-go-on]").forEach(goOn);
  root.querySelectorAll("[data-copy]").forEach(copies);
  root.querySelectorAll("[data-all]").forEach(ticksAll);
}

document.documentElement.classList.add("js");
begin(document);
