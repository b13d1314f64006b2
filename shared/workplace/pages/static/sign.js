// Signs the draft of a step with NCALayer on the employee's own machine, and sends the form.
(() => {
  const form = document.querySelector("form[data-draft]");
  const button = form?.querySelector("[data-sign]");
  if (!button) return;
  const status = form.querySelector("[data-sign-status]");

  const callSigner = (request) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(form.dataset.signer);
      let isGreeted = false;
      socket.addEventListener("error", () => reject(new Error("absent")));
      socket.addEventListener("message", ({ data }) => {
        if (isGreeted) {
          socket.close();
          resolve(JSON.parse(data));
        } else {
          isGreeted = true;
          socket.send(JSON.stringify(request));
        }
      });
    });

  const signDraft = async () => {
    const answer = await callSigner({
      module: "kz.gov.pki.knca.basics",
      method: "sign",
      args: {
        allowedStorages: null,
        format: "cms",
        data: form.dataset.draft,
        signingParams: { decode: true, encapsulate: true, digested: false },
        signerParams: { extKeyUsageOids: [] },
        locale: document.documentElement.lang,
      },
    });
    const result = answer.status ? answer.body.result : null;
    if (!result) throw new Error(answer.message || "cancelled");
    return [].concat(result)[0];
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = status.dataset.working;
    try {
      form.elements.cms.value = await signDraft();
      form.submit();
    } catch (error) {
      status.textContent = status.dataset[error.message] || `${status.dataset.failed} ${error.message}`;
      button.disabled = false;
    }
  });
})();

// A chosen template of a reason fills the text, which may then be changed.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[name=template]")) return;
  const chosen = target.closest("label");
  document.getElementById("field-reason").value = chosen.dataset.ru;
  document.getElementById("field-reason-kk").value = chosen.dataset.kk;
});
