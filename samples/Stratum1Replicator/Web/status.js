// Renews the page's main part every two seconds while somebody looks at it. The server renders it, so there is one place that does.
"use strict";
(() => {
  const interval = 2000;
  const connection = document.getElementById("connection");
  let timer = 0;

  async function renew() {
    timer = 0;
    try {
      const answer = await fetch("/status", { headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      connection.classList.remove("lost");
    } catch (reason) {
      connection.textContent = `This may be out of date: ${reason.message}`;
      connection.classList.add("lost");
    }
    plan();
  }

  function take(page) {
    const live = document.getElementById("live");
    const next = page.getElementById("live");
    if (!next) throw new Error("the answer is no status page");
    const open = new Set([...live.querySelectorAll("details[open]")].map(details => details.id));
    const focused = live.contains(document.activeElement) ? document.activeElement.closest("details")?.id : null;
    next.querySelectorAll("details").forEach(details => { details.open = open.has(details.id); });
    live.replaceWith(document.adoptNode(next));
    if (focused) document.getElementById(focused)?.querySelector("summary")?.focus();
    document.title = page.title;
    connection.textContent = page.getElementById("connection").textContent;
    document.documentElement.dataset.renewed = String(Number(document.documentElement.dataset.renewed ?? 0) + 1);
  }

  function plan() {
    if (!timer && !document.hidden) timer = setTimeout(renew, interval);
  }

  // A screen reader must not be told the time every two seconds.
  connection.setAttribute("aria-live", "off");
  document.addEventListener("visibilitychange", plan);
  plan();
})();
