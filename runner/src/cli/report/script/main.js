/* The page. */

function page(data) {
  const { project, fleet } = data;
  const name = project ? project.database.split(/[\\/]/).pop() : "Fleet";
  document.title = `${name}: migrations`;
  if (project) markStaged(project.timeline);
  const schema = project && schemaSection(project, (happening) => timeline.select(happening));
  const timeline = project && timelineSection(project, schema.show);
  const parts = [
    project && nowSection(project),
    timeline && timeline.node,
    schema && schema.node,
    project && rehearsalSection(data.rehearsal),
    fleet && fleetSection(fleet),
  ].filter(Boolean);
  document.body.append(
    element("header", {},
      element("h1", {}, name),
      element("p", { class: "quiet" }, project && element("code", {}, project.database), project && " · ", `made ${moment(data.made_at)} by runner ${data.runner_version}`),
      parts.length > 1 && element("nav", { "aria-label": "Parts of the page" }, parts.map((part) => element("a", { href: `#${part.id}` }, part.firstChild.textContent)))),
    element("main", {}, parts));
  if (!schema || !schema.begin) return;
  schema.begin();
  beforePrint(schema);
}

/* On paper all of the picture is there, and the timeline as a list. */
function beforePrint(schema) {
  const list = document.querySelector("details.everything");
  let wasOpen = false;
  addEventListener("beforeprint", () => {
    wasOpen = list !== null && list.open;
    if (list) {
      list.fill();
      list.open = true;
    }
    schema.fit();
  });
  addEventListener("afterprint", () => {
    if (list) list.open = wasOpen;
  });
}

page(JSON.parse(document.getElementById("data").textContent));
