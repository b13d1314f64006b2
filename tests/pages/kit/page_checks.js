// The faults of the page in the window that axe does not look for; each is a sentence.
const tag = arguments[0], faults = [], seen = new Set();
const add = (fault) => seen.has(fault) || (seen.add(fault), faults.push(fault));
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const name = (element) => {
  const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  return `<${element.localName}${element.className && element.className.baseVal === undefined ? "." + element.className : ""}> ${text}`;
};

if (document.documentElement.lang !== tag) add(`lang is ${document.documentElement.lang} and not ${tag}`);
const headings = [...document.querySelectorAll("h1")].filter(visible);
if (headings.length !== 1) add(`the page has ${headings.length} h1`);
const wide = document.documentElement.scrollWidth - window.innerWidth;
if (wide > 0) {
  const widest = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > window.innerWidth + 1 && !element.closest(".scroll")
  );
  add(`the page is ${wide} px wider than the window: ${name(widest.at(-1) || document.body)}`);
}

// Text that its box cuts off: hidden overflow, or an ellipsis. What is for screen readers alone may be cut.
for (const element of document.body.querySelectorAll("*")) {
  if (!element.textContent.trim() || !visible(element) || element.closest(".unseen, svg, .djs-container, .swagger-ui")) continue;
  const style = getComputedStyle(element);
  if (!["hidden", "clip"].includes(style.overflowX) && !["hidden", "clip"].includes(style.overflowY)) continue;
  if (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
    add(`a text is cut off: ${name(element)}`);
}
for (const text of document.querySelectorAll("svg text")) {
  if (!visible(text) || text.closest(".djs-container")) continue;
  const box = text.getBoundingClientRect(), frame = text.ownerSVGElement.getBoundingClientRect();
  if (box.left < frame.left - 1 || box.right > frame.right + 1) add(`a text leaves its picture: ${name(text)}`);
}

// Words that the end of a line breaks apart: «удовлетвор ены». Identifiers and addresses may break anywhere, and what
// is written in the letters of programs.
const mayBreak = "code, pre, kbd, samp, svg, textarea, script, style, noscript, .id, .unseen, .swagger-ui, .djs-container";
const identifier = /[\d@_=%]|:\/\/|^\/|\p{L}[.:]\p{L}/u;
const range = document.createRange(), lines = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const isOfLines = () => {
  const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
  return boxes.some((box) => box.top >= boxes[0].bottom - 1);
};
while (lines.nextNode()) {
  const text = lines.currentNode, holder = text.parentElement;
  if (!visible(holder) || holder.closest(mayBreak)) continue;
  range.selectNodeContents(text);
  if (!isOfLines()) continue;
  for (const { 0: piece, index: start } of text.data.matchAll(/\S+/g)) {
    if (identifier.test(piece)) continue;
    for (const { 0: word, index } of piece.matchAll(/\p{L}{2,}/gu)) {
      range.setStart(text, start + index);
      range.setEnd(text, start + index + word.length);
      if (isOfLines()) add(`a word is broken: ${word} in ${name(holder)}`);
    }
  }
}

// Codes of programs where a person reads: working_day, None, {name}, undefined.
const raw = /\b[a-z]{2,}(_[a-z]+)+\b|\bundefined\b|\bNone\b|\bNaN\b|\{[a-z_]+\}|\[object |&(amp|lt|quot|#\d+);/;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const holder = walker.currentNode.parentElement, match = raw.exec(walker.currentNode.data);
  if (!match || holder.closest("code, pre, kbd, samp, script, style, noscript, .swagger-ui") || !visible(holder)) continue;
  add(`a raw code is shown: ${match[0]} in ${name(holder)}`);
}

// One language a page, and a name for each part in another: no Cyrillic on an English page outside lang="ru" and
// lang="kk", no Russian on a Kazakh page outside lang="ru", no English sentence on either. Attributes are read too.
const ENGLISH = /\b(?!egov|localhost)[a-z]{2,} (the|an?|of|is|are|to|in|by|for|with|and|not|no|was|has)\b|\b(the|of|is|are|by|for|with|and|not|was|has) [a-z]{2,}/i;
const RUSSIAN = new RegExp("(?<![\\p{L}-])(и|в|на|для|по|или|что|как|при|из|его|её|это|если|уже|нет|есть|кто|где|заявлени[ея]|справк[аи]|услуг[аи]?|документы)(?![\\p{L}-])|\\p{L}(ение|ения|ании|ость|ости|ться|ного|ными|ается|уется|ённый)(?!\\p{L})", "iu");
const foreign = {
  en: (text) => /[\u0400-\u04ff]/.test(text),
  kk: (text) => RUSSIAN.test(text) || ENGLISH.test(text),
  ru: (text) => ENGLISH.test(text) || /[әғқңөұүһі]/i.test(text),
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const holder = texts.currentNode.parentElement;
  if (!visible(holder) || holder.closest("script, style, noscript, .swagger-ui, .bjs-powered-by")) continue;
  if (tag !== "en" && holder.closest("code, pre, kbd, samp")) continue;
  if (holder.closest("[lang]").lang === tag && foreign[tag](texts.currentNode.data))
    add(`a text in another language: ${texts.currentNode.data.trim().slice(0, 60)} in ${name(holder).slice(0, 40)}`);
}
for (const holder of document.querySelectorAll("[aria-label], [alt], [title]:not(.bjs-powered-by), [placeholder], [data-label]"))
  for (const attribute of ["aria-label", "alt", "title", "placeholder", "data-label"]) {
    const value = holder.getAttribute(attribute) || "";
    if (visible(holder) && holder.closest("[lang]").lang === tag && foreign[tag](value)) add(`${attribute} in another language: ${value.slice(0, 60)}`);
  }
return faults;
