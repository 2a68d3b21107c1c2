// The ceremony: a share is drawn here, its SHA-256 is published, and later it travels encrypted for the sealer.
import { hex, sha256, unhex } from "./merkle.js";

const commit = document.getElementById("commit");
document.getElementById("draw-share")?.addEventListener("click", async () => {
  const share = crypto.getRandomValues(new Uint8Array(32));
  const shown = document.getElementById("own-share");
  shown.value = hex(share);
  shown.select();
  document.getElementById("commit-sha256").value = hex(await sha256(share));
});
commit?.addEventListener("submit", (event) => {
  if (!document.getElementById("commit-sha256").value) event.preventDefault();
});

const form = document.getElementById("share");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = document.getElementById("my-share");
  const share = unhex(typed.value.trim());
  if (hex(await sha256(share)) !== form.dataset.commitment) {
    document.getElementById("share-says").textContent = form.dataset.wrong;
    return;
  }
  const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", unhex(form.dataset.key), algorithm, false, ["encrypt"]);
  const label = new TextEncoder().encode(form.dataset.purpose);
  document.getElementById("encrypted").value = hex(new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, key, share)));
  form.submit();
});
