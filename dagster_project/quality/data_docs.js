// The two things the fetched scripts did that a reader needs: unfolding details, and hiding what passed.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[data-toggle="collapse"]');
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.getAttribute("href").slice(1)).classList.toggle("show");
});
function filterPassed(hide) {
  const show = (element) => { if (element) element.style.display = hide ? "none" : ""; };
  document.querySelectorAll(".hide-succeeded-validation-target-child").forEach((cell) => show(cell.parentElement));
  document.querySelectorAll(".hide-succeeded-validation-target").forEach(show);
  document.querySelectorAll(".hide-succeeded-validations-column-section-target-child").forEach((block) => {
    const section = block.closest(".ge-section");
    show(section);
    if (section) show(document.querySelector(`a[href="#${section.id}"]`));
  });
}
showAllValidations = () => filterPassed(false);
hideSucceededValidations = () => filterPassed(true);
