/* The page login/whole_page.html in a frame: ask the browser for our cookies here at a tap, once in an opening. Where it
   refuses, or cannot be asked, the page around the frame opens the whole window. ES5 syntax. */
(function () {
  "use strict";
  var ASKED = "sunbridge-asked", stay = document.getElementById("stay");

  /* The main button is the one that the page offers first. */
  function offer(here) {
    stay.hidden = document.getElementById("asks").hidden = !here;
    document.getElementById("whole").className = here ? "button second" : "button";
  }
  function open_whole() {
    offer(false);
    if (window.sunbridgeFrame) { window.sunbridgeFrame.blocked(); }
  }

  /* The frame's name is new in each opening. Where the browser stores nothing, the address still ends a second trial. */
  function was_asked() {
    try { return window.sessionStorage.getItem(ASKED) === window.name; } catch (fault) { return false; }
  }
  function remember() {
    try { window.sessionStorage.setItem(ASKED, window.name); } catch (fault) { return; }
  }

  if (!document.requestStorageAccess || window.parent === window || was_asked()) { open_whole(); return; }
  offer(true);
  stay.addEventListener("click", function () {
    stay.disabled = true;
    remember();
    /* A document keeps what it was granted over a step of its own within its origin. */
    document.requestStorageAccess().then(function () {
      window.location.replace(stay.getAttribute("data-again"));
    }, function () {
      document.getElementById("refused").hidden = false;
      open_whole();
    });
  });
}());
