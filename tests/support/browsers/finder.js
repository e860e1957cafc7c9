/* What a person sees and touches, found in the page. Runs inside Chromium 64: ES5. Each function answers JSON text. */
(function () {
  "use strict";

  function words(element) { return (element.textContent || "").replace(/\s+/g, " ").trim(); }

  function isSeen(element) {
    var style = getComputedStyle(element), box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.opacity !== "0";
  }

  /* The first that reads exactly so, else the first that begins so, else the first that holds it. */
  function reading(selector, name) {
    var seen = Array.prototype.filter.call(document.querySelectorAll(selector), isSeen);
    return seen.filter(function (e) { return words(e) === name; })[0] ||
      seen.filter(function (e) { return words(e).indexOf(name) === 0; })[0] ||
      seen.filter(function (e) { return words(e).indexOf(name) >= 0; })[0];
  }

  function labelled(name) {
    var label = reading("label", name);
    return label && (label.control || document.getElementById(label.htmlFor));
  }

  var find = {
    control: function (name) { return reading("a[href], button, summary", name); },
    field: labelled,
    selector: function (selector) {
      return Array.prototype.filter.call(document.querySelectorAll(selector), isSeen)[0];
    }
  };

  /* Where a finger would touch it, in the middle of the screen; what is missing or covered is told. */
  function place(by, name) {
    var element = find[by](name);
    if (!element) { return JSON.stringify({missing: true}); }
    element.scrollIntoView({block: "center"});
    var box = element.getBoundingClientRect();
    var x = box.left + box.width / 2, y = box.top + box.height / 2;
    var hit = document.elementFromPoint(x, y);
    var leaves = element.tagName === "A" || (element.tagName === "BUTTON" && element.type === "submit");
    var covered = !hit || (hit !== element && !element.contains(hit) && !hit.contains(element));
    return JSON.stringify({
      x: x, y: y, width: box.width, height: box.height, covered: covered, leaves: leaves,
      disabled: !!element.disabled, checked: !!element.checked, value: element.value || "",
      href: element.href || "", type: element.type || ""
    });
  }

  /* A date picker is the phone's own window, out of reach: its outcome is set. */
  function choose_date(name, value) {
    var element = labelled(name);
    element.value = value;
    return JSON.stringify(element.value);
  }

  function clear(name) {
    var element = labelled(name);
    element.value = "";
    return JSON.stringify(element === document.activeElement);
  }

  /* The label of the first box that is not ticked yet. */
  function unticked() {
    var box = document.querySelector("input[type=checkbox]:not(:checked)");
    return JSON.stringify(box ? words(box.labels[0]) : "");
  }

  function text() { return JSON.stringify(document.body ? document.body.innerText : ""); }

  function heading() {
    var first = document.querySelector("h1");
    return JSON.stringify(first ? words(first) : "");
  }

  /* Element by element what stands out of the screen at the right, and how tall the page is. */
  function size() {
    var width = document.documentElement.clientWidth, out = [];
    Array.prototype.forEach.call(document.querySelectorAll("body *"), function (element) {
      var box = element.getBoundingClientRect();
      if (isSeen(element) && box.right > width + 1 && !element.closest(".scroll")) {
        out.push(element.tagName + " " + words(element).slice(0, 40));
      }
    });
    return JSON.stringify({width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight, out: out});
  }

  return {place: place, choose_date: choose_date, clear: clear, unticked: unticked, text: text, heading: heading, size: size};
}())
