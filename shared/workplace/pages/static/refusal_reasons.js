// A chosen template of a reason fills the text, which may then be changed.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[name=template]")) return;
  const chosen = target.closest("label");
  document.getElementById("field-reason").value = chosen.dataset.ru;
  document.getElementById("field-reason-kk").value = chosen.dataset.kk;
});
