/* What happened, in one strip: forward is up, backward is down, and what is pending comes last. */

const REPAIR = ["mark repair", "repaired"];
const KINDS = {
  applied: ["up", "applied"],
  imported: ["up recorded", "recorded, not run"],
  replaced: ["up recorded", "recorded, not run"],
  fake: ["up recorded", "recorded, not run"],
  reverted: ["down", "reverted"],
  backed_up: ["mark backup", "backed up"],
  stage: ["up stage", "stage of a batched migration"],
  redefined: ["mark views", "views and triggers redefined"],
  purged: ["mark purged", "kept values purged"],
  accept: REPAIR, forget: REPAIR, accept_schema: REPAIR, finished: REPAIR, not_started: REPAIR, renamed: REPAIR,
};
const OTHER = ["mark other-kind", "something else"];
const NEWEST = ["up pending", "pending"];

/* The section, and what selects one of what happened. `show` is called with the number of a state of the schema. */
function timelineSection(project, show) {
  const items = project.timeline.map((it) => ({ ...it, kind: KINDS[it.what] || OTHER }))
    .concat(project.pending.map((it) => ({ ...it, kind: NEWEST, isPending: true, words: `pending: ${it.id}` })));
  if (items.length === 0) {
    return { node: section("timeline", "Timeline", element("p", {}, "Nothing was ever applied, and nothing is pending.")), select() {} };
  }

  const detail = element("div", { class: "detail", "aria-live": "polite" });
  const strip = element("div", { class: "strip", role: "listbox", tabindex: "0", "aria-label": "What happened, oldest first", "aria-describedby": "timeline-keys" });
  const longest = Math.max(1, ...items.map((it) => it.duration_us || 0));
  const options = items.map((it, at) => element("div", {
    class: `event ${it.kind[0]}`, role: "option", id: `event-${at}`, "aria-label": label(it), title: label(it), onclick: () => select(at),
  }, element("i", {})));
  options.forEach((option, at) => option.firstChild.style.setProperty("--height", String(height(items[at], longest))));
  strip.append(...options);

  let selected = -1;
  function select(at) {
    const next = Math.max(0, Math.min(items.length - 1, at));
    if (selected >= 0) options[selected].setAttribute("aria-selected", "false");
    selected = next;
    options[next].setAttribute("aria-selected", "true");
    strip.setAttribute("aria-activedescendant", options[next].id);
    const [from, to] = [options[next].offsetLeft - strip.offsetLeft, strip.clientWidth];
    if (from < strip.scrollLeft || from > strip.scrollLeft + to - 24) strip.scrollLeft = from - to / 2;
    detail.replaceChildren(...happeningDetail(items[next], project, show));
  }
  const steps = { ArrowLeft: () => selected - 1, ArrowRight: () => selected + 1, PageUp: () => selected - 10, PageDown: () => selected + 10, Home: () => 0, End: () => items.length - 1 };
  strip.addEventListener("keydown", (event) => {
    if (!steps[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    select(steps[event.key]());
  });

  const matches = finding(items, options, (from) => select(from), () => selected);
  const kinds = new Map(items.map((it) => [it.kind[0], it.kind]));
  const last = items.findLastIndex((it) => !it.isPending && it.id);
  select(last < 0 ? 0 : last);
  // Once it is on the page, what is selected is scrolled to.
  requestAnimationFrame(() => select(selected));
  const node = section("timeline", "Timeline",
    element("div", { class: "bar" }, matches,
      element("ul", { class: "legend" }, [...kinds.values()].map(([kind, text]) =>
        element("li", {}, element("span", { class: `event ${kind}` }, element("i", {})), text)))),
    strip,
    element("div", { class: "ends" }, element("span", {}, firstMoment(items)), element("span", { id: "timeline-keys", class: "keys" }, "← → choose"), element("span", {}, lastMoment(items))),
    detail,
    everything(items));
  return {
    node,
    select(at) {
      select(at);
      node.scrollIntoView();
      strip.focus({ preventScroll: true });
    },
  };
}

/* The search: what has the text stays bright, and Enter goes from one to the next. */
function finding(items, options, select, selected) {
  const texts = items.map((it) => [it.id, it.words, ...(it.sentences || [])].join("\n").toLowerCase());
  const search = element("input", { type: "search", placeholder: "Find a step", "aria-label": "Find a step", autocomplete: "off", spellcheck: "false" });
  const number = element("output", { class: "quiet" });
  const isFound = (at) => texts[at].includes(search.value.trim().toLowerCase());
  search.addEventListener("input", () => {
    const isAsked = search.value.trim() !== "";
    options.forEach((option, at) => option.classList.toggle("other", isAsked && !isFound(at)));
    number.replaceChildren(isAsked ? `${texts.filter((_, at) => isFound(at)).length} found` : "");
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || search.value.trim() === "") return;
    const after = items.map((_, step) => (selected() + (event.shiftKey ? -1 - step : 1 + step) + 2 * items.length) % items.length);
    const next = after.find(isFound);
    if (next !== undefined) select(next);
  });
  return element("div", { class: "search" }, search, number);
}

function label(it) {
  const when = it.isPending ? "" : `${moment(it.at)}: `;
  return when + it.words;
}

/* The logarithm of how long it took, from 0 to 1. */
function height(it, longest) {
  if (it.isPending || !it.duration_us) return 0.3;
  return 0.15 + 0.85 * Math.log1p(it.duration_us) / Math.log1p(longest);
}

function firstMoment(items) {
  const first = items.find((it) => it.at);
  return first ? first.at.slice(0, 10) : "";
}

function lastMoment(items) {
  if (items[items.length - 1].isPending) return "pending";
  const last = items.findLast((it) => it.at);
  return last ? last.at.slice(0, 10) : "";
}

function happeningDetail(it, project, show) {
  const source = it.source === undefined ? null : project.sources[it.source];
  const from = [it.user, it.host].filter(Boolean).join("@");
  const facts = [it.isPending ? STATES[it.state] : it.words, !it.isPending && moment(it.at), from && `by ${from}`].filter(Boolean);
  const by = [
    ["runner", it.runner_version], ["migration-api", it.api_version], ["SQLite", it.sqlite_version],
    ["source", it.source_digest && it.source_digest.slice(0, 12)], ["schema", it.schema_digest && it.schema_digest.slice(0, 12)],
  ].filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  return [
    element("h3", {}, it.id || it.words),
    element("p", {}, facts.join(" · ")),
    KNOWN[it.known] && element("p", { class: "quiet" }, KNOWN[it.known]),
    it.found && [element("p", {}, "Before it, something that keeps no log had changed the schema:"), changedLines(it.found)],
    sentencesOf(it),
    it.changes && [element("h4", {}, "Schema"), changedLines(it.changes)],
    it.state !== undefined && !it.isPending && element("p", {}, element("button", { type: "button", onclick: () => show(it.state) }, "Show the schema after it")),
    source ? [element("h4", {}, "Source"), sourceFiles(source)] : it.id && element("p", { class: "quiet" }, "Its source is not known: the log does not have it, and the folder has another or none."),
    by.length > 0 && element("p", { class: "quiet" }, by.join(", ")),
  ].flat(Infinity).filter(Boolean);
}

const KNOWN = {
  before_the_log: "It was before the log began: what it did to the schema is not known.",
  not_logged: "A runner that keeps no log did it, or somebody by hand: what it did to the schema is not known.",
};

/* Marks the steps that are the end of a batched migration: what it changed is told at its stages. */
function markStaged(timeline) {
  const staged = new Set(timeline.filter((it) => it.what === "stage").map((it) => it.id));
  for (const it of timeline) it.isStaged = it.what !== "stage" && staged.has(it.id);
}

function sentencesOf(it) {
  if (it.isPending || !it.sentences) return null;
  if (it.sentences.length === 0) {
    return element("p", {}, it.isStaged ? "What it did to the schema is at its stages, before it." : "The schema stayed as it was.");
  }
  return element("ul", { class: "sentences" }, it.sentences.map((sentence) => element("li", {}, words(sentence))));
}

/* All of it as a table, for print and for those who like lists. It is made when it is opened. */
function everything(items) {
  const list = element("details", { class: "everything" }, element("summary", { onclick: () => list.fill() }, "All of it as a list"));
  list.fill = () => {
    if (list.children.length > 1) return;
    list.append(table([["When", "when"], "What", ["Took", "number"], "Schema"], items.map((it) => [
      it.isPending ? "" : moment(it.at), words(it.words), it.duration_us === undefined ? "" : duration(it.duration_us),
      (it.sentences || []).map((sentence) => element("div", {}, words(sentence))),
    ])));
  };
  return list;
}
