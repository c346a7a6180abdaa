// Says how old the page is, and stops calling things well when it is too old to know. The page works without this.
(function () {
  "use strict";
  var banner = document.getElementById("overall");
  var age = document.getElementById("age");
  if (!banner || !age) return;
  var updated = Date.parse(banner.dataset.updated);
  var interval = Number(banner.dataset.interval) * 1000;

  function show() {
    var seconds = Math.max(0, Math.round((Date.now() - updated) / 1000));
    var text = seconds < 90 ? seconds + " s" : seconds < 5400 ? Math.round(seconds / 60) + " min" : seconds < 172800 ? Math.round(seconds / 3600) + " h" : Math.round(seconds / 86400) + " days";
    age.textContent = " (" + text + " ago)";
    if (Date.now() - updated <= 3 * interval) return;
    document.documentElement.classList.add("stale");
    document.title = "UNKNOWN \u2013 " + document.title.replace(/^.* \u2013 /, "");
    banner.className = "banner status-unknown";
    banner.querySelector("use").setAttribute("href", "#icon-unknown");
    document.getElementById("overall-text").textContent = "Unknown";
    document.getElementById("overall-description").textContent = "This page was not renewed for " + text + ". What it shows may no longer be true.";
  }

  show();
  window.setInterval(show, 15000);
  // Served pages are renewed behind our back; a file that is looked at is not.
  if (location.protocol !== "file:") window.setTimeout(function () { location.reload(); }, Math.max(interval, 30000));
})();
