// What pages do beyond htmx: copy a text, print, go to the faults of a form.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.textContent.trim());
  button.querySelector("[role=status]").textContent = button.dataset.copied;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.querySelector(".error-summary")?.focus();
// Files that the server would not take are told beside their field before anything is sent.
const findFileFault = (field) => {
  const sizes = [...field.files].map((file) => file.size);
  if (sizes.includes(0)) return field.dataset.empty;
  return sizes.reduce((sum, size) => sum + size, 0) > Number(field.dataset.most) ? field.dataset.over : "";
};
const tellFileFault = (field, text = findFileFault(field)) => {
  const id = `fault-${field.name}`;
  document.getElementById(id)?.remove();
  const descriptions = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((name) => name && name !== id);
  if (text) {
    const fault = document.createElement("span");
    const word = document.createElement("b");
    fault.id = id;
    fault.className = "fault";
    fault.setAttribute("role", "alert");
    word.className = "unseen";
    word.textContent = `${field.dataset.error}: `;
    fault.append(word, text);
    field.before(fault);
    descriptions.push(id);
  }
  field.closest(".field").classList.toggle("faulty", Boolean(text));
  field.setAttribute("aria-describedby", descriptions.join(" "));
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return text;
};
document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-most]")) tellFileFault(event.target);
});
document.addEventListener("submit", (event) => {
  const faulty = [...event.target.querySelectorAll("input[type=file][data-most]")].filter((field) => tellFileFault(field));
  if (!faulty.length) return;
  event.preventDefault();
  event.stopPropagation();
  faulty[0].focus();
}, true);
// A part renews itself only where nobody is at work: what is typed, chosen or told to be wrong there stays.
const isAtWork = (part) =>
  part.matches(":has(input:focus, textarea:focus, select:focus, .error-summary)") ||
  [...part.querySelectorAll("input:not([type=hidden]), textarea")].some(
    (field) => field.files?.length || field.value !== field.defaultValue || field.checked !== field.defaultChecked
  );
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  const isOwnAccord = elt.matches("div") && requestConfig.verb === "get";
  if (isOwnAccord && isAtWork(elt)) event.preventDefault();
});
// A part that renews itself says in data-news what a reader who does not see it should hear: once, when that is new.
const readNews = () => [...document.querySelectorAll("[data-news]")].map((part) => part.dataset.news).join(". ");
let lastNews = readNews();
const tellNews = () => {
  const news = readNews();
  if (news !== lastNews) document.getElementById("news").textContent = news;
  lastNews = news;
};
document.addEventListener("htmx:afterSwap", tellNews);
document.addEventListener("htmx:sseMessage", tellNews);
// A page that is left gives its live streams back at once: a reader has few of them.
addEventListener("pagehide", () => {
  document.querySelectorAll("[sse-connect]").forEach((part) => htmx.trigger(part, "htmx:beforeCleanupElement"));
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
// What is typed when a session ends comes back after the login: in this tab, to the same person, on the same page.
// No page may give files back to their field: of these it tells the names.
const KEPT = "typed";
const visitorName = () => document.querySelector(".visitor span")?.textContent ?? "";
const listTypedFields = () =>
  [...document.querySelectorAll("main form[method=post] :is(input, textarea, select)")].filter(
    (field) => field.name && !["hidden", "password", "file"].includes(field.type)
  );
const isChanged = (field) =>
  field.options
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked;
const listFileFields = () => [...document.querySelectorAll("main form[method=post] input[type=file][data-again]")];
addEventListener("pagehide", () => {
  const fields = listTypedFields();
  const files = listFileFields().map((field) => [...field.files].map(({ name }) => name).join(", "));
  if (!visitorName() || !(fields.some(isChanged) || files.some(Boolean))) return;
  const typed = fields.map(({ name, value, checked }) => ({ name, value, checked }));
  sessionStorage.setItem(KEPT, JSON.stringify({ visitor: visitorName(), path: location.pathname, typed, files }));
});
const restoreTyped = (kept) => {
  const isOver = kept.isOver || new URLSearchParams(location.search).has("over");
  if (isOver && !visitorName()) {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, isOver }));
    return;
  }
  sessionStorage.removeItem(KEPT);
  if (!isOver || kept.visitor !== visitorName() || kept.path !== location.pathname) return;
  listTypedFields().forEach((field, position) => {
    const { name, value, checked } = kept.typed[position] ?? {};
    if (name !== field.name) return;
    if (["radio", "checkbox"].includes(field.type)) field.checked = checked && value === field.value;
    else field.value = value;
  });
  listFileFields().forEach((field, position) => {
    if (kept.files?.[position]) tellFileFault(field, `${field.dataset.again} (${kept.files[position]})`);
  });
};
const kept = sessionStorage.getItem(KEPT);
if (kept) restoreTyped(JSON.parse(kept));
