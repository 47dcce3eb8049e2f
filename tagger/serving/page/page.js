// What the page does: asks the service as somebody types, and shows what it says.

import { colour, element, key, kindsOf, number, paragraph, readings, tip } from "./marks.js";

const PAUSE = 250; // ms without a key before the service is asked
const LONG = 20000; // characters of a text whose other labels are not asked for
const SHOWN = 300; // sentences
const OTHERS = 6;
const KINDS = {
  conll: ["text/plain", "conll"],
  json: ["application/json", "json"],
  html: ["text/html", "html"],
};

const $ = (id) => document.getElementById(id);
const state = { models: [], model: null, token: "", asked: 0, timer: 0, abort: null };

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

async function ask(address, options = {}) {
  const headers = { ...options.headers };
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  const response = await fetch(address, { ...options, headers });
  if (response.ok) return response;
  if (response.status === 401) $("lock").hidden = false;
  const found = await response.json().catch(() => ({}));
  const error = new Error(found.error ?? `The service answered ${response.status}.`);
  error.status = response.status;
  throw error;
}

async function begin() {
  try {
    const found = await (await ask("/v1/models")).json();
    state.models = found.models;
    $("nbest").max = found.limits.nbest;
  } catch (error) {
    say(error.message, true);
    if (error.status === 503) setTimeout(begin, 1000);
    return;
  }
  $("lock").hidden = true;
  say("");
  $("model").replaceChildren(
    ...state.models.map((model) => {
      const option = element("option", "", model.name);
      option.value = model.name;
      return option;
    }),
  );
  $("model-choice").hidden = state.models.length < 2;
  choose();
}

function choose() {
  const model = state.models.find((m) => m.name === $("model").value) ?? state.models[0];
  state.model = model;
  colour(model);
  const tasks = model.tasks.map((task) => task.name).join(", ");
  $("about").textContent = `${model.name}: ${tasks} (language: ${model.language})`;
  const boxes = model.tasks.map((task) => {
    const label = element("label");
    const box = element("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = task.name;
    label.append(box, ` ${task.name}`);
    return label;
  });
  $("tasks").replaceChildren($("tasks").firstElementChild, ...boxes);
  $("tasks").hidden = boxes.length < 2;
  tag();
}

function chosen() {
  const boxes = [...$("tasks").querySelectorAll("input")];
  const names = boxes.filter((box) => box.checked).map((box) => box.value);
  return state.model.tasks.filter((task) => names.includes(task.name));
}

function request(others) {
  const nbest = Math.floor(Number($("nbest").value)) || 1;
  const asked = { text: $("text").value, model: state.model.name, confidence: true };
  asked.tasks = chosen().map((task) => task.name);
  if (nbest > 1) asked.nbest = nbest;
  if (others) asked.others = OTHERS;
  return asked;
}

function post(asked, accept, signal) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return ask("/v1/tag", { method: "POST", body: JSON.stringify(asked), headers, signal });
}

async function tag() {
  if (!state.model) return;
  state.abort?.abort();
  const turn = ++state.asked;
  const text = $("text").value;
  if (!text.trim() || !chosen().length) {
    $("result").replaceChildren();
    $("legend").replaceChildren();
    say(text.trim() ? "Choose a task." : "");
    return;
  }
  state.abort = new AbortController();
  const started = performance.now();
  try {
    const asked = request(text.length <= LONG);
    const response = await post(asked, "application/json", state.abort.signal);
    const { sentences } = await response.json();
    if (turn !== state.asked) return;
    show(sentences);
    const tokens = sentences.reduce((sum, s) => sum + s.tokens.length, 0);
    const ms = Math.round(performance.now() - started);
    const rest = sentences.length - SHOWN;
    const more = rest > 0 ? ` The last ${rest} are not shown: save them.` : "";
    const counted = `${count(sentences.length, "sentence")}, ${count(tokens, "word")}`;
    say(`${counted}, ${ms} ms.${more}`);
  } catch (error) {
    if (error.name === "AbortError" || turn !== state.asked) return;
    $("result").replaceChildren();
    say(error.status ? error.message : "The service does not answer.", true);
    if (error.status === 429 || error.status === 503) soon(1000);
  }
}

function count(found, what) {
  return `${found} ${what}${found === 1 ? "" : "s"}`;
}

function soon(ms = PAUSE) {
  clearTimeout(state.timer);
  state.timer = setTimeout(tag, ms);
}

function show(sentences) {
  $("tip").hidden = true;
  const tasks = chosen();
  const shaded = $("shade").checked;
  const parts = [];
  for (const sentence of sentences.slice(0, SHOWN)) {
    const part = element("section");
    for (const task of tasks) {
      const line = element("div", "reading");
      if (tasks.length > 1) line.append(element("span", "task", task.name));
      line.append(paragraph(sentence, task, shaded));
      const sure = element("data", "", number(sentence.confidence[task.name]));
      sure.title = "probability of all these labels";
      line.append(sure);
      part.append(line);
      const others = readings(sentence, task);
      if (others) part.append(others);
    }
    parts.push(part);
  }
  $("result").replaceChildren(...parts);
  const first = $("result").querySelector(".token");
  if (first) first.tabIndex = 0;
  $("legend").replaceChildren(
    ...tasks.flatMap((task) => {
      const keys = element("dd");
      keys.append(...kindsOf(task).map(key));
      return [element("dt", "", task.name), keys];
    }),
  );
}

// The tip stands below its word, within the window.
function point(target) {
  const word = target.closest?.(".token");
  const box = $("tip");
  document.querySelector("[aria-describedby=tip]")?.removeAttribute("aria-describedby");
  box.hidden = !word;
  if (!word) return;
  box.replaceChildren(tip(word.known));
  word.setAttribute("aria-describedby", "tip");
  const place = word.getBoundingClientRect();
  const room = document.documentElement.clientWidth - box.offsetWidth - 8;
  box.style.left = `${Math.max(4, Math.min(place.left, room)) + scrollX}px`;
  box.style.top = `${place.bottom + scrollY + 4}px`;
}

function move(event) {
  const words = [...$("result").querySelectorAll(".token")];
  const at = words.indexOf(document.activeElement);
  if (at < 0) return;
  const left = getComputedStyle(words[at].closest("p")).direction === "rtl" ? 1 : -1;
  const steps = { ArrowLeft: left, ArrowRight: -left, Home: -at, End: words.length - 1 - at };
  if (event.key === "Escape") $("tip").hidden = true;
  if (!(event.key in steps)) return;
  event.preventDefault();
  words[at].tabIndex = -1;
  const next = words[Math.max(0, Math.min(words.length - 1, at + steps[event.key]))];
  next.tabIndex = 0;
  next.focus();
}

async function written() {
  const kind = $("format").value;
  const body = await (await post(request(false), KINDS[kind][0])).text();
  return kind === "json" ? JSON.stringify(JSON.parse(body), null, 1) : body;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(await written());
    say("Copied.");
  } catch (error) {
    say(error.status ? error.message : "The browser does not let it be copied.", true);
  }
}

async function save() {
  try {
    const [type, ending] = KINDS[$("format").value];
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([await written()], { type }));
    link.download = `tags.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch (error) {
    say(error.message, true);
  }
}

async function open() {
  const [file] = $("file").files;
  if (!file) return;
  try {
    const bytes = await file.arrayBuffer();
    $("text").value = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    tag();
  } catch {
    say("The file is no text in UTF-8.", true);
  }
  $("file").value = "";
}

$("text").addEventListener("input", () => soon());
$("model").addEventListener("change", choose);
for (const id of ["shade", "nbest", "tasks"]) $(id).addEventListener("change", tag);
$("options").addEventListener("submit", (event) => event.preventDefault());
$("file").addEventListener("change", open);
$("copy").addEventListener("click", copy);
$("save").addEventListener("click", save);
$("example").addEventListener("click", () => {
  $("text").value = state.model?.example ?? "";
  tag();
});
$("lock").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = $("token").value;
  begin();
});
$("result").addEventListener("mouseover", (event) => point(event.target));
$("result").addEventListener("mouseleave", () => point(document.body));
$("result").addEventListener("focusin", (event) => point(event.target));
$("result").addEventListener("focusout", () => point(document.body));
$("result").addEventListener("keydown", move);
begin();
