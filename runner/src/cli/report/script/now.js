/* How things stand: what is applied and pending, what has drifted, backups. */

const STATES = {
  applied: "applied",
  edited: "edited since applied",
  missing: "applied, and the crate is gone",
  renamed: "applied, and called otherwise now",
  newer: "applied, and newer than this code",
  pending: "pending",
  out_of_order: "pending, and older than the last applied",
  unfinished: "started, and not finished",
  half_done: "half done",
};

function nowSection({ database, exists, now }) {
  const tile = (number, text, kind) => element("li", { class: kind }, element("strong", {}, String(number)), ` ${text}`);
  const pending = now.migrations.filter((entry) => !entry.applied_at);
  const verdicts = new Map(now.verdicts.map((it) => [it.id, it]));
  const applied = now.migrations.filter((entry) => entry.applied_at);
  return section("now", "Now",
    element("ul", { class: "tiles" },
      tile(now.applied, "applied", "good"),
      tile(now.pending, "pending", now.pending > 0 ? "wait" : ""),
      tile(now.drift.length, "drifted", now.drift.length > 0 ? "bad" : ""),
      tile(now.backups.length, now.backups.length === 1 ? "backup" : "backups", "")),
    exists ? null : element("p", {}, "The database ", element("code", {}, database), " is not there yet."),
    now.drift.map(driftCard),
    migrations("pending", pending, verdicts),
    now.repeatable.length === 0 ? null : [element("h3", {}, "Views and triggers that are others than their files say"),
      table(["", "", "Name", "File"], now.repeatable.map((it) => [it.change, it.kind, it.name, it.file]))],
    migrations("applied", applied, verdicts),
    now.replaced.length === 0 ? null : element("details", {},
      element("summary", {}, `${now.replaced.length} replaced by a squash`),
      table(["Migration", "Replaced by"], now.replaced.map((it) => [element("code", {}, it.id), element("code", {}, it.by)]))),
    backups(now));
}

/* Migrations in a table, which is folded where it is long. */
function migrations(what, entries, verdicts) {
  return entries.length > 0 && element("details", { open: entries.length <= 12 },
    element("summary", {}, `${entries.length} ${what}`), migrationsTable(entries, verdicts));
}

function migrationsTable(entries, verdicts) {
  const has = (field) => entries.some((entry) => entry[field]);
  const columns = [
    ["Migration", (entry) => element("code", {}, entry.id)],
    ["State", (entry) => element("span", { class: `state ${entry.state}` }, STATES[entry.state] || entry.state, howFar(entry))],
    has("applied_at") && ["Applied", (entry) => entry.applied_at && moment(entry.applied_at), "when"],
    has("applied_at") && ["Took", (entry) => entry.applied_at && duration(entry.duration_us), "number"],
    verdicts.size > 0 && ["Tried", (entry) => verdictCell(verdicts.get(entry.id))],
  ].filter(Boolean);
  return table(columns.map(([title, , kind]) => [title, kind]), entries.map((entry) => columns.map(([, cell]) => cell(entry))));
}

/* What was found of a migration; what is bad is that it fails, or loses what it does not declare. */
function verdictCell(verdict) {
  if (!verdict) return element("span", { class: "quiet" }, "not tried");
  const hidden = (verdict.losses || []).filter((loss) => !loss.declared && !verdict.exempt).map((loss) => loss.name);
  const isBad = verdict.failed || verdict.is_undeclared;
  const by = { test: "by a test", rehearsal: "by a rehearsal" }[verdict.found_by] || "";
  return element("span", { class: isBad ? "state failed" : "", title: [by, verdict.found_at && moment(verdict.found_at), hidden.length > 0 && `not declared: ${hidden.join(", ")}`].filter(Boolean).join(", ") }, verdict.words, isBad && !verdict.failed && ", not declared");
}

function howFar(entry) {
  if (entry.to_be_recorded) return `, to be recorded in the place of ${count(entry.replaces, "migration")}, and not run`;
  if (entry.half_done) return `, ${entry.half_done.rows_done} of ${entry.half_done.rows_total} rows of ${entry.half_done.stage}`;
  return entry.failed_rows > 0 ? `, ${count(entry.failed_rows, "row")} failed` : "";
}

function driftCard(drift) {
  return element("article", { class: "card bad" },
    element("h3", {}, words(drift.message)),
    drift.lines && changedLines(drift.lines),
    (drift.files || []).map(fileDifference),
    drift.next.length > 0 && element("div", { class: "next" }, drift.next.length === 1 ? "Next: " : "One of: ",
      element("ul", {}, drift.next.map((way) => element("li", {}, words(way))))));
}

function backups(now) {
  if (now.backups.length === 0) {
    return now.backs_up ? element("p", { class: "quiet" }, "The database is backed up before each step; the log has no backup yet.") : null;
  }
  return element("details", {}, element("summary", {}, `${count(now.backups.length, "backup")}, the last ${moment(now.backups[0].at)}`),
    table(["Made", "File", ["Size", "number"]], now.backups.map((it) =>
      [moment(it.at), element("code", {}, it.file), it.bytes === null ? "not there any more" : bytes(it.bytes)])));
}
