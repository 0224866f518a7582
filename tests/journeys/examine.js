// What is wrong with the page as it stands, one line each. Used by tests/journeys/examination.py.
({ ofArrival, ofText, ofFocus }) => {
  const wrong = [];
  const told = (line, element) => wrong.push(`${line}: ${describe(element)}`);

  if (ofArrival) return arrival();
  if (ofText) text();
  if (ofFocus) focus();
  return wrong;

  // Resolves to the bytes of each file but pictures and videos, and how far things moved by themselves.
  async function arrival() {
    await document.fonts.ready;
    const media = /\.(jpe?g|png|webp|mp4)$|^\/uploads\//;
    const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const read = files.filter((file) => !media.test(new URL(file.name).pathname));
    // A status that is asked for again may say more than before.
    const asked = files.filter((file) => file.name.endsWith("/status/")).map((file) => file.startTime);
    const until = Math.min(...asked);
    let moved = 0;
    const what = [];
    await new Promise((done) => {
      const take = (entries) => {
        for (const entry of entries.filter((each) => !each.hadRecentInput && each.startTime < until)) {
          moved += entry.value;
          what.push(...entry.sources.map(({ node, previousRect: from, currentRect: to }) => (
            `${describe(node)} from ${from.x},${from.y} to ${to.x},${to.y}`)));
        }
      };
      const observer = new PerformanceObserver((list) => take(list.getEntries()));
      observer.observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => setTimeout(() => { take(observer.takeRecords()); done(); }, 50));
    });
    return { files: read.map((file) => [new URL(file.name).pathname, file.encodedBodySize]), moved, what };
  }

  // Each line of text is inside the page and whatever clips it, and no two lie on one another.
  function text() {
    document.activeElement.blur(); // the way past the head of the page lies on it while it is asked for
    const lines = [...textLines()];
    for (const { holder, box, words } of lines) {
      const room = roomOf(holder);
      const isCut = box.left < room.left - 1 || box.right > room.right + 1
        || box.top + box.height / 4 < room.top || box.bottom - box.height / 4 > room.bottom;
      if (isCut) told(`cut off, “${words}”`, holder);
    }
    const flowing = lines.filter(({ holder }) => !isPinned(holder)).sort((a, b) => a.box.top - b.box.top);
    flowing.forEach((one, index) => {
      for (const other of flowing.slice(index + 1)) {
        if (other.box.top >= one.box.bottom) break;
        if (one.holder !== other.holder && overlap(one.box, other.box)) {
          told(`“${one.words}” lies on “${other.words}”`, one.holder);
        }
      }
    });
  }

  function* textLines() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const words = walker.currentNode.data.trim();
      const holder = walker.currentNode.parentElement;
      if (!words || !isSeen(holder) || holder.closest("svg, option, .skip:not(:focus)")) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      for (const box of range.getClientRects()) {
        if (box.width > 1 && box.height > 1) yield { holder, box, words: words.slice(0, 30) };
      }
    }
  }

  // What is scrolled to is not cut, nor what ends in dots on purpose.
  function roomOf(element) {
    const room = { left: 0, top: -Infinity, right: innerWidth, bottom: Infinity };
    for (let place = element; place !== document.body; place = place.parentElement) {
      const style = getComputedStyle(place);
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) return { ...room, left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };
      if (!/hidden|clip/.test(style.overflowX + style.overflowY)) continue;
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };
      const box = place.getBoundingClientRect();
      room.left = Math.max(room.left, box.left);
      room.right = Math.min(room.right, box.right);
      room.top = Math.max(room.top, box.top);
      room.bottom = Math.min(room.bottom, box.bottom);
    }
    return room;
  }

  // The middle of the lines: tight lines of one heading touch.
  function overlap(one, other) {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const down = Math.min(one.bottom - one.height / 4, other.bottom - other.height / 4)
      - Math.max(one.top + one.height / 4, other.top + other.height / 4);
    return across > 2 && down > 0;
  }

  function isPinned(element) {
    for (let place = element; place; place = place.parentElement) {
      if (/fixed|sticky/.test(getComputedStyle(place).position)) return true;
    }
    return false;
  }

  // Whatever can have the focus shows it, and is not behind something then.
  function focus() {
    const can = "a[href], button, input, select, textarea, summary, [tabindex]";
    for (const element of document.querySelectorAll(can)) {
      if (element.tabIndex < 0 || element.disabled || !isSeen(element)) continue;
      document.activeElement.blur();
      const before = lookOf(element);
      element.focus();
      if (document.activeElement !== element) continue; // leads the focus on, by a script
      if (lookOf(element) === before) told("has the focus unseen", element);
      if (!isInFront(element)) told("has the focus behind something", element);
    }
    document.activeElement.blur();
    scrollTo(0, 0);
  }

  function lookOf(element) {
    const around = element.parentElement;
    const places = [element, around, around.parentElement, element.closest("label"), element.nextElementSibling];
    return places.filter(Boolean).map((place) => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, clipPath } = getComputedStyle(place);
      return [outlineStyle === "none" || outlineWidth + outlineColor, boxShadow, borderColor, clipPath].join();
    }).join("|");
  }

  function isInFront(element) {
    const shown = element.closest("label") ?? element;
    const { left, right, top, bottom } = shown.getBoundingClientRect();
    const x = (left + right) / 2;
    const y = (top + bottom) / 2;
    const points = [[x, y], [x, top + 2], [x, bottom - 2], [left + 2, y], [right - 2, y]];
    return points.some(([across, down]) => {
      const front = document.elementFromPoint(across, down);
      return front && (shown.contains(front) || front.contains(element) && front !== document.body);
    });
  }

  function isSeen(element) {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    for (let place = element; place; place = place.parentElement) {
      if (getComputedStyle(place).clipPath === "inset(50%)") return false; // only to be heard
    }
    return true;
  }

  function describe(node) {
    const element = node?.closest ? node : node?.parentElement;
    if (!element) return "something that is gone";
    const name = element.getAttribute("class")?.trim().replace(/\s+/g, ".");
    return element.localName + (element.id && `#${element.id}`) + (name ? `.${name}` : "");
  }
}
