// Keeps the page up to date. What comes is HTML in which all that others have written is escaped, and the page's
// Content-Security-Policy lets nothing in it run.

/** What was told last of each element, by its id. */
const told = new Map();
const isListing = location.pathname === "/";
const AGAIN_MS = 5000;
const OLD = "No connection to the machine; what is shown may be old.";
let events;
/** What the services are made of that are shown. */
let list = isListing ? document.body.dataset.list : undefined;
/** Something is told at least four times a minute. */
const SILENT_MS = 45_000;
let toldMs = Date.now();

function connect() {
  // A page that says only that there is nothing has nothing to be kept up to date.
  if (events !== undefined || document.hidden || document.body.dataset.list === "") return;
  events = listen(() => "/events", {
    onLost: () => tell(OLD),
    onData: take,
  });
}

/** Yields how to end it. A browser gives up where it gets another answer, e.g. of a proxy; this does not. */
function listen(urlOf, { onLost = () => {}, onData }) {
  let source;
  let timer;
  let isEnded = false;
  const open = async () => {
    const url = await urlOf();
    if (isEnded) return;
    source = new EventSource(url);
    source.onmessage = ({ data }) => onData(JSON.parse(data));
    source.onerror = () => {
      onLost();
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
    };
  };
  void open();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    source?.close();
  };
}

function tell(text) {
  const element = document.getElementById(":connection");
  if (element.textContent !== text) element.textContent = text;
}

function take({ list: newList, problem, parts }) {
  toldMs = Date.now();
  tell(problem);
  for (const [id, html] of parts) {
    if (told.get(id) === html) continue;
    const isFirst = !told.has(id);
    told.set(id, html);
    if (id !== ":title") replace(id, html, isFirst);
    else if (isListing) document.title = parsed(html).body.textContent;
  }
  if (list === undefined) list = newList;
  // Again with each message until it has come.
  else if (list !== newList && problem === "") redraw(newList).catch(() => {});
  showAges();
  filter();
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

function replace(id, html, isFirst) {
  const element = document.getElementById(id);
  if (element === null) return;
  const before = element.textContent;
  keepFocus(element, () => element.innerHTML = html);
  if (!isFirst && id.endsWith(":state") && element.textContent !== before) {
    announce(`${id.slice(0, -":state".length)}: ${element.textContent}`);
  }
}

/** Whoever is at a link in this element is at the same link after the change. */
function keepFocus(element, change) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const same = () =>
    [...element.querySelectorAll("a")].filter((link) =>
      focused !== null && link.href === focused.href && link.className === focused.className
    );
  change();
  if (focused !== null && !focused.isConnected) same()[0]?.focus({ preventScroll: true });
}

/** Read out by a screen reader; several within a moment become one. */
function announce(text) {
  const element = document.getElementById(":announcement");
  element.textContent = element.textContent === "" ? text : `${element.textContent}; ${text}`;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => element.textContent = "", 5000);
}

/** There are other services, or other checks: what holds them is asked for as a whole. The last one to ask is heard. */
async function redraw(newList) {
  const turn = redraw.turn = (redraw.turn ?? 0) + 1;
  const answer = await fetch(location.href);
  if (answer.status === 404) tell("This service is gone.");
  if (!answer.ok) return;
  const page = parsed(await answer.text());
  if (turn !== redraw.turn) return;
  list = newList;
  const selector = isListing ? "main" : ".alone";
  const element = document.querySelector(selector);
  const before = namesOf(document);
  keepFocus(element, () => element.replaceChildren(...page.querySelector(selector).childNodes));
  // What was told since it was asked for.
  for (const [id, html] of told) if (!id.startsWith(":")) replace(id, html, true);
  const [names, known] = [namesOf(document), new Set(before)];
  for (const name of names) if (!known.delete(name)) announce(`${name} is new`);
  for (const name of known) announce(`${name} is gone`);
  showAges();
  filter();
}

function namesOf(page) {
  return [...page.querySelectorAll("li.service")].map(({ id }) => id);
}

/** As `status` says it: 5d, 3h12m, 45s. */
function age(seconds) {
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return days >= 10 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}

function showAges() {
  for (const time of document.querySelectorAll(".facts time")) {
    const text = age(Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000)));
    if (time.textContent !== text) time.textContent = text;
  }
}

/** The service in which somebody is just now stays. */
function filter() {
  const wanted = document.querySelector("header input")?.value.trim().toLowerCase() ?? "";
  const services = [...document.querySelectorAll("li.service")];
  for (const service of services) {
    const text = `${service.id} ${service.querySelector(".state").textContent}`.toLowerCase();
    service.hidden = !text.includes(wanted) && !service.contains(document.activeElement);
  }
  const found = document.getElementById(":found");
  const text = wanted === ""
    ? ""
    : `${services.filter(({ hidden }) => !hidden).length} of ${services.length}`;
  if (found !== null && found.textContent !== text) found.textContent = text;
}

const LONGEST_LOG = 1000;

/** Records as they come, below those that are there; the list goes along if its end is in view. Yields how to end it. */
function followLog(records, isKnown) {
  const change = (act) => {
    const isAtEnd = records.scrollHeight - records.scrollTop - records.clientHeight < 40;
    act();
    while (records.childElementCount > LONGEST_LOG) records.firstElementChild.remove();
    document.getElementById(":none").hidden = records.childElementCount > 0;
    showLocalTimes(records);
    if (isAtEnd) records.scrollTop = records.scrollHeight;
  };
  const refetch = async () => {
    const fresh = await fetchRecords().catch(() => null);
    if (fresh === null) return;
    change(() => records.innerHTML = fresh.innerHTML);
    records.dataset.live = fresh.dataset.live;
  };
  return listen(async () => {
    // Nobody was listening for a while.
    if (!isKnown) await refetch();
    isKnown = false;
    return records.dataset.live;
  }, { onData: (html) => change(() => records.insertAdjacentHTML("beforeend", html)) });
}

/** The list as it is now, with the place from which it goes on; null where there is none. */
async function fetchRecords() {
  const answer = await fetch(location.href);
  return answer.ok ? parsed(await answer.text()).getElementById(":records") : null;
}

function showLocalTimes(list) {
  for (const time of list.querySelectorAll("time:not([title])")) {
    time.title = time.dateTime;
    time.textContent = new Date(time.dateTime).toLocaleString("sv");
  }
}

const announcement = document.createElement("p");
announcement.id = ":announcement";
announcement.className = "hidden";
announcement.setAttribute("role", "status");
document.body.append(announcement);

const box = document.getElementById(":filter");
if (box !== null) {
  box.hidden = false;
  box.addEventListener("input", filter);
}
const records = document.getElementById(":records");
let endLog;
if (records !== null) {
  showLocalTimes(records);
  records.scrollTop = records.scrollHeight;
  endLog = followLog(records, true);
}
setInterval(() => {
  showAges();
  if (events !== undefined && Date.now() - toldMs > SILENT_MS) tell(OLD);
}, 1000);
// Whom nobody looks at asks for nothing.
document.addEventListener("visibilitychange", () => {
  events?.();
  endLog?.();
  events = endLog = undefined;
  if (document.hidden) return;
  connect();
  if (records !== null) endLog = followLog(records, false);
});
connect();
