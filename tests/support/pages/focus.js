/* Where the Tab key should stop on this page, and where it is now. */
({
  controls() {
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
    const seen = all.filter((element) => element.checkVisibility() && !element.disabled);
    /* Tab stops once at a group of radio buttons: at the chosen one, else the first. */
    return seen.filter((element) => {
      if (element.type !== "radio") return true;
      const group = seen.filter((other) => other.type === "radio" && other.name === element.name);
      return element === (group.find((other) => other.checked) || group[0]);
    });
  },
  name: (element) => `${element.tagName.toLowerCase()} ${element.id || (element.innerText || "").trim()}`,
  /* Those after where the page put the focus itself, if it did. */
  stops() {
    const from = document.activeElement;
    const ahead = (control) => from === document.body || from.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_FOLLOWING;
    return this.controls().filter(ahead).map(this.name);
  },
  luminance(colour) {
    const [r, g, b] = colour.match(/[\d.]+/g).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  },
  ground(element) {
    for (let up = element.parentElement; up; up = up.parentElement) {
      const colour = getComputedStyle(up).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  },
  focused() {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    const [dark, light] = [style.outlineColor, this.ground(element)].map(this.luminance).sort((a, b) => a - b);
    return {
      name: this.name(element),
      seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
        && box.left >= 0 && box.bottom > 0 && box.top < innerHeight,
      contrast: (light + 0.05) / (dark + 0.05),
    };
  },
})
