import { exchange, use } from "./passkey.js";

const button = document.getElementById("passkey");
const says = document.getElementById("passkey-says");
button.addEventListener("click", async () => {
  try {
    await exchange("/login/passkey", button.dataset.csrf, use);
  } catch (error) {
    says.textContent = error.name === "Error" ? error.message : says.dataset.failed;
  }
});
