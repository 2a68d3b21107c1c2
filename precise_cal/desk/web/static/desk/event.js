// An event, verified against the root of the log.
import { includes, leaf, unhex } from "./merkle.js";

const place = document.getElementById("proof");
const { body, index, size, path, root } = JSON.parse(place.dataset.proof);
const holds = await includes(await leaf(body), index, size, path.map(unhex), root);
place.textContent = holds ? place.dataset.good : place.dataset.bad;
place.className = holds ? "good" : "bad";
