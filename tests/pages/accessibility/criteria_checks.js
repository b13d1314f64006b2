// The faults of a page by the number of the criterion of WCAG 2.2, where axe has no rule of its own.
const faults = {};
const add = (criterion, fault) => (faults[criterion] ??= []).push(fault);
const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => !one.closest(".djs-container, .bjs-container, .swagger-ui"));
const visible = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const text = (one) => one.textContent.trim().replace(/\s+/g, " ");
const name = (one) => `<${one.localName}> ${(one.getAttribute("aria-label") || text(one) || one.name || one.id || "").slice(0, 50)}`;
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex]:not([tabindex='-1'])";

// Media: our pages have none; one that has must bring what the criteria of 1.2 want.
for (const media of all("audio, video")) {
  const kinds = [...media.querySelectorAll("track")].map((track) => track.kind);
  const alternative = document.getElementById(media.getAttribute("aria-describedby") || "");
  if (!alternative) add("1.2.1", `no text for ${name(media)}`);
  if (media.localName === "video" && !kinds.includes("captions")) add("1.2.2", "a video without captions");
  if (media.autoplay && !media.controls) add("1.4.2", "sounds by itself");
  if (media.localName === "video" && !alternative && !kinds.includes("descriptions")) add("1.2.3", "a video without an alternative");
  if (media.dataset.live !== undefined && !kinds.includes("captions")) add("1.2.4", "a live video without captions");
  if (media.localName === "video" && !kinds.includes("descriptions")) add("1.2.5", "a video without a description");
}

// 1.3.1: a table of data names its columns. 1.3.2: the order of reading is the order of the source.
for (const table of all("table")) if (!table.querySelector("th")) add("1.3.1", "a table without headings");
for (const one of all("body *")) {
  const style = getComputedStyle(one);
  if (style.order !== "0" || style.flexDirection.endsWith("reverse")) add("1.3.2", `another order by styles: ${name(one)}`);
}
// 1.3.3: no instruction by place, form or colour alone.
const sensory = /\b(green|red|round|square) (button|link)|\b(to|on) the (right|left)\b|(зел[её]н|красн|кругл)\S* (кнопк|ссылк)\S*|кнопк\S* (справа|слева)|(жасыл|қызыл|дөңгелек) (түйме|сілтеме)|(оң|сол) жақтағы түйме/i;
for (const one of all("p, li, label, small")) if (visible(one) && sensory.test(text(one))) add("1.3.3", name(one));
// 1.3.5 and 3.3.8: what a browser can fill in says so; nothing hinders pasting.
const purposes = { password: /current-password|new-password|one-time-code/, email: /email|off/ };
for (const field of all("input")) {
  const purpose = purposes[field.type];
  if (purpose && !purpose.test(field.autocomplete)) add(field.type === "password" ? "3.3.8" : "1.3.5", `no autocomplete: ${field.name}`);
  if (field.hasAttribute("onpaste")) add("3.3.8", `hinders pasting: ${field.name}`);
}
// 1.4.1: a state is said in words too.
for (const one of all(".badge, .deadline, [class~=late], [class~=soon]")) if (visible(one) && !text(one)) add("1.4.1", "a state by colour alone");
// 1.4.5: no picture of a text.
for (const picture of all("img")) if (picture.alt && !/svg|^data:|qr/i.test(picture.src)) add("1.4.5", picture.alt);

// 1.4.11: the edge of a control stands out from its ground, or its face does: 3 to 1.
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgb = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => ((v /= 255), v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const contrast = (one, two) => {
  const [a, b] = [light(rgb(one)), light(rgb(two))].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
const ground = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (rgb(colour)[3] > 250) return colour;
  }
  return "#fff";
};
for (const control of all("input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=file]), select, textarea, button")) {
  if (!visible(control)) continue;
  const style = getComputedStyle(control), around = ground(control.parentElement);
  const edges = [style.borderBottomWidth !== "0px" && rgb(style.borderBottomColor)[3] > 120 ? style.borderBottomColor : around];
  if (rgb(style.backgroundColor)[3] > 250) edges.push(style.backgroundColor);
  const isText = control.localName === "button" && rgb(style.backgroundColor)[3] < 5;
  if (!isText && Math.max(...edges.map((edge) => contrast(edge, around))) < 3) add("1.4.11", name(control));
}

// 1.4.13: nothing appears by hovering alone.
for (const sheet of document.styleSheets) {
  let rules = [];
  try { rules = [...sheet.cssRules]; } catch { continue; }
  for (const rule of rules)
    if (rule.selectorText?.includes(":hover") && !/^\.(djs|bjs)/.test(rule.selectorText) && ["display", "visibility", "content"].some((property) => rule.style[property] && rule.style[property] !== "none"))
      add("1.4.13", rule.selectorText);
}
// 2.1.1: what can be clicked can be reached. 2.1.4: no keys of one letter. 2.5.2, 2.5.1, 2.5.7: a press ends upon release.
for (const one of all("[onclick]")) if (!one.matches(FOCUSABLE)) add("2.1.1", name(one));
for (const one of all("[accesskey], [onkeypress], body[onkeydown]")) add("2.1.4", name(one));
for (const one of all("[onmousedown], [onpointerdown], [ontouchstart]")) add("2.5.2", name(one));
for (const one of all("[ontouchmove], [ongesturechange]")) add("2.5.1", name(one));
for (const one of all("[draggable=true], input[type=range]")) add("2.5.7", name(one));
if (window.ondevicemotion || window.ondeviceorientation) add("2.5.4", "the page listens to movements");
// 2.2.1: no page loads itself anew. 2.2.2 and 2.3.1: nothing moves or flashes that a visitor who minds has not allowed.
for (const meta of document.querySelectorAll("meta[http-equiv=refresh]")) add("2.2.1", meta.content);
for (const animation of document.getAnimations()) {
  const { iterations, duration } = animation.effect.getComputedTiming();
  if (iterations === Infinity || iterations * duration > 5000) add("2.2.2", name(animation.effect.target));
  if (iterations > 3 && duration < 333) add("2.3.1", name(animation.effect.target));
}
// 2.4.1: the first thing in the page that takes the focus leads to the content.
const first = all(FOCUSABLE)[0], main = document.querySelector("main");
if (!first?.hash || document.querySelector(first.hash) !== main) add("2.4.1", "no way to the content first");
// 2.4.2: the title says what the page is.
if (!document.title.trim() || /^(untitled|page|страница|бет)$/i.test(document.title.trim())) add("2.4.2", document.title);
// 2.4.4: a link says where it leads. 2.4.6: headings and labels say something, each field its own.
for (const link of all("a[href]")) if (/^(здесь|тут|сюда|подробнее|осында|мұнда|here|click here|more)$/i.test(text(link)) && !link.ariaLabel) add("2.4.4", name(link));
for (const one of all("h1, h2, h3, h4, label, legend")) if (visible(one) && !text(one).replace(/[^\p{L}\p{N}]/gu, "")) add("2.4.6", `says nothing: ${one.outerHTML.slice(0, 60)}`);
for (const form of all("form")) {
  const labels = [...form.querySelectorAll("label")].filter((one) => visible(one) && !one.closest("fieldset, td")).map(text);
  for (const label of new Set(labels.filter((one, at) => labels.indexOf(one) !== at))) add("2.4.6", `two fields: ${label}`);
}
// 2.4.5 and 3.2.6: more than one way to a page, and help at one place: the name of the site and the foot.
if (!document.querySelector("header a[href]") || !document.querySelector("footer a[href]")) add("2.4.5", "one way only");
if (!document.querySelector("footer a[href]") || !document.querySelector("main ~ footer")) add("3.2.6", "no help at the foot");
// 3.1.2: every link to another language says which.
for (const link of all("a[hreflang]")) if (link.lang !== link.hreflang) add("3.1.2", name(link));
// 3.2.2: a choice changes nothing before the button.
for (const one of all("select[onchange], input[onchange]")) add("3.2.2", name(one));
for (const form of all("form")) if ([...form.querySelectorAll("input:not([type=hidden]), select, textarea")].some(visible) && ![...form.elements].some((one) => one.matches("button:not([type=button]), input[type=submit]") && visible(one))) add("3.2.2", `no button: ${name(form)}`);
// 3.3.2: every field has words.
for (const field of all("input:not([type=hidden]), select, textarea"))
  if (!field.labels?.length && !field.ariaLabel && !field.getAttribute("aria-labelledby")) add("3.3.2", `no label: ${field.name}`);
// 3.3.1 and 3.3.3: a faulty field is named in words, beside it. 3.3.7: it keeps what was typed.
for (const field of all("[aria-invalid=true]")) {
  const told = (field.getAttribute("aria-describedby") || "").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  if (!told.length) add("3.3.1", `no words: ${field.name}`);
  else if (!told.some((one) => text(one).split(" ").length > 2)) add("3.3.3", `no advice: ${field.name}`);
}
for (const field of all("[aria-invalid=true][data-typed]")) if (field.value !== field.dataset.typed) add("3.3.7", field.name);
// 3.3.4: what is signed or sent for good is shown first. A form that signs says so and stands below its answers.
for (const form of all("form[data-signs]")) if (!form.closest("main").querySelector("dl")) add("3.3.4", "signs what is not shown");
// 4.1.3: what appears by itself is told.
for (const one of all("[hx-trigger*=every], [sse-swap]")) {
  const told = "[role=status], [role=log], [role=alert], [aria-live]";
  const isHeard = (selector) => one.matches(selector) || one.querySelector(selector);
  const hasNews = isHeard("[data-news]") && document.querySelector("#news[role=status]");
  if (!isHeard(told) && !hasNews) add("4.1.3", name(one));
}
return faults;
