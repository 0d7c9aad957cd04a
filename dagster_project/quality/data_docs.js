// Search and filter; without it the page can still be read and unfolded.
const search = document.getElementById("search");
const onlyBroken = document.getElementById("only-broken");

function apply() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const narrowed = words.length > 0 || onlyBroken.checked;
  let shown = 0;
  const matches = (element, name) => {
    const text = `${name} ${element.textContent}`.toLowerCase();
    return words.every(word => text.includes(word)) && !(onlyBroken.checked && element.classList.contains("kept"));
  };
  for (const card of document.querySelectorAll("#broken .findable")) card.hidden = !matches(card, "");
  for (const table of document.querySelectorAll("details.table")) {
    let inTable = 0;
    for (const row of table.querySelectorAll("tr.findable")) {
      row.hidden = !matches(row, table.id);
      inTable += row.hidden ? 0 : 1;
    }
    table.hidden = inTable === 0;
    if (narrowed) table.open = inTable > 0 && inTable <= 20;
    shown += inTable;
  }
  for (const layer of document.querySelectorAll(".layer")) {
    layer.hidden = !layer.querySelector("details.table:not([hidden])");
  }
  document.getElementById("count").textContent = narrowed ? `${shown} promises` : "";
}

function unfold() {
  const table = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (table && table.tagName === "DETAILS") {
    table.hidden = false;
    table.open = true;
    table.scrollIntoView();
  }
}

search.addEventListener("input", apply);
onlyBroken.addEventListener("change", apply);
addEventListener("hashchange", unfold);
apply();
unfold();
