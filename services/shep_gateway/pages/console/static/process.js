// Draws the process of a case: the steps that are done and the one where the case stands carry marks of their own.
(async () => {
  const canvas = document.getElementById("canvas");
  const viewer = new BpmnJS({ container: canvas });
  const view = viewer.get("canvas");
  const listed = (name) => (canvas.dataset[name] || "").split(" ").filter(Boolean);

  function mark(steps, name) {
    const places = steps.map((step) => viewer.get("elementRegistry").get(step)).filter(Boolean);
    for (const place of places) view.addMarker(place, name);
    return places;
  }

  try {
    const answer = await fetch(canvas.dataset.file);
    if (!answer.ok) throw new Error(`${answer.status}`);
    await viewer.importXML(await answer.text());
    view.zoom(0.9);
    const done = mark(listed("done"), "step-done");
    const here = mark(listed("current"), "step-here");
    const target = here[0] || done[done.length - 1];
    if (target) view.scrollToElement(target, 120);
    // The acts' systems have Cyrillic names on an English diagram too: a screen reader is told whose letters those are.
    if (document.documentElement.lang === "en")
      for (const part of canvas.querySelectorAll("tspan"))
        if (/[\u0400-\u04ff]/.test(part.textContent)) part.setAttribute("lang", "ru");
    document.body.dataset.state = "drawn";
  } catch (error) {
    document.getElementById("failed").hidden = false;
    document.body.dataset.state = "failed";
  }
})();
