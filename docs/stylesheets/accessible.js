// What the theme leaves out for readers who use a keyboard or a screen reader: the search has a name, what scrolls can be reached.
const mended = () => {
  document.querySelectorAll(".md-search").forEach((search) => search.setAttribute("aria-label", "Search"));
  document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
  });
};
addEventListener("load", () => {
  mended();
  new MutationObserver(mended).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", mended);
});
