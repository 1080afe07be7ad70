// Charts: one request for all of a section; a drag zooms and asks again at the right step.
(() => {
  "use strict";
  // A colour of the style sheet as it is in this theme.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const style = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const TONES = {
    first: "--c1", second: "--c2", third: "--c3", fourth: "--c4", fifth: "--c5", sixth: "--c6",
    seventh: "--c7", eighth: "--c8", bad: "--page", warning: "--ticket",
  };
  const DASHES = { second: [6, 3], third: [2, 3], fourth: [8, 3, 2, 3], fifth: [1, 2], sixth: [10, 4], seventh: [4, 4], eighth: [3, 1] };

  const draw = (section) => {
    const language = section.dataset.language;
    const number = (digits) => new Intl.NumberFormat(language, { maximumFractionDigits: digits });
    const count = number(3);
    // A unit is steps: the first whose end lies above a number writes it.
    const writes = (unit) => {
      const steps = unit.map((step) => ({ ...step, form: number(step.digits) }));
      return (v) => {
        const step = steps.find((one) => one.below === null || v < one.below);
        return step.text.replace("{n}", step.form.format(v * step.times));
      };
    };
    // Days and hours as the rest of the page writes them.
    const place = language === "en" ? "en-GB" : language;
    const when = new Intl.DateTimeFormat(place, { dateStyle: "short", timeStyle: "medium" });
    const first = { start: Number(section.dataset.start), end: Number(section.dataset.end) };
    const shown = { ...first };
    let plots = [];

    const ask = async () => {
      const wide = section.clientWidth || 800;
      const query = new URLSearchParams({ start: shown.start, end: shown.end, points: Math.max(60, Math.min(1000, Math.round(wide / 3))) });
      const answer = await fetch(`${section.dataset.charts}?${query}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`charts: ${answer.status}`);
      const found = await answer.json();
      for (const plot of plots) plot.destroy();
      plots = [...section.querySelectorAll("[data-draw]")].map((figure) => one(figure, found));
      for (const figure of section.querySelectorAll("[data-heat]")) heat(figure, found);
      for (const figure of section.querySelectorAll("[data-strip]")) strip(figure, found);
      for (const csv of section.querySelectorAll("[data-csv]")) {
        const to = new URL(csv.href, location);
        to.searchParams.set("start", shown.start);
        to.searchParams.set("end", shown.end);
        csv.href = to.pathname + to.search;
      }
      section.dataset.drawn = Number(section.dataset.drawn || 0) + 1;
    };

    const zoom = (start, end) => {
      shown.start = start; shown.end = end;
      const to = new URL(location);
      const whole = start === first.start && end === first.end;
      for (const name of ["start", "end"]) {
        if (whole) to.searchParams.delete(name); else to.searchParams.set(name, shown[name].toFixed(0));
      }
      history.replaceState(null, "", to);
      for (const button of section.querySelectorAll("[data-reset]")) button.hidden = whole;
      ask().catch((error) => section.setAttribute("data-failed", String(error)));
    };

    const one = (figure, found) => {
      const plot = JSON.parse(figure.dataset.plot);
      const write = writes(plot.unit);
      const box = figure.querySelector(".canvas");
      box.replaceChildren();
      const said = document.createElement("p");
      said.className = "readout";
      const data = [found.at, ...plot.series.map((s) => found.series[s.key] || found.at.map(() => null))];
      const tell = (u) => {
        const i = u.cursor.idx;
        if (i == null || found.at[i] == null) { said.textContent = ""; return; }
        const parts = plot.series.map((s) => {
          const value = (found.series[s.key] || [])[i];
          return `${s.label} ${value == null ? "–" : write(value)}`;
        });
        for (const more of plot.exact) {
          const value = found.series[more.key][i];
          parts.push(`${more.label} ${value == null ? "–" : count.format(value)}`);
        }
        said.textContent = `${when.format(new Date(found.at[i] * 1000))} · ${parts.join(" · ")}`;
      };
      // What the lines are held against, such as the factors of a policy.
      const { limits, least } = plot;
      const level = (u) => {
        const { ctx: pen, bbox } = u;
        pen.save();
        pen.strokeStyle = style("--strong-line");
        pen.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
        for (const value of limits) {
          const y = Math.round(u.valToPos(value, "y", true)) + 0.5;
          if (y < bbox.top || y > bbox.top + bbox.height) continue;
          pen.beginPath();
          pen.moveTo(bbox.left, y);
          pen.lineTo(bbox.left + bbox.width, y);
          pen.stroke();
        }
        pen.restore();
      };
      // As much room as the longest of its words takes.
      const room = (u, values) => {
        if (!values) return 40;
        u.ctx.font = `${12 * devicePixelRatio}px system-ui`;
        return 16 + Math.ceil(Math.max(0, ...values.map((text) => u.ctx.measureText(text).width)) / devicePixelRatio);
      };
      const grid = { stroke: style("--line"), width: 1 };
      const axis = { stroke: style("--faint"), grid, ticks: grid, font: "12px system-ui" };
      const steps = plot.stepped ? uPlot.paths.stepped({ align: -1 }) : undefined;
      const made = new uPlot({
        width: box.clientWidth || 600, height: 220,
        cursor: { drag: { x: true, y: false, setScale: false }, y: false },
        legend: { show: false },
        scales: { x: { time: true, range: () => [shown.start, shown.end] }, y: { range: (u, low, high) => [Math.min(0, low ?? 0), Math.max(high || least, limits.find((v) => v > (high || 0)) ?? limits.at(-1) ?? 0) * 1.05] } },
        series: [{}, ...plot.series.map((s) => ({
          label: s.label, stroke: style(TONES[s.tone] || "--c1"), width: s.tone === "bad" ? 2 : 1.5,
          // A gap is no data, and is never joined.
          dash: DASHES[s.tone], paths: steps, points: { show: found.at.length < 3 }, spanGaps: false,
        }))],
        axes: [
          { ...axis, values: (u, splits, space, gap, incr) => splits.map((at) => new Intl.DateTimeFormat(place, incr >= 86400 ? { month: "numeric", day: "numeric" } : { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at * 1000))) },
          { ...axis, size: (u, values) => room(u, values), values: (u, splits) => splits.map((v) => (v == null ? "" : write(v))) },
        ],
        hooks: {
          draw: [level],
          setCursor: [tell],
          setSelect: [(u) => {
            if (u.select.width < 8) return;
            zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
          }],
        },
      }, data, box);
      made.root.setAttribute("aria-hidden", "true");
      box.append(key(plot), said);
      return made;
    };

    // Pieces of the pictures that the server draws, as it draws them.
    const pieces = (svg, rects) => {
      svg.replaceChildren(...rects.map((one) => {
        const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        for (const [name, value] of Object.entries(one)) rect.setAttribute(name, value);
        return rect;
      }));
    };
    const alike = (tones) => {
      const runs = [];
      tones.forEach((tone, i) => {
        const last = runs.at(-1);
        if (last && last.tone === tone) last.end = i + 1; else runs.push({ tone, start: i, end: i + 1 });
      });
      return runs;
    };

    const strip = (figure, found) => {
      const cell = 800 / Math.max(1, found.at.length);
      pieces(figure.querySelector("svg.strip"), alike(found.seen).map((run) => (
        { class: run.tone, x: run.start * cell, width: (run.end - run.start) * cell + 0.3, height: 12 })));
    };

    const heat = (figure, found) => {
      const svg = figure.querySelector("svg.heat");
      const rows = found.heat_steps;
      const cell = 800 / Math.max(1, found.at.length), height = 200 / Math.max(1, rows.length);
      pieces(svg, rows.flatMap((row, number) => alike(row).filter((run) => run.tone).map((run) => ({
        class: `h${run.tone}`, x: run.start * cell, y: (rows.length - 1 - number) * height,
        width: (run.end - run.start) * cell, height }))));
      const ends = figure.querySelectorAll(".x span");
      ends[0].textContent = when.format(new Date((found.at[0] - found.step_s) * 1000));
      ends[1].textContent = when.format(new Date(found.at.at(-1) * 1000));
      const sides = found.edges.map((edge) => {
        const span = document.createElement("span");
        span.textContent = edge;
        return span;
      });
      figure.querySelector(".y").replaceChildren(...sides.reverse());
      if (figure.shown) { figure.shown = found; return; }
      figure.shown = found;
      const said = document.createElement("p");
      said.className = "readout";
      figure.querySelector(".framed").after(said);
      let began = null;
      const share = (event) => {
        const box = svg.getBoundingClientRect();
        return { x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), y: (event.clientY - box.top) / box.height };
      };
      svg.addEventListener("pointerdown", (event) => { began = share(event).x; svg.setPointerCapture(event.pointerId); });
      svg.addEventListener("pointermove", (event) => {
        const { x, y } = share(event);
        const now = figure.shown, lanes = now.heat.length;
        const i = Math.min(now.at.length - 1, Math.floor(x * now.at.length));
        const lane = Math.min(lanes - 1, Math.max(0, lanes - 1 - Math.floor(y * lanes)));
        const value = now.heat[lane]?.[i];
        const low = lane > 0 ? now.edges[lane - 1] : "0";
        said.textContent = `${when.format(new Date(now.at[i] * 1000))} · ${low} – ${now.edges[lane]} · ${value == null ? "–" : count.format(value)}`;
        if (began === null) return;
        svg.querySelector(".pick")?.remove();
        const pick = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        for (const [name, set] of Object.entries({ class: "pick", x: Math.min(began, x) * 800, width: Math.abs(x - began) * 800, height: 200 })) pick.setAttribute(name, set);
        svg.append(pick);
      });
      svg.addEventListener("pointerup", (event) => {
        const x = share(event).x, from = began;
        began = null;
        svg.querySelector(".pick")?.remove();
        if (from === null || Math.abs(x - from) < 0.01) return;
        const left = figure.shown.at[0] - figure.shown.step_s, wide = figure.shown.at.at(-1) - left;
        zoom(left + Math.min(from, x) * wide, left + Math.max(from, x) * wide);
      });
      svg.addEventListener("pointercancel", () => { began = null; svg.querySelector(".pick")?.remove(); });
      svg.addEventListener("pointerleave", () => { if (began === null) said.textContent = ""; });
    };

    const key = (plot) => {
      const list = document.createElement("ul");
      list.className = "key";
      for (const series of plot.series) {
        const item = document.createElement("li");
        const space = "http://www.w3.org/2000/svg";
        const swatch = document.createElementNS(space, "svg");
        swatch.setAttribute("class", "swatch");
        swatch.setAttribute("aria-hidden", "true");
        const colour = document.createElementNS(space, "rect");
        for (const [name, value] of Object.entries({ width: 12, height: 12, class: series.tone })) colour.setAttribute(name, value);
        swatch.append(colour);
        item.append(swatch, " ", series.label);
        list.append(item);
      }
      return list;
    };

    section.addEventListener("click", (event) => {
      if (event.target.closest("[data-reset]")) zoom(first.start, first.end);
    });
    let resizing;
    addEventListener("resize", () => {
      clearTimeout(resizing);
      resizing = setTimeout(() => {
        for (const plot of plots) plot.setSize({ width: plot.root.parentElement.clientWidth, height: 220 });
      }, 150);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { ask().catch(() => {}); });
    // A chart that ends with now moves on with it: when the page is told of news, at most
    // twice a minute, and not under a pointer or a zoom.
    let moved = Date.now();
    document.addEventListener("htmx:sse:after:message", () => {
      const whole = shown.start === first.start && shown.end === first.end;
      const passed = (Date.now() - moved) / 1000;
      if (!("follows" in section.dataset) || !whole || passed < 30 || section.matches(":hover")) return;
      moved = Date.now();
      first.start += passed; first.end += passed;
      Object.assign(shown, first);
      ask().catch((error) => section.setAttribute("data-failed", String(error)));
    });
    ask().catch((error) => section.setAttribute("data-failed", String(error)));
  };
  for (const section of document.querySelectorAll("[data-charts]")) draw(section);
})();
