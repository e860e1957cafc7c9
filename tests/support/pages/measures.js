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

  /* Whether a box around it hides a part of this line of text. */
  const cutting = (element, line) => {
    for (let box = element; box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (style.overflowX !== "visible" && (line.right > edge.right + 1 || line.left < edge.left - 1)) return !box.matches(".scroll");
      if (style.overflowY !== "visible" && (line.bottom > edge.bottom + line.size / 3 || line.top < edge.top - line.size / 3)) return true;
    }
    return false;
  };
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !seen(element) || element.closest("script, svg, details:not([open]) > :not(summary)")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    /* A currency sign shrinks with its amount. A long amount is shrunk by the page, so that it is not broken in two. */
    const shrunk = element.matches(".unit") || (element.style.fontSize && size >= 16);
    if (size < text && !shrunk) found.push(`small text, ${size}: ${named(element)}`);
    if (parseFloat(style.lineHeight) < spacing * size - 0.1) found.push(`tight lines, ${style.lineHeight} of ${size}: ${named(element)}`);
    range.selectNodeContents(node);
    const sheet = (element.closest(".sheet, .notice, main") || document.body).getBoundingClientRect();
    if (!element.closest(".scroll") && range.getBoundingClientRect().right > sheet.right) found.push(`sticks out: ${named(element)}`);
    for (const { index, 0: { length } } of node.data.matchAll(/\d[\d,]*\.\d\d/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + length);
      if (range.getClientRects().length > 1) found.push(`broken number: ${named(element)}`);
    }
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 1) continue;
      const line = { element, size, left, right, top, bottom };
      if (left < -1 || cutting(element, line)) found.push(`cut: ${named(element)}`);
      lines.push(line);
    }
  }

  /* Letters stand on letters. A third of a letter's height is the air above and below it. */
  lines.forEach((one, i) => lines.slice(i + 1).forEach((other) => {
    const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    if (wide > 2 && high > Math.min(one.size, other.size) / 3) found.push(`overlap: ${named(one.element)}, ${named(other.element)}`);
  }));
  return [...new Set(found)];
}
