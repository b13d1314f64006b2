// Signs the page's document with NCALayer, which listens on the citizen's own machine, and sends the form.
(() => {
  const form = document.querySelector("form[data-ncalayer]");
  if (!form) return;
  const status = form.querySelector("[role=status]");
  const button = form.querySelector("[data-sign]");

  const readDocument = async () => {
    const answer = await fetch(form.dataset.document, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };

  const ask = (request) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(form.dataset.ncalayer);
      let isGreeted = false;
      socket.onerror = () => reject(new Error("absent"));
      socket.onclose = () => reject(new Error("absent"));
      socket.onmessage = (message) => {
        if (!isGreeted) {
          isGreeted = true;
          socket.send(JSON.stringify(request));
          return;
        }
        resolve(JSON.parse(message.data));
        socket.onclose = null;
        socket.close();
      };
    });

  const sign = async () => {
    const answer = await ask({
      module: "kz.gov.pki.knca.basics",
      method: "sign",
      args: {
        allowedStorages: null,
        format: "cms",
        data: await readDocument(),
        signingParams: { decode: true, encapsulate: true, digested: false },
        signerParams: { extKeyUsageOids: [] },
        locale: form.dataset.language,
      },
    });
    if (answer.status !== true) throw new Error(answer.message || answer.code || "");
    const result = answer.body.result;
    if (!result) throw new Error("cancelled");
    return Array.isArray(result) ? result[0] : result;
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = status.dataset.working;
    try {
      form.elements.cms.value = await sign();
      form.submit();
    } catch (error) {
      const known = status.dataset[error.message];
      status.textContent = known || `${status.dataset.failed} ${error.message}`;
      button.disabled = false;
    }
  });
})();
