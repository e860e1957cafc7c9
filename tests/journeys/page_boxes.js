// Returns the box of each visible element with text of its own and of each control.
// Given: kinds [{pattern, sample}]. Text that matches shows its sample while the boxes are measured.
kinds => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, img, [role]";
  const UNSEEN = "script, style, template";
  const NAME_LENGTH = 40;

  const shorten = text => text.replace(/\s+/g, " ").trim().slice(0, NAME_LENGTH);
  const ownText = element => [...element.childNodes]
    .filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join(" ").trim();
  const nameOf = element => shorten(
    element.getAttribute("aria-label") || ownText(element) || element.getAttribute("alt")
    || element.labels?.[0]?.textContent || (element.matches("a, button, summary") ? element.textContent : ""));

  const replaced = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, text = node.data;
    if (node.parentElement.matches(UNSEEN)) continue;
    node.data = kinds.reduce((changed, kind) => changed.replace(new RegExp(kind.pattern, "g"), kind.sample), text);
    replaced.push([node, text]);
  }
  try {
    return [...document.body.querySelectorAll("*")]
      .filter(element => !element.matches(UNSEEN) && (element.matches(CONTROLS) || ownText(element)))
      .filter(element => element.checkVisibility({visibilityProperty: true}))
      .map(element => ({element, box: element.getBoundingClientRect()}))
      .filter(({box}) => box.width && box.height)
      .map(({element, box}) => ({
        tag: element.localName,
        role: element.getAttribute("role") || element.getAttribute("type") || "",
        name: nameOf(element),
        x: Math.round(box.x + scrollX), y: Math.round(box.y + scrollY),
        width: Math.round(box.width), height: Math.round(box.height),
      }));
  } finally {
    for (const [node, text] of replaced) node.data = text;
  }
}
