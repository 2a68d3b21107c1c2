// The whole list, verified in this browser: the file goes nowhere.
import { faults, read } from "./bundle.js";

const file = document.getElementById("bundle");
const place = document.getElementById("verified");
const about = document.getElementById("about");
const named = document.getElementById("faults");
const says = JSON.parse(document.getElementById("verify").dataset.says);
const MOST = 10_000_000;

const say = (name, values = {}) => says[name].replace(/#(\w+)#/g, (_, key) => values[key]);

function end(word, lines, found) {
  place.textContent = word;
  place.className = found === null ? "" : found.length ? "bad" : "good";
  about.textContent = lines.join(" · ");
  named.replaceChildren(...(found ?? []).map((one) => Object.assign(document.createElement("li"), { textContent: one })));
}

async function verify(chosen) {
  const { bundle, wrong } = chosen.size > MOST ? { wrong: "/" } : read(await chosen.arrayBuffer());
  if (wrong) return end(say("none"), [], [say("wrong", { place: `${chosen.name}:${wrong}` })]);
  const found = [];
  for await (const [name, values] of faults(bundle)) found.push(say(name, values));
  const slots = bundle.strata.reduce((sum, one) => sum + one.slots, 0);
  const lines = [say("opened", { study: bundle.study, count: bundle.allocations.length, slots, root: bundle.root })];
  if (!bundle.revealed) lines.push(say("hidden"));
  else if (!found.length) lines.push(say("whole"));
  return end(found.length ? say("bad", { count: found.length }) : say("good"), lines, found);
}

file.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (!chosen) return;
  end(say("working"), [], null);
  await verify(chosen);
});
