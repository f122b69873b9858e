/* What came of a fleet. */

function fleetSection(fleet) {
  const most = Math.max(1, ...fleet.versions.map((it) => it.count), ...fleet.states.map((it) => it.count));
  return section("fleet", "Fleet",
    element("p", {}, `${fleet.reported} of ${count(fleet.databases, "database")} reported. Target `, element("code", {}, fleet.target), `, planned ${moment(fleet.planned_at)}, plan `, element("code", {}, fleet.plan.slice(0, 12)), "."),
    element("h3", {}, "States"), bars(fleet.states.map((it) => ({ name: it.name, count: it.count, kind: it.good ? "good" : "bad" })), most),
    element("h3", {}, "Last applied"), bars([...fleet.versions].reverse().map((it) => ({ name: it.id, count: it.count, kind: it.id === fleet.target ? "good" : "wait" })), most),
    fleet.failures.length > 0 && [element("h3", {}, "What went wrong"), fleet.failures.map(failureCard)],
    fleet.slowest.length > 0 && [element("h3", {}, "Slowest"), table(["Database", "State", ["Steps", "number"], ["Took", "number"]],
      fleet.slowest.map((it) => [element("code", {}, it.database), it.state, String(it.steps), duration(it.ms * 1000)]))],
    listed("Begun by a run that was killed, so that its end is not known", fleet.unfinished),
    listed("In no report", fleet.not_reported));
}

/* A bar for each, as long as what it counts. */
function bars(items, most) {
  return element("ul", { class: "bars" }, items.map((it) => {
    const bar = element("i", { class: it.kind });
    bar.style.setProperty("--part", String(it.count / most));
    return element("li", {}, element("span", { class: "name" }, it.name), element("span", { class: "track" }, bar), element("span", { class: "number" }, String(it.count)));
  }));
}

function failureCard(failure) {
  return element("article", { class: "card bad" },
    element("h3", {}, `${failure.count} × `, element("code", {}, failure.code), failure.migration && [" in ", element("code", {}, failure.migration)]),
    element("p", {}, words(failure.message), failure.messages > 1 && element("span", { class: "quiet" }, ` (one of ${failure.messages} messages)`)),
    failure.hint && element("p", { class: "next" }, words(failure.hint)),
    element("ul", {}, failure.first.map((path) => element("li", {}, element("code", {}, path)))),
    failure.count > failure.first.length && element("p", { class: "quiet" }, `and ${failure.count - failure.first.length} more`));
}

function listed(title, paths) {
  if (paths.length === 0) return null;
  return element("details", {}, element("summary", {}, `${title}: ${paths.length}`), element("ul", {}, paths.map((path) => element("li", {}, element("code", {}, path)))));
}
