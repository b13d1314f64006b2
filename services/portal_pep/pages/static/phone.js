// Goes on with the form once the phone has signed; a form that asks for a password waits for its citizen.
(() => {
  const form = document.querySelector("form[data-by-phone]");
  const state = document.querySelector("[data-phone-state]");
  if (!form || !state) return;
  let isSent = false;
  const goOn = () => {
    if (isSent || !state.querySelector("[data-signed]") || form.querySelector("input[type=password]")) return;
    isSent = true;
    form.submit();
  };
  document.body.addEventListener("htmx:afterSwap", goOn);
  goOn();
})();
