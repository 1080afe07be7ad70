// Any chart as a picture: its title, what it shows, its axes and its key, on one paper.
(() => {
  "use strict";
  const EDGE = 16, LINE = 20;
  const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "vector-effect"];
  const words = (element) => element.innerText.replace(/\s+/g, " ").trim();

  // A style sheet does not reach into a picture: what it says is written down first.
  const drawn = async (svg, width, height, scale) => {
    const copy = svg.cloneNode(true);
    const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((element, i) => {
      const style = getComputedStyle(element);
      for (const name of DRAWN) to[i].setAttribute(name, style.getPropertyValue(name));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", width * scale);
    copy.setAttribute("height", height * scale);
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    return image;
  };

  const cells = (table) => {
    const box = table.getBoundingClientRect();
    return [...table.querySelectorAll("td:not(.none)")].map((cell) => {
      const own = cell.getBoundingClientRect(), style = getComputedStyle(cell);
      return { x: own.left - box.left, y: own.top - box.top, width: own.width, height: own.height,
        ground: style.backgroundColor, ink: style.color, lines: words(cell.querySelector("[aria-hidden]") || cell).split(/ (?=[^ ]*$)/) };
    });
  };

  const picture = async (figure) => {
    const body = getComputedStyle(document.body), family = body.fontFamily;
    const plot = figure.querySelector("canvas"), svg = figure.querySelector("svg.plot, svg.strip"), table = figure.querySelector("table.calendar");
    const sides = plot ? [] : [...figure.querySelectorAll(".framed .y span")].map(words);
    const feet = plot ? [] : [...figure.querySelectorAll(".framed .x span")].map(words);
    const keys = [...figure.querySelectorAll(".key li")].map((one) => ({ text: words(one), colour: getComputedStyle(one.querySelector("rect")).fill }));
    const squares = table ? cells(table) : [];
    // A canvas keeps its points; what is drawn anew has as many as it likes.
    const scale = plot ? devicePixelRatio : 2;
    const wide = plot ? plot.width / scale + 2 * EDGE : 960;
    const left = EDGE + (sides.length ? 72 : 0), inner = wide - left - EDGE;
    const tall = plot ? (plot.height / plot.width) * inner
      : table ? table.getBoundingClientRect().height
        : svg.classList.contains("strip") ? 24 : 320;
    const perRow = wide < 500 ? 2 : 4, rows = Math.ceil(keys.length / perRow);
    const top = EDGE + 2 * LINE, foot = top + tall;
    const paper = document.createElement("canvas");
    paper.width = wide * scale;
    paper.height = (foot + (feet.length ? LINE : 0) + rows * LINE + EDGE * 2) * scale;
    const pen = paper.getContext("2d");
    pen.scale(scale, scale);
    const probe = document.createElement("span");
    document.body.append(probe);
    const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
    const paperColour = colour("--paper"), ink = colour("--ink"), faint = colour("--faint");
    probe.remove();
    const write = (text, x, y, { size = 12, weight = 400, paint = faint, align = "left" } = {}) => {
      pen.font = `${weight} ${size}px ${family}`;
      pen.fillStyle = paint;
      pen.textAlign = align;
      pen.textBaseline = "middle";
      pen.fillText(text, x, y, wide - 2 * EDGE);
    };
    pen.fillStyle = paperColour;
    pen.fillRect(0, 0, wide, paper.height);
    const heading = figure.querySelector("h2, h3");
    write(`${words(document.querySelector("h1"))} · ${words(heading)}`, EDGE, EDGE + LINE / 2, { size: 15, weight: 650, paint: ink });
    if (plot) pen.drawImage(plot, left, top, inner, tall);
    else if (table) {
      for (const one of squares) {
        pen.fillStyle = one.ground;
        pen.fillRect(left + one.x, top + one.y, one.width, one.height);
        one.lines.forEach((line, i) => write(line, left + one.x + 8, top + one.y + one.height * (i + 0.5) / one.lines.length, { paint: one.ink, weight: i ? 700 : 400 }));
      }
    } else pen.drawImage(await drawn(svg, inner, tall, scale), left, top, inner, tall);
    sides.forEach((text, i) => write(text, left - 8, top + (sides.length > 1 ? tall * i / (sides.length - 1) : 0) + (i === 0 ? 6 : i === sides.length - 1 ? -6 : 0), { align: "right" }));
    if (feet.length) {
      write(feet[0], left, foot + LINE / 2);
      write(feet.at(-1), left + inner, foot + LINE / 2, { align: "right" });
    }
    keys.forEach((one, i) => {
      const x = left + (i % perRow) * (inner / perRow), y = foot + (feet.length ? LINE : 0) + EDGE / 2 + (Math.floor(i / perRow) + 0.5) * LINE;
      pen.fillStyle = one.colour;
      pen.fillRect(x, y - 6, 12, 12);
      write(one.text, x + 18, y);
    });
    return new Promise((done) => { paper.toBlob(done, "image/png"); });
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-png]");
    const figure = button && button.closest("[data-picture]");
    if (!figure) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await picture(figure));
    link.download = `${document.title.replace(/[^\p{L}\p{N}]+/gu, "-")}-${figure.dataset.picture}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
