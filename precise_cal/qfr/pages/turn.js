(() => {
  "use strict";
  const place = document.getElementById("turn");
  if (!place) return;
  const vessel = JSON.parse(document.getElementById("vessel").textContent);
  const canvas = place.querySelector("canvas"), pen = canvas.getContext("2d");
  const middle = [0, 1, 2].map((k) => vessel.points.reduce((sum, p) => sum + p[k], 0) / vessel.points.length);
  const points = vessel.points.map((p) => p.map((value, k) => value - middle[k]));
  const reach = Math.max(...points.map((p) => Math.hypot(...p))) + Math.max(...vessel.diameter);
  let turn = vessel.turn, tilt = vessel.tilt;
  const seen = (p) => {
    // patient coordinates LPS: x left, y back, z head; turned around the head, then tilted
    const x = p[0] * Math.cos(turn) + p[1] * Math.sin(turn), y = p[1] * Math.cos(turn) - p[0] * Math.sin(turn);
    return [x, -(p[2] * Math.cos(tilt) - y * Math.sin(tilt)), y * Math.cos(tilt) + p[2] * Math.sin(tilt)];
  };
  const draw = () => {
    const size = window.devicePixelRatio || 1, wide = canvas.clientWidth, high = canvas.clientHeight;
    canvas.width = wide * size;
    canvas.height = high * size;
    pen.setTransform(size, 0, 0, size, 0, 0);
    pen.clearRect(0, 0, wide, high);
    const scale = Math.min(wide, high) / (2 * reach), flat = points.map(seen);
    const at = (p) => [wide / 2 + scale * p[0], high / 2 + scale * p[1]];
    const parts = flat.slice(1).map((p, k) => ({ from: flat[k], to: p, k: k + 1, depth: p[2] })).sort((a, b) => b.depth - a.depth);
    pen.lineCap = "round";
    for (const edge of [2, 0]) {
      for (const part of parts) {
        pen.strokeStyle = edge ? "#16202a" : vessel.color[part.k];
        pen.lineWidth = vessel.diameter[part.k] * scale + edge;
        pen.beginPath();
        pen.moveTo(...at(part.from));
        pen.lineTo(...at(part.to));
        pen.stroke();
      }
    }
    pen.font = "bold 14px sans-serif";
    pen.fillStyle = "#16202a";
    for (const [name, k] of vessel.labels) {
      const [x, y] = at(flat[k]);
      pen.fillText(name, x + vessel.diameter[k] * scale / 2 + 6, y + 5);
    }
    pen.lineWidth = 2;
    pen.strokeStyle = "#16202a";
    pen.beginPath();
    pen.moveTo(12, high - 14);
    pen.lineTo(12 + 10 * scale, high - 14);
    pen.stroke();
    pen.font = "12px sans-serif";
    pen.fillText("10 mm", 16 + 10 * scale, high - 10);
  };
  const move = (around, up) => {
    turn += around;
    tilt = Math.max(-1.57, Math.min(1.57, tilt + up));
    draw();
  };
  const steps = { left: [-0.2, 0], right: [0.2, 0], up: [0, 0.2], down: [0, -0.2] };
  place.querySelectorAll("button").forEach((button) => {
    button.addEventListener("click", () => move(...steps[button.dataset.turn]));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = steps[event.key.replace("Arrow", "").toLowerCase()];
    if (!step) return;
    event.preventDefault();
    move(...step);
  });
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    move((event.clientX - held[0]) / 120, (event.clientY - held[1]) / 120);
    held = [event.clientX, event.clientY];
  });
  canvas.addEventListener("pointerup", () => {
    held = null;
  });
  window.addEventListener("resize", draw);
  place.hidden = false;
  draw();
})();
