// The log, verified in this browser: every event, the signed root, and that it begins with what was seen before.
import { base64, hex, leaf, root, unhex } from "./merkle.js";

const button = document.getElementById("verify");
const place = document.getElementById("verified");
const KEPT = "precise log seen";

async function signatureHolds(note, key) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", unhex(key), "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
  const [text, signature] = note.split("\n\n");
  const coded = signature?.trim().split(" ")[2];
  if (!coded || !/^[A-Za-z0-9+/]+=*$/.test(coded)) return false;
  const bytes = base64(coded).slice(4);
  return crypto.subtle.verify("Ed25519", imported, bytes, new TextEncoder().encode(`${text}\n`));
}

async function verify() {
  const told = await (await fetch("/log/leaves")).json();
  const leaves = await Promise.all(told.leaves.map((one) => (typeof one === "string" ? leaf(one) : unhex(one.hash))));
  const [origin, size, signed] = told.note.split("\n");
  const own = hex(await root(leaves));
  const seen = JSON.parse(localStorage.getItem(KEPT) ?? "{}")[origin];
  const says = button.dataset;
  if (Number(size) !== leaves.length || own !== hex(base64(signed))) return [false, `${says.bad} ${says.root}`];
  const good = await signatureHolds(told.note, told.key);
  if (good === false) return [false, `${says.bad} ${says.signature}`];
  const lines = [says.good.replace("#", size)];
  if (seen) {
    if (seen.size > leaves.length || hex(await root(leaves.slice(0, seen.size))) !== seen.root)
      return [false, `${says.bad} ${says.fork} (${seen.size})`];
    lines.push(says.seen.replace("#", seen.size));
  }
  const kept = document.getElementById("kept").value.trim();
  if (kept) {
    const [name, count, hash] = kept.split(/\r?\n/);
    if (name !== origin || !/^[0-9]+$/.test(count) || (await signatureHolds(`${kept.replaceAll("\r", "")}\n`, told.key)) === false)
      return [false, `${says.bad} ${says.other}`];
    if (Number(count) > leaves.length || hex(await root(leaves.slice(0, Number(count)))) !== hex(base64(hash)))
      return [false, `${says.bad} ${says.unlike} (${count})`];
    lines.push(says.kept.replace("#", count));
  }
  if (good === null) lines.push(says.nokey);
  localStorage.setItem(KEPT, JSON.stringify({ [origin]: { size: leaves.length, root: own } }));
  return [true, lines.join(" ")];
}

button.addEventListener("click", async () => {
  place.className = "";
  place.textContent = button.dataset.working;
  const [holds, text] = await verify();
  place.textContent = text;
  place.className = holds ? "good" : "bad";
});
