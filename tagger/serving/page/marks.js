// Tagged sentences as elements. All that comes from a text or a model is set as text.

const GOLDEN_ANGLE = 137.508;
const UNSURE = 0.8;
const hues = new Map();

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function number(probability) {
  return probability === null ? "?" : Number(probability.toPrecision(4)).toString();
}

// Gives each type of span, or label, a colour; neighbours get hues that lie far apart.
export function colour(model) {
  hues.clear();
  const kinds = model.tasks.flatMap((task) => kindsOf(task));
  [...new Set(kinds)].sort().forEach((kind, n) => {
    hues.set(kind, Math.round((n * GOLDEN_ANGLE) % 360));
  });
}

export function kindsOf(task) {
  return task.scheme ? task.types : [...task.labels].sort();
}

export function key(kind) {
  return paint(element("span", "key", kind), kind, 1);
}

function paint(made, kind, probability) {
  made.style.setProperty("--h", hues.get(kind) ?? 0);
  made.style.setProperty("--p", probability ?? 1);
  return made;
}

// One sentence, as one task reads it. Offsets count code points, as Array.from does.
export function paragraph(sentence, task, shaded) {
  const made = element("p");
  made.dir = "auto";
  const signs = Array.from(sentence.text);
  const text = (from, to) => signs.slice(from - sentence.start, to - sentence.start).join("");
  let at = sentence.start;
  const blank = (to, into) => {
    if (to > at) into.append(text(at, to));
    at = Math.max(at, to);
  };
  const spans = new Map((sentence.spans[task.name] ?? []).map((s) => [s.first_token, s]));
  let mark = null;
  sentence.tokens.forEach((token, n) => {
    const span = spans.get(n);
    if (span) {
      blank(token.start, made);
      const sure = shaded ? span.confidence : 1;
      mark = { span, made: paint(element("mark"), span.type, sure) };
      mark.made.classList.toggle("unsure", shaded && span.confidence < UNSURE);
      made.append(mark.made);
    }
    const into = mark ? mark.made : made;
    blank(token.start, into);
    into.append(task.scheme ? word(token, task) : labelled(token, task, shaded));
    at = token.end;
    if (mark && mark.span.last_token === n) {
      mark.made.append(element("small", "", mark.span.type));
      mark = null;
    }
  });
  return made;
}

function word(token, task) {
  const made = element("span", "token", token.text);
  made.tabIndex = -1;
  made.known = { token, task };
  return made;
}

function labelled(token, task, shaded) {
  const made = element("span", "word");
  const sure = shaded ? token.confidence?.[task.name] : 1;
  const name = token.labels[task.name];
  made.append(word(token, task), paint(element("span", "label", name), name, sure));
  return made;
}

// What the other readings of a sentence are; what is as in the best one is pale.
export function readings(sentence, task) {
  const found = sentence.sequences?.[task.name] ?? [];
  if (found.length < 2) return null;
  const made = element("details");
  const numbers = found.map((reading) => number(reading.confidence)).join(", ");
  made.append(element("summary", "", `likeliest: ${numbers}`));
  const list = element("ol");
  for (const reading of found) {
    const item = element("li");
    const line = element("p");
    line.dir = "auto";
    sentence.tokens.forEach((token, n) => {
      const same = reading !== found[0] && reading.labels[n] === found[0].labels[n];
      const both = element("span", same ? "word same" : "word");
      const name = reading.labels[n];
      const kind = task.scheme ? name.slice(2) : name;
      both.append(element("span", "", token.text));
      both.append(paint(element("span", "label", name), kind, kind ? 1 : 0));
      line.append(both, " ");
    });
    item.append(line, element("data", "", number(reading.confidence)));
    list.append(item);
  }
  made.append(list);
  return made;
}

// The label of a token and the others, with their probabilities.
export function tip(known) {
  const { token, task } = known;
  const table = element("table");
  const rows = [
    { label: token.labels[task.name], confidence: token.confidence?.[task.name], best: true },
    ...(token.others?.[task.name] ?? []),
  ];
  for (const { label, confidence, best } of rows) {
    const row = element("tr", best ? "best" : "");
    row.append(element("th", "", label));
    row.append(element("td", "", confidence === undefined ? "" : confidence.toFixed(4)));
    table.append(row);
  }
  return table;
}
