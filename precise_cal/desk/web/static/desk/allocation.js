// An allocation, verified against the root that was published before.
import { includes, leaf, unhex } from "./merkle.js";

const place = document.getElementById("proof");
const { allocation, index, size, root } = JSON.parse(place.dataset.proof);
const hash = await leaf(JSON.stringify([allocation.salt, allocation.stratum, allocation.number, allocation.arm]));
const holds = await includes(hash, index, size, allocation.path.map(unhex), root);
place.textContent = holds ? place.dataset.good : place.dataset.bad;
place.className = holds ? "good" : "bad";
