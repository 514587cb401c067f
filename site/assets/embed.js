// The card says when its data are older than the days it is good for.
const { asOf, days } = document.body.dataset;
if (Date.now() - Date.parse(asOf) > Number(days) * 86400000) {
  document.body.classList.add("is-stale");
  for (const told of document.querySelectorAll(".stale")) told.hidden = false;
}
