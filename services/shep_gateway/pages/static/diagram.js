// Draws the BPMN file that the page names; says in data-state of the body how that went (drawn, failed).
(async () => {
  const canvas = document.getElementById("canvas");
  const viewer = new BpmnJS({ container: canvas });
  const view = viewer.get("canvas");
  const most = 1;

  function whole() {
    view.zoom("fit-viewport");
  }

  // As high as the window, from the left: these diagrams are long, and fitted whole they could not be read.
  function readable() {
    const { inner, outer } = view.viewbox();
    const scale = Math.min(most, Math.max(0.5, (outer.height - 40) / (inner.height + 1)));
    view.viewbox({
      x: inner.x - 20 / scale,
      y: inner.y - 20 / scale,
      width: outer.width / scale,
      height: outer.height / scale,
    });
  }

  // What the act says of a step: its clause, who does it, by when.
  function tell(element) {
    const told = document.getElementById("told");
    const { name, documentation = [] } = element.businessObject;
    const texts = documentation.map((one) => one.text);
    told.textContent = texts.join("\n") || name || "";
    told.hidden = !told.textContent;
  }

  // An address that ends in #w3 leads to step w3.
  function lead() {
    const step = viewer.get("elementRegistry").get(decodeURIComponent(location.hash.slice(1)));
    if (!step) return;
    view.addMarker(step, "named");
    view.scrollToElement(step, 150);
    tell(step);
  }

  function zoomed(by) {
    return () => view.zoom(view.zoom() * by);
  }

  const buttons = { closer: zoomed(1.25), further: zoomed(0.8), whole, readable };
  for (const [name, press] of Object.entries(buttons)) {
    document.getElementById(name).addEventListener("click", press);
  }
  viewer.on("element.click", ({ element }) => tell(element));
  try {
    const answer = await fetch(canvas.dataset.file);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { warnings } = await viewer.importXML(await answer.text());
    readable();
    lead();
    // The acts' systems have Cyrillic names on an English diagram too: a screen reader is told whose letters those are.
    if (document.documentElement.lang === "en")
      for (const part of canvas.querySelectorAll("tspan"))
        if (/[\u0400-\u04ff]/.test(part.textContent)) part.setAttribute("lang", "ru");
    document.body.dataset.warnings = warnings.length;
    document.body.dataset.state = "drawn";
  } catch (error) {
    document.getElementById("failed").hidden = false;
    document.body.dataset.state = "failed";
  }
})();
