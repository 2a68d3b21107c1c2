// The verdict while somebody types: the server judges, this shows what it says.
const form = document.getElementById("question");
const live = document.getElementById("live");
const csrf = form.elements.csrfmiddlewaretoken.value;
let timer = 0;
let asked = 0;

async function judge() {
  const number = ++asked;
  const data = new FormData(form);
  if (!data.get("participant") && !data.get("record").size) return;
  const sent = await fetch("/gate/live", { method: "POST", headers: { "X-CSRFToken": csrf }, body: data }).catch(() => null);
  if (number !== asked) return;
  if (!sent?.ok || sent.redirected) { // what stands there was said of something else
    live.textContent = sent?.redirected ? live.dataset.ended : live.dataset.failed;
    return;
  }
  const page = new DOMParser().parseFromString(await sent.text(), "text/html");
  const found = page.getElementById("verdict");
  if (found) live.replaceChildren(document.adoptNode(found));
}

form.addEventListener("input", () => {
  document.getElementById("sign")?.remove(); // what was checked is not what stands there now
  clearTimeout(timer);
  timer = setTimeout(judge, 400);
});

// A question leads to its input, wherever that stands.
live.addEventListener("click", (event) => {
  const link = event.target.closest("a.question");
  if (!link) return;
  event.preventDefault();
  const wanted = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
  const folded = wanted?.closest("details");
  if (folded) folded.open = true;
  wanted?.focus();
});

// what is to be supplied comes before a signature: whoever presses Enter at once should not record that it is missing
(document.querySelector("#verdict a.question") ?? document.getElementById("sign-button"))?.focus();
