// Signs a form's document with NCALayer, which listens on the visitor's own machine, and sends the form.
// The form says where NCALayer listens (data-ncalayer) and what is signed: data-document is the address of the
// bytes, data-draft the bytes in Base64. Its [role=status] says in the visitor's language how the signing goes.
(() => {
  const form = document.querySelector("form[data-ncalayer]");
  const button = form?.querySelector("[data-sign]");
  if (!button) return;
  const status = form.querySelector("[data-sign-status]");

  const readDocument = async () => {
    if (form.dataset.draft) return form.dataset.draft;
    const answer = await fetch(form.dataset.document, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };

  const callSigner = (request) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(form.dataset.ncalayer);
      let isGreeted = false;
      socket.onerror = () => reject(new Error("absent"));
      socket.onclose = () => reject(new Error("absent"));
      socket.onmessage = ({ data }) => {
        if (!isGreeted) {
          isGreeted = true;
          socket.send(JSON.stringify(request));
          return;
        }
        resolve(JSON.parse(data));
        socket.onclose = null;
        socket.close();
      };
    });

  const sign = async () => {
    const answer = await callSigner({
      module: "kz.gov.pki.knca.basics",
      method: "sign",
      args: {
        allowedStorages: null,
        format: "cms",
        data: await readDocument(),
        signingParams: { decode: true, encapsulate: true, digested: false },
        signerParams: { extKeyUsageOids: [] },
        locale: document.documentElement.lang,
      },
    });
    if (answer.status !== true) throw new Error(answer.message || answer.code || "");
    const result = answer.body.result;
    if (!result) throw new Error("cancelled");
    return [].concat(result)[0];
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = status.dataset.working;
    try {
      form.elements.cms.value = await sign();
      form.submit();
    } catch (error) {
      status.textContent = status.dataset[error.message] || `${status.dataset.failed} ${error.message}`;
      button.disabled = false;
    }
  });
})();
