// Where the focus is, and whether a visitor sees it.
const at = document.activeElement;
if (!at || at === document.body || at === document.documentElement) return null;
const all = [...document.querySelectorAll("*")]; // anew: a live part may have been replaced meanwhile
const box = at.getBoundingClientRect(), style = getComputedStyle(at);
const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 0), innerWidth - 1);
const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
const top = document.elementFromPoint(x, y);
const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
return {
  place: all.indexOf(at),
  hasInnerStops: at.matches("input[type=date], input[type=datetime-local], input[type=time], input[type=month]"),
  name: `<${at.localName}> ${(at.textContent || at.name || "").trim().slice(0, 40)}`,
  isVisible: marked && box.width > 1 && box.height > 1,
  isObscured: !top || !(at === top || at.contains(top) || top.contains(at) || at.labels?.[0]?.contains(top)),
  isInside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
};
