// The clock of this device against that of the server, when this page came.
const place = document.getElementById("clock");
const [came] = performance.getEntriesByType("navigation");
const own = performance.timeOrigin + (came?.responseStart ?? 0);
const apart = Math.round((own - Number(place.dataset.now)) / 1000);
if (Math.abs(apart) > Number(place.dataset.most)) {
  place.textContent = (apart > 0 ? place.dataset.ahead : place.dataset.behind).replace("#", Math.abs(apart));
  place.hidden = false;
}
