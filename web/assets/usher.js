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

// put replaces what an element shows, and leaves the focus where it was.
function put(element, html) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...element.querySelectorAll("a, button, input, select")].indexOf(focused);
  element.innerHTML = html;
  localTimes(element);
  if (focused) element.querySelectorAll("a, button, input, select")[place]?.focus();
}

// watch keeps the parts of a page up to date that name where their news come from.
// A page that nobody looks at lets go of its connection.
function watch(element) {
  let events = null;
  let said = 0;
  const heard = document.querySelector(".heard");
  function take(message) {
    const news = JSON.parse(message.data);
    if (element.dataset.state && news.state !== element.dataset.state) {
      element.dataset.state = news.state;
      renew();
    } else {
      put(element, news.live);
    }
    const gate = document.getElementById("gate");
    if (gate.dataset.was !== news.gate) put(gate, news.gate);
    gate.dataset.was = news.gate;
    if (heard && news.said && Date.now() - said > 15000) {
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

// renew reads the page again and shows its main part, as what can be done has
// changed.
async function renew() {
  const answer = await fetch(location.href);
  if (!answer.ok || answer.redirected) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const live = document.querySelector("[data-live]");
  for (const fresh of page.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
    if (old) put(old, fresh.innerHTML);
  }
  const fresh = page.querySelector("[data-live]");
  if (live && fresh) put(live, fresh.innerHTML);
}

localTimes(document);
document.querySelectorAll("[data-live]").forEach(watch);
