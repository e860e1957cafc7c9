/* What a person with weak eyes or a large thumb would find wrong on this page, as texts: none on a sound one. */
({ target, text, spacing }) => {
  const seen = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && !element.closest(".unseen, .skip");
  };
  const named = (element) => `${element.tagName.toLowerCase()} “${(element.innerText || element.name || "").trim().slice(0, 30)}”`;
  const found = [];

  /* A finger may land on a control or on its label. */
  const reach = (element) => {
    const boxes = [element, ...(element.labels || [])].map((part) => part.getBoundingClientRect());
    return [
      Math.max(...boxes.map((b) => b.right)) - Math.min(...boxes.map((b) => b.left)),
      Math.max(...boxes.map((b) => b.bottom)) - Math.min(...boxes.map((b) => b.top)),
    ];
  };
  /* A box in a list of choices is touched anywhere in its row's height. */
  const inSentence = (link) => link.tagName === "A" && getComputedStyle(link).display === "inline"
    && link.parentElement.innerText.trim() !== link.innerText.trim();
  for (const control of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!seen(control) || inSentence(control)) continue;
    const [width, height] = reach(control);
    if (width < target - 0.5 || height < target - 0.5) found.push(`small target, ${Math.round(width)}×${Math.round(height)}: ${named(control)}`);
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !seen(element) || element.closest("script, svg, details:not([open]) > :not(summary)")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    if (size < text) found.push(`small text, ${size}: ${named(element)}`);
    if (parseFloat(style.lineHeight) < spacing * size - 0.1) found.push(`tight lines, ${style.lineHeight} of ${size}: ${named(element)}`);
    range.selectNodeContents(node);
    const sheet = (element.closest(".sheet, .notice, main") || document.body).getBoundingClientRect();
    if (!element.closest(".scroll") && range.getBoundingClientRect().right > sheet.right) found.push(`sticks out: ${named(element)}`);
  }
  return [...new Set(found)];
}
