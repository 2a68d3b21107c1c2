import { exchange, make } from "./passkey.js";

const button = document.getElementById("make");
const says = document.getElementById("says");
button.addEventListener("click", async () => {
  try {
    await exchange("/account/passkey", button.dataset.csrf, make);
  } catch (error) {
    says.textContent = error.name === "Error" ? error.message : says.dataset.failed;
  }
});
