/* A picture that is moved and made larger: by pointer, wheel and keys. */

function viewport(svg, changed) {
  const view = { x: 0, y: 0, width: 100, height: 100 };
  /* How many units of the picture are a pixel, in the direction that fills its side. */
  const scale = () => Math.max(view.width / Math.max(1, svg.clientWidth), view.height / Math.max(1, svg.clientHeight));
  function put() {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    svg.classList.toggle("far", scale() > 2);
    changed(view);
  }
  const own = {
    show(x, y, width, height) {
      Object.assign(view, { x, y, width: Math.max(1, width), height: Math.max(1, height) });
      put();
    },
    /* Around a point, which stays where it is. */
    zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
      const factorNow = Math.max(0.1 / scale(), Math.min(40 / scale(), factor));
      own.show(x - (x - view.x) * factorNow, y - (y - view.y) * factorNow, view.width * factorNow, view.height * factorNow);
    },
    move(pixelsX, pixelsY) {
      own.show(view.x - pixelsX * scale(), view.y - pixelsY * scale(), view.width, view.height);
    },
    /* Goes there, as large as what can be read. */
    centre(x, y) {
      const [width, height] = [svg.clientWidth * 0.9, svg.clientHeight * 0.9];
      own.show(x - width / 2, y - height / 2, width, height);
    },
    view: () => ({ ...view }),
  };

  /* The point of the picture under the pointer. */
  function point(event) {
    const box = svg.getBoundingClientRect();
    const [left, top] = [box.left + (box.width - view.width / scale()) / 2, box.top + (box.height - view.height / scale()) / 2];
    return [view.x + (event.clientX - left) * scale(), view.y + (event.clientY - top) * scale()];
  }
  /* A wheel scrolls the page, unless somebody is at the picture. */
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== svg) return;
    event.preventDefault();
    own.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), ...point(event));
  }, { passive: false });
  const down = new Map();
  svg.addEventListener("pointerdown", (event) => down.set(event.pointerId, [event.clientX, event.clientY]));
  svg.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const [x, y] = [event.clientX, event.clientY];
    if (!svg.hasPointerCapture(event.pointerId)) {
      if (Math.hypot(x - last[0], y - last[1]) < 4) return;
      svg.setPointerCapture(event.pointerId);
    }
    const others = [...down].filter(([id]) => id !== event.pointerId);
    if (others.length === 1) {
      const [ox, oy] = others[0][1];
      own.zoom(Math.hypot(last[0] - ox, last[1] - oy) / Math.max(1, Math.hypot(x - ox, y - oy)), ...point(event));
    } else {
      own.move(x - last[0], y - last[1]);
    }
    down.set(event.pointerId, [x, y]);
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => down.delete(event.pointerId));
  const keys = {
    ArrowLeft: () => own.move(60, 0), ArrowRight: () => own.move(-60, 0), ArrowUp: () => own.move(0, 60), ArrowDown: () => own.move(0, -60),
    "+": () => own.zoom(0.8), "=": () => own.zoom(0.8), "-": () => own.zoom(1.25),
  };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  return own;
}
