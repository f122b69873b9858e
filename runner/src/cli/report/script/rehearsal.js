/* What the last rehearsal found: time, lock and room of each step, the values that changed, the way back. */

const TIMES = [["code_us", "its code", "code"], ["checks_us", "checks", "checks"], ["commit_us", "commit", "commit"]];
const ROOMS = [["growth", "database", "code"], ["journal", "journal", "checks"], ["log", "log", "commit"], ["temporary", "temporary files", "rest"]];

function rehearsalSection(rehearsal) {
  if (!rehearsal) {
    return section("rehearsal", "Rehearsal", element("p", {}, "Nothing was rehearsed. ", element("code", {}, "runner rehearse"),
      " tries what is pending on a copy of the database; a report that is made afterwards shows what it found."));
  }
  const { steps, database, copy, failure, undeclared = [] } = rehearsal;
  const measured = steps.filter((step) => step.measured);
  const isFine = !failure && undeclared.length === 0 && rehearsal.way_back.end?.why !== "broken" && !rehearsal.way_back.schema && !(rehearsal.way_back.faults || []).length;
  return section("rehearsal", "Rehearsal",
    element("p", {}, element("strong", { class: isFine ? "state applied" : "state failed" }, isFine ? "It went as it should." : "It found something."),
      ` ${moment(rehearsal.began_at)} on ${rehearsal.machine}: ${count(steps.length, "step")} of ${rehearsal.plan.steps.length}, in ${duration(rehearsal.took_us)}, on a copy of `, element("code", {}, database.path), ` (${bytes(database.size)}), made in ${duration(copy.took_us)}.`,
      database.changed_since && " Others have written to the database since it was copied."),
    failure && element("article", { class: "card bad" }, element("h3", {}, element("code", {}, failure.id), " failed"), failureText(failure.failure)),
    undeclared.length > 0 && element("article", { class: "card bad" }, element("h3", {}, "Lost without a word"),
      element("ul", {}, undeclared.map((it) => element("li", {}, element("code", {}, it.id), ": ", it.name ? element("code", {}, it.name) : "the way back")))),
    measured.length > 0 && [
      chart("Time", measured, TIMES, ({ times }) => times, duration),
      chart("Write lock, the longest transaction", measured, [["longest_us", "held", "code"]], ({ lock }) => lock, duration),
      chart("Room", measured, ROOMS, ({ room }) => ({ ...room, growth: Math.max(0, room.after - room.before) }), bytes),
    ],
    element("h3", {}, "Steps"), steps.map(rehearsedStep),
    element("h3", {}, "The way back"), wayBack(rehearsal.way_back));
}

/* A bar for each step, of parts with a name, a text and a kind. */
function chart(title, steps, parts, values, text) {
  const all = steps.map((step) => {
    const own = values(step.measured);
    return { id: step.id, parts: parts.map(([field, name, kind]) => ({ name, kind, value: own[field] || 0 })) };
  });
  const sum = (step) => step.parts.reduce((whole, part) => whole + part.value, 0);
  const most = Math.max(1, ...all.map(sum));
  const isThere = ([, name]) => all.some((step) => step.parts.some((part) => part.name === name && part.value > 0));
  return element("figure", { class: "chart" },
    element("figcaption", {}, element("h3", {}, title),
      parts.length > 1 && element("span", { class: "legend" }, parts.filter(isThere).map(([, name, kind]) => element("span", {}, element("i", { class: `swatch ${kind}` }), name)))),
    element("ul", { class: "bars" }, all.map((step) => element("li", { title: step.parts.filter((part) => part.value > 0).map((part) => `${part.name} ${text(part.value)}`).join(", ") },
      element("span", { class: "name" }, step.id),
      element("span", { class: "track" }, step.parts.filter((part) => part.value > 0).map((part) => {
        const bar = element("i", { class: part.kind });
        bar.style.setProperty("--part", String(part.value / most));
        return bar;
      })),
      element("span", { class: "number" }, text(sum(step)))))));
}

function rehearsedStep(step) {
  const { measured, tables } = step;
  const facts = [
    verdictWords(step.verdict),
    measured && measured.rewritten.length > 0 && `rewrites ${measured.rewritten.join(", ")}`,
    step.loses && `says that it loses ${step.loses.join(", ")}`,
    step.not_lost && `which here was not lost: ${step.not_lost.join(", ")}`,
    !measured && "recorded in the place of others, and not run",
  ].filter(Boolean);
  const wrote = measured ? measured.statements.filter((it) => it.writes) : [];
  return element("details", { class: "rehearsed", open: true },
    element("summary", {}, element("code", {}, step.id), facts.length > 0 && ` · ${facts.join("; ")}`),
    tables.length === 0 ? element("p", { class: "quiet" }, "No rows became others.") : tables.map(tableDifference),
    step.log && [element("h4", {}, "Logged"), element("pre", {}, step.log.join("\n"))],
    wrote.length > 0 && element("details", {}, element("summary", {}, count(wrote.length, "statement") + " that wrote"),
      table(["Statement", ["Runs", "number"], ["Rows", "number"], ["Took", "number"]],
        wrote.map((it) => [element("code", {}, it.sql), String(it.runs), String(it.rows), duration(it.took_us)]))));
}

function verdictWords(verdict) {
  return typeof verdict === "string" ? verdict : verdict && verdict.words;
}

function tableDifference(it) {
  const name = it.before === it.after || !it.after ? it.before : it.before ? `${it.before}, now ${it.after}` : it.after;
  const what = !it.before ? "new, " : !it.after ? "gone, " : "";
  const rows = it.rows_before === it.rows_after ? count(it.rows_after, "row") : `${it.rows_before} → ${count(it.rows_after, "row")}`;
  const sample = (title, { count: number, examples }) => element("li", {}, `${count(number, "row")} ${title}: `, examples.map((key, at) => [at > 0 && ", ", element("code", {}, key)]), number > examples.length && " …");
  return element("div", { class: "difference" },
    element("h4", {}, element("code", {}, name), ` ${what}${rows}`),
    it.not_compared && element("p", { class: "note" }, it.not_compared),
    element("ul", {},
      it.gone && sample("gone", it.gone), it.new && sample("new", it.new),
      (it.columns || []).map((column) => element("li", {}, element("code", {}, column.name), ` ${fateOf(column)}`,
        column.fate === "changed" && table(["Row", "Before", "After"], column.examples.map((change) =>
          [element("code", {}, change.key), element("code", { class: "gone" }, change.before), element("code", { class: "new" }, change.after)]))))));
}

function fateOf(column) {
  if (column.fate === "changed") return `is another in ${count(column.count, "row")}`;
  if (column.fate === "dropped") return `is gone, with ${count(column.values, "value")}`;
  if (column.fate === "renamed") return `is called ${column.to} now`;
  return column.fate === "added" ? "is new" : column.fate;
}

function failureText(failure) {
  return [element("p", {}, words([failure.message, ...failure.causes].join(": "))), failure.hint && element("p", { class: "next" }, words(failure.hint))];
}

function wayBack(way) {
  const ends = {
    not_wanted: () => "It was not tried.",
    failed: () => "It was not tried, since a step failed.",
    missing: ({ id, declared }) => [element("code", {}, id), declared ? " has none, as it says." : " has none, and does not say so."],
    recorded: ({ id }) => [element("code", {}, id), " was only recorded in the place of others, and cannot be taken back here."],
    broken: ({ id, failure }) => [element("code", {}, id), " failed: ", failureText(failure)],
  };
  const steps = way.steps || [];
  const tables = way.tables || [];
  const faults = way.faults || [];
  const beside = way.beside || [];
  const end = way.end && (ends[way.end.why] || (() => way.end.why))(way.end);
  return [
    element("p", {}, steps.length > 0 && `${count(steps.length, "step")} taken back, in ${duration(steps.reduce((sum, step) => sum + step.took_us, 0))}. `, end || (steps.length > 0 ? "All steps were taken back." : "")),
    way.schema && element("p", { class: "note" }, words(way.schema)),
    faults.map((fault) => element("p", { class: "note" }, words(fault))),
    way.is_compared && (tables.length + beside.length === 0 ? element("p", {}, "What came back is what there was.") : [element("p", {}, "Not as it was:"), tables.map(tableDifference), beside.map((text) => element("p", { class: "note" }, words(text)))]),
  ];
}
