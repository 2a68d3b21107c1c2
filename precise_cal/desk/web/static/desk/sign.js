// A signature by passkey, before its form is sent; and no form is sent twice.
import { use } from "./passkey.js";

const sign = document.getElementById("sign");
const button = document.getElementById("sign-button");
const says = document.getElementById("sign-says");
sign?.addEventListener("submit", async (event) => {
  const assertion = document.getElementById("assertion");
  if (!button.dataset.passkey || assertion.value) {
    setTimeout(() => (button.disabled = true));
    return;
  }
  event.preventDefault();
  try {
    assertion.value = await use(JSON.parse(button.dataset.passkey));
    sign.requestSubmit();
  } catch {
    says.textContent = says.dataset.failed;
  }
});
