/* Cuntong's map, on Leaflet 1.9 and protomaps-leaflet 5.1.
 *
 * Tiles carry shapes, a position and a name. What a unit's colour means is a vector of one byte per unit, fetched
 * apart: another service or date changes colours without a new tile. Styles are data (JSON); no script comes from
 * Python. Names are drawn on canvas or by textContent, so that they can never run as HTML.
 */
(function () {
  'use strict';
  var P = window.protomapsL, FONT = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif';
  var EMPTY = new Map(), TOLERANCE = 8, clicks = 0;

  /* `boot` says where the rest is: it comes by HTTP, so that it is not sent again with every answer to a click. */
  function CT(map, boot) {
    var self = this;
    this.map = map; this.boot = boot; this.sources = {}; this.theme = { levels: {}, hide: {} };
    this.on = {}; this.vectors = new Map(); this.applied = {}; this.busy = 0; this.dark = false;
    if (map.attributionControl) map.attributionControl.remove();   // Leaflet's own prefix carries a flag
    fetch(boot.url, { credentials: 'same-origin' }).then(function (r) {
      if (!r.ok) throw new Error(r.status + ' ' + boot.url);
      return r.json();
    }).then(function (cfg) {
      self.cfg = cfg;
      cfg.sources.forEach(function (s) { self.sources[s.id] = s; });
      self._controls(); self._layer(); self._events(); self._colours();
      if (self.pending) self.apply(self.pending);
    }).catch(function (e) { console.warn(e); document.body.dataset.ctReady = 'failed'; });
  }

  /* ---- drawing ---------------------------------------------------------------------------------------- */

  CT.prototype._layer = function () {
    var self = this, sources = {}, paint = [], labels = [];
    // Plant areas lie lowest, then units, then lines of plant, then points of units, then points of plant.
    var order = { 'plant/areas': 0, 'units/areas': 1, 'plant/lines': 3, 'units/points': 4, 'plant/points': 5 };
    this.cfg.sources.forEach(function (s) {
      sources[s.id] = { url: s.url, maxDataZoom: s.max, levelDiff: 0 };
      s.shapes.forEach(function (shape) {
        var units = s.kind === 'units', rank = units && shape === 'lines' ? 3 : order[s.kind + '/' + shape];
        paint.push({ rank: rank, dataSource: s.id, dataLayer: shape,
          filter: function (z) { return units ? self.levelAt(z) === s : !!self.on[s.id]; },
          symbolizer: units ? new Units(self, s, shape) : new Plant(self, s, shape) });
        if (units && shape === 'areas') {
          paint.push({ rank: 2, dataSource: s.id, dataLayer: shape,
            filter: function (z) { return self._outlined(s, z); }, symbolizer: new Outline(self, s) });
        }
        if (units) labels.push(label(self, s, shape));
      });
    });
    paint.sort(function (a, b) { return a.rank - b.rank; });
    this.layer = P.leafletLayer({ sources: sources, paintRules: paint, labelRules: labels, attribution: '' });
    this.layer.views.forEach(function (view, id) {
      var own = view.getDisplayTile.bind(view);
      // A source that is not shown at this zoom is not asked for.
      view.getDisplayTile = function (tile) {
        if (self._wanted(self.sources[id], tile.z) && covers(self.sources[id].bounds, tile)) return own(tile);
        var t = view.dataTileForDisplayTile(tile);
        return Promise.resolve({ data: EMPTY, z: tile.z, dataTile: t.dataTile, scale: t.scale, dim: t.dim, origin: t.origin });
      };
    });
    var render = this.layer.renderTile.bind(this.layer);
    this.layer.renderTile = function (coords, element, key, done) {
      self._begin();
      return render(coords, element, key, done).finally(function () { self._end(); });
    };
    this.layer.addTo(this.map);
  };

  /* Whether a tile, with a rim for what reaches over its edge, has any part of a box in degrees. */
  function covers(b, tile) {
    var n = Math.pow(2, tile.z), rim = 1 / 16;
    function y(lat) { return (1 - Math.asinh(Math.tan(lat * Math.PI / 180)) / Math.PI) / 2 * n; }
    function x(lon) { return (lon + 180) / 360 * n; }
    return x(b[0]) <= tile.x + 1 + rim && x(b[2]) >= tile.x - rim && y(b[3]) <= tile.y + 1 + rim && y(b[1]) >= tile.y - rim;
  }

  /* The units that are filled at a zoom: the innermost that can be told apart and whose values are there. */
  CT.prototype.levelAt = function (z) {
    var best = null, first = null, self = this;
    this.cfg.sources.forEach(function (s) {
      if (s.kind !== 'units' || !self.theme.levels[s.level]) return;
      first = first || s;
      if (s.fits <= z) best = s;
    });
    return best || first;
  };

  /* Two levels above the filled one are drawn as outlines. */
  CT.prototype._outlined = function (s, z) {
    var shown = this.levelAt(z), units = this.cfg.sources.filter(function (x) { return x.kind === 'units'; });
    var up = units.indexOf(shown) - units.indexOf(s);
    return shown && up >= 1 && up <= 2 ? up : 0;
  };

  CT.prototype._wanted = function (s, z) {
    if (z < s.min) return false;
    if (s.kind === 'plant') return !!this.on[s.id];
    if (this.levelAt(z) === s) { this._vector(s.level); return true; }
    return s.shapes.indexOf('areas') >= 0 && this._outlined(s, z) > 0;
  };

  /* The code of a unit; undefined until its values have come. */
  CT.prototype.code = function (s, i) {
    var v = this.vectors.get(this.theme.levels[s.level]);
    return v instanceof Uint8Array ? v[i - s.first] : undefined;
  };
  CT.prototype._style = function (s, f) {
    var code = this.code(s, f.props.i);
    return !code || this.theme.hide[code] ? null : this.cfg.looks[code] || null;
  };
  CT.prototype._vector = function (level) {
    var url = this.theme.levels[level], self = this;
    if (!url || this.vectors.has(url)) return;
    this.vectors.set(url, 'asked'); this._begin();
    if (this.vectors.size > 24) this.vectors.delete(this.vectors.keys().next().value);
    fetch(url, { credentials: 'same-origin' }).then(function (r) {
      if (!r.ok) throw new Error(r.status + ' ' + url);
      return r.arrayBuffer();
    }).then(function (b) {
      self.vectors.set(url, new Uint8Array(b)); self._redraw();
    }).catch(function (e) {
      self.vectors.delete(url); self._say(self.cfg.text.gone); console.warn(e);
    }).finally(function () { self._end(); });
  };
  CT.prototype._redraw = function () { this.layer.clearLayout(); this.layer.rerenderTiles(); };
  CT.prototype._begin = function () { this.busy++; document.body.dataset.ctReady = '0'; };
  CT.prototype._end = function () {
    var self = this;
    this.busy--;
    if (!this.busy) setTimeout(function () { if (!self.busy) self._idle(); }, 0);
  };
  CT.prototype._idle = function () {
    var s = this.levelAt(this.map.getZoom());
    document.body.dataset.ctLevel = s ? s.level : '';
    if (s && this.vectors.get(this.theme.levels[s.level]) instanceof Uint8Array) document.body.dataset.ctReady = '1';
    if (this.now) this.now.textContent = s ? this.cfg.text.now.replace('{level}', s.name) : '';
  };

  function path(ctx, geom) {
    ctx.beginPath();
    for (var r = 0; r < geom.length; r++) {
      var ring = geom[r];
      for (var p = 0; p < ring.length; p++) p ? ctx.lineTo(ring[p].x, ring[p].y) : ctx.moveTo(ring[p].x, ring[p].y);
    }
  }
  var hatches = {};
  function hatch(ctx, colour) {          // unknown is never a colour alone: diagonal strokes
    if (!hatches[colour]) {
      var c = document.createElement('canvas'), g = c.getContext('2d');
      c.width = c.height = 8; g.fillStyle = colour; g.globalAlpha = .45; g.fillRect(0, 0, 8, 8); g.globalAlpha = 1;
      g.strokeStyle = colour; g.lineWidth = 1.6; g.beginPath();
      [-8, 0, 8].forEach(function (x) { g.moveTo(x - 1, 9); g.lineTo(x + 9, -1); }); g.stroke();
      hatches[colour] = ctx.createPattern(c, 'repeat');
    }
    return hatches[colour];
  }

  function Units(ct, s, shape) { this.ct = ct; this.s = s; this.dots = shape !== 'areas'; }
  Units.prototype.draw = function (ctx, geom, z, f) {
    var style = this.ct._style(this.s, f);
    if (this.dots) { if (style) geom.forEach(function (g) { dot(ctx, g[0], radius(z), style); }); return; }
    path(ctx, geom);
    if (style) {
      ctx.globalAlpha = style.hatch ? 1 : .82;
      ctx.fillStyle = style.hatch ? hatch(ctx, style.fill) : style.fill; ctx.fill(); ctx.globalAlpha = 1;
    }
    ctx.lineWidth = .7; ctx.strokeStyle = this.ct.dark ? 'rgba(255,255,255,.35)' : 'rgba(40,40,40,.4)'; ctx.stroke();
  };
  function radius(z) { return z < 11 ? 2.2 : z < 12 ? 3 : z < 13 ? 4.2 : z < 14 ? 5.5 : 7; }
  /* ● covered, ◐ partial, ○ uncovered, ? unknown: the same signs as in the legend and the tables. */
  function dot(ctx, p, r, style) {
    ctx.lineWidth = .8; ctx.strokeStyle = '#222'; ctx.fillStyle = style.fill;
    ctx.beginPath(); ctx.arc(p.x, p.y, r, 0, 6.2832);
    if (r < 4 || style.sign === '●' || !style.sign) { ctx.fill(); ctx.stroke(); return; }
    ctx.fillStyle = '#fff'; ctx.fill(); ctx.stroke(); ctx.fillStyle = style.fill; ctx.strokeStyle = style.fill;
    if (style.sign === '○') { ctx.beginPath(); ctx.arc(p.x, p.y, r - r * .22 - .4, 0, 6.2832); ctx.lineWidth = r * .45; ctx.stroke(); return; }
    if (style.sign === '◐') { ctx.beginPath(); ctx.arc(p.x, p.y, r - .4, 1.5708, 4.7124); ctx.fill(); return; }
    ctx.globalAlpha = .55; ctx.fill(); ctx.globalAlpha = 1;
    ctx.fillStyle = '#111'; ctx.font = '700 ' + Math.round(r * 1.7) + 'px ' + FONT; ctx.textAlign = 'center'; ctx.textBaseline = 'middle';
    ctx.fillText(style.sign, p.x, p.y + .5);
  }
  function Outline(ct, s) { this.ct = ct; this.s = s; }
  Outline.prototype.draw = function (ctx, geom, z) {
    path(ctx, geom); ctx.lineJoin = 'round'; ctx.lineWidth = this.ct._outlined(this.s, z) > 1 ? 2 : 1.1;
    ctx.strokeStyle = this.ct.dark ? 'rgba(255,255,255,.5)' : 'rgba(20,20,20,.75)'; ctx.stroke();
  };
  function Plant(ct, s, shape) { this.ct = ct; this.s = s; this.shape = shape; }
  Plant.prototype.draw = function (ctx, geom, z, f) {
    var off = f.props.off, colour = this.s.colour;
    if (this.shape === 'points') {
      var r = z < 11 ? 2.5 : z < 13 ? 3.5 : 5;
      geom.forEach(function (g) {          // squares: plant is never taken for a place
        ctx.fillStyle = off ? '#fff' : colour; ctx.fillRect(g[0].x - r, g[0].y - r, 2 * r, 2 * r);
        ctx.lineWidth = 1; ctx.strokeStyle = off ? colour : '#fff'; ctx.strokeRect(g[0].x - r, g[0].y - r, 2 * r, 2 * r);
      });
      return;
    }
    path(ctx, geom);
    if (this.shape === 'areas') { ctx.globalAlpha = .18; ctx.fillStyle = colour; ctx.fill(); ctx.globalAlpha = 1; ctx.lineWidth = 1; }
    else {
      ctx.lineJoin = 'round'; ctx.lineWidth = z < 11 ? 2.6 : 4.4; ctx.strokeStyle = this.ct.dark ? '#000' : '#fff'; ctx.stroke();
      ctx.lineWidth = z < 11 ? 1.3 : 2.4;
    }
    ctx.strokeStyle = colour; ctx.setLineDash(off ? [5, 4] : []); ctx.stroke(); ctx.setLineDash([]);
  };
  /* A name is drawn where it has room inside its unit: it must not hide what the map is for. */
  function fitsIn(f, z, s) {
    var name = f.props.name || '', wide = 0;
    for (var i = 0; i < name.length; i++) wide += name.charCodeAt(i) > 0x2e7f ? 12 : 7;
    return (f.bbox.maxX - f.bbox.minX) * (1 << Math.max(0, z - s.max)) > wide * .9;
  }
  function label(ct, s, shape) {
    var dots = shape !== 'areas', from = dots ? Math.max(s.fits + 2, 13) : s.fits + 1;
    var look = { labelProps: ['name'], font: (dots ? '' : '600 ') + '12px ' + FONT, width: 2.5,
      fill: function () { return ct.dark ? '#f2f2f2' : '#1a1a1a'; }, stroke: function () { return ct.dark ? '#14171b' : '#fff'; } };
    if (dots) { look.offsetX = 8; look.offsetY = 4; }
    return { dataSource: s.id, dataLayer: shape, minzoom: from,
      filter: function (z, f) { return ct.levelAt(z) === s && !!ct._style(s, f) && (dots || fitsIn(f, z, s)); },
      symbolizer: dots ? new P.OffsetTextSymbolizer(look) : new P.CenteredTextSymbolizer(look) };
  }

  /* ---- what Python says ------------------------------------------------------------------------------- */

  /* One call with the whole state; only what is new is done, so that it may be said again. */
  CT.prototype.apply = function (state) {
    var self = this;
    if (!this.layer) { this.pending = state; return; }
    function changed(key) {
      var text = JSON.stringify(state[key]), is = self.applied[key] !== text;
      self.applied[key] = text; return is;
    }
    var theme = changed('theme'), layers = changed('layers');
    this._colours();
    if (theme) {
      this.theme = { levels: {}, hide: {} };
      state.theme.levels.forEach(function (x) { self.theme.levels[x] = state.theme.url.replace('{level}', x); });
      state.theme.hide.forEach(function (code) { self.theme.hide[code] = true; });
    }
    if (layers) { this.on = {}; state.layers.forEach(function (id) { self.on[id] = true; }); }
    if (changed('select')) this._select(state.select);
    if (changed('evidence')) this._evidence(state.evidence);
    if (changed('fly') && state.fly) this._fly(state.fly);
    if (theme || layers) this._redraw();
    this._link();
  };
  CT.prototype._fly = function (fly) {
    var b = fly.bounds;
    this.map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: false, maxZoom: fly.zoom || 14, padding: [24, 24] });
  };
  CT.prototype._select = function (pick) {
    var self = this, key = pick ? pick.source + '/' + pick.i : '';
    if (key === this.selected) return;
    this.selected = key;
    if (this.outline) { this.outline.remove(); this.outline = null; }
    if (!pick) return;
    this._shapes([pick], function (shapes) {
      if (self.selected !== key) return;
      self.outline = L.layerGroup([
        drawn(shapes, { color: '#000', weight: 6, opacity: .9, fill: false, radius: 11 }),
        drawn(shapes, { color: '#ffd400', weight: 3, opacity: 1, fill: false, radius: 11 })]).addTo(self.map);
    });
  };
  CT.prototype._evidence = function (list) {
    var self = this, key = this.applied.evidence;
    if (this.proof) { this.proof.remove(); this.proof = null; }
    if (!list || !list.length) return;
    this._shapes(list, function (shapes) {
      if (self.applied.evidence !== key) return;
      self.proof = L.layerGroup([
        drawn(shapes, { color: '#000', weight: 7, opacity: .75, fill: false, radius: 8 }),
        drawn(shapes, { color: '#00e5ff', weight: 3.5, opacity: 1, fillColor: '#00e5ff', fillOpacity: .12, radius: 8 })]).addTo(self.map);
    });
  };
  /* Shapes come by HTTP, asked for by archive: what a reader may not see does not come. */
  CT.prototype._shapes = function (picks, then) {
    var by = {}, self = this;
    picks.forEach(function (p) { (by[p.source] = by[p.source] || []).push(p.i); });
    this._begin();
    Promise.all(Object.keys(by).map(function (id) {
      var s = self.sources[id];
      return s ? fetch(s.shapesUrl + by[id].join(','), { credentials: 'same-origin' }).then(function (r) { return r.ok ? r.json() : null; }) : null;
    })).then(function (all) { then(all.filter(Boolean)); }).catch(function (e) { console.warn(e); }).finally(function () { self._end(); });
  };
  function drawn(shapes, style) {
    return L.geoJSON(shapes, { interactive: false, style: style, pointToLayer: function (f, at) {
      return L.circleMarker(at, Object.assign({ interactive: false }, style)); } });
  }

  /* ---- what the reader does --------------------------------------------------------------------------- */

  CT.prototype._events = function () {
    var self = this, map = this.map, box = map.getContainer();
    map.on('click', function (e) { self.click(e.latlng); });
    map.on('mousemove', L.Util.throttle(function (e) { self._hover(e); }, 60, this));
    map.on('mouseout zoomstart movestart', function () { self.tip.hidden = true; });
    map.on('moveend', function () { self._link(); self._pair(); });
    box.addEventListener('keydown', function (e) {   // Enter picks what is under the centre: no mouse is needed
      box.classList.add('ct-keys');
      if (e.key === 'Enter' && e.target === box) { e.preventDefault(); self.click(map.getCenter()); }
    });
    box.addEventListener('keyup', function () { box.classList.add('ct-keys'); });   // Tab came in
    box.addEventListener('mousedown', function () { box.classList.remove('ct-keys'); });
    window.addEventListener('resize', function () { map.invalidateSize(); });
    if (window.matchMedia) window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () {
      setTimeout(function () { self._colours(); }, 300);
    });
    if (this.boot.pair) {
      try { (window.parent.__ctPair = window.parent.__ctPair || new Set()).add(this); } catch (e) { /* another origin */ }
      window.addEventListener('pagehide', function () { try { window.parent.__ctPair.delete(self); } catch (e) { /* gone */ } });
    }
  };
  CT.prototype._controls = function () {
    var map = this.map, text = this.cfg.text, box = map.getContainer(), self = this;
    box.setAttribute('role', 'application'); box.setAttribute('aria-label', text.label);
    function put(position, cls, words) {
      var c = L.control({ position: position });
      c.onAdd = function () { var d = L.DomUtil.create('div', cls); d.textContent = words; return d; };
      return c.addTo(map).getContainer();
    }
    put('bottomleft', 'ct-note', text.note);        // the review number of a public map, or that it is internal
    L.control.scale({ metric: true, imperial: false, position: 'bottomright' }).addTo(map);
    this.now = put('topright', 'ct-now', '');
    var link = L.control({ position: 'topleft' });
    link.onAdd = function () {
      var d = L.DomUtil.create('div', 'leaflet-bar'), a = L.DomUtil.create('a', '', d);
      a.href = '#'; a.appendChild(chain()); a.title = text.link; a.setAttribute('role', 'button'); a.setAttribute('aria-label', text.link);
      L.DomEvent.disableClickPropagation(d);
      L.DomEvent.on(a, 'click', function (e) { L.DomEvent.preventDefault(e); self._copy(); });
      return d;
    };
    if (!this.boot.follows) link.addTo(map);
    this.tip = L.DomUtil.create('div', 'ct-tip', box);
    this.tip.setAttribute('role', 'status'); this.tip.hidden = true;
    ['In', 'Out'].forEach(function (way) {
      var a = map.zoomControl && map.zoomControl['_zoom' + way + 'Button'];
      if (a) { a.title = text['zoom' + way]; a.setAttribute('aria-label', text['zoom' + way]); }
    });
    this._say = function (words) { self.tip.textContent = words; self.tip.hidden = false; self.tip.style.left = '60px'; self.tip.style.top = '12px'; };
  };
  function chain() {                     // two links of a chain, drawn: not every font has the sign
    var ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg'), line = document.createElementNS(ns, 'path');
    svg.setAttribute('viewBox', '0 0 24 24'); svg.setAttribute('width', '17'); svg.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', 'M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1.5-1.5');
    line.setAttribute('fill', 'none'); line.setAttribute('stroke', 'currentColor'); line.setAttribute('stroke-width', '2');
    svg.appendChild(line); svg.style.verticalAlign = 'middle';
    return svg;
  }
  CT.prototype._colours = function () {
    var dark = false;
    try {
      var app = window.parent.document.querySelector('.stApp') || window.parent.document.body;
      var c = (window.parent.getComputedStyle(app).backgroundColor.match(/[\d.]+/g) || []).map(Number);
      dark = c.length >= 3 && c[0] + c[1] + c[2] < 380 && c[3] !== 0;
    } catch (e) { /* another origin: light */ }
    if (dark === this.dark) return;
    this.dark = dark; this.map.getContainer().classList.toggle('ct-dark', dark); this._redraw();
  };
  CT.prototype.at = function () {
    var c = this.map.getCenter();
    return this.map.getZoom() + '/' + c.lat.toFixed(5) + '/' + c.lng.toFixed(5);
  };
  /* The link follows the map without a word to the server. */
  CT.prototype._link = function () {
    var self = this;
    if (this.boot.follows) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(function () {
      try {
        var p = window.parent, url = new URL(p.location.href);
        url.searchParams.set('at', self.at());
        p.history.replaceState(p.history.state, '', url.pathname + url.search.replace(/%2F/g, '/') + url.hash);
      } catch (e) { /* another origin */ }
    }, 150);
  };
  /* The address holds the whole view; where the browser lets nobody write to its clipboard it is shown. */
  CT.prototype._copy = function () {
    var self = this, address = window.location.href, done = function () { self._say(self.cfg.text.copied); };
    try { address = window.parent.location.href; } catch (e) { /* another origin */ }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(address).then(done, function () { self._say(address); });
    } else { this._say(address); }
  };
  CT.prototype._pair = function () {
    var self = this, all;
    if (!this.boot.pair || this.moved) return;
    try { all = window.parent.__ctPair; } catch (e) { return; }
    all.forEach(function (other) {
      if (other === self) return;
      try {
        other.moved = true; other.map.setView(self.map.getCenter(), self.map.getZoom(), { animate: false });
      } catch (e) { all.delete(other); } finally { other.moved = false; }
    });
  };

  /* Topmost first: points, lines, units, and areas of plant last, which would else hide the units. */
  CT.prototype.hit = function (at, tolerance) {
    var self = this, z = Math.round(this.map.getZoom()), order = [], best = null;
    function add(kind, shape) {
      self.cfg.sources.slice().reverse().forEach(function (s) {
        if (s.kind !== kind || s.shapes.indexOf(shape) < 0) return;
        if (kind === 'plant' ? self.on[s.id] : self.levelAt(z) === s || self._outlined(s, z)) order.push([s, shape]);
      });
    }
    add('plant', 'points'); add('units', 'points'); add('plant', 'lines'); add('units', 'areas'); add('plant', 'areas');
    order.some(function (o) { best = self._near(o[0], o[1], at, tolerance, z); return best; });
    return best;
  };
  CT.prototype._near = function (s, shape, at, tolerance, z) {
    var view = this.layer.views.get(s.id), zd = Math.min(z, s.max), bd = tolerance / (1 << (z - zd)), best = null;
    if (!view || z < s.min) return null;
    var p = this.map.project(at, zd), tx = Math.floor(p.x / 256), ty = Math.floor(p.y / 256);
    for (var dx = -1; dx <= 1; dx++) for (var dy = -1; dy <= 1; dy++) {
      var q = { x: p.x - (tx + dx) * 256, y: p.y - (ty + dy) * 256 };
      if (q.x < -bd || q.y < -bd || q.x > 256 + bd || q.y > 256 + bd) continue;
      var e = view.tileCache.cache.get((tx + dx) + ':' + (ty + dy) + ':' + zd), fs = e && e.data.get(shape);
      for (var i = 0; fs && i < fs.length; i++) {
        var f = fs[i], b = f.bbox;
        if (q.x < b.minX - bd || q.x > b.maxX + bd || q.y < b.minY - bd || q.y > b.maxY + bd) continue;
        if (s.kind === 'units' && shape === 'points' && !this._style(s, f)) continue;      // not drawn is not hit
        var d = shape === 'points' ? P.pointMinDistToPoints(q, f.geom) : shape === 'lines' ? P.pointMinDistToLines(q, f.geom)
          : P.pointInPolygon(q, f.geom) ? 0 : Infinity;
        if (d < bd || (d === 0 && !best)) { bd = d; best = { s: s, f: f }; }
      }
    }
    return best;
  };
  CT.prototype.click = function (at) {
    var h = this.hit(at, TOLERANCE), v = { n: Date.now() * 100 + (clicks++ % 100), at: this.at() };
    if (h) { v.type = 'Feature'; v.source = h.s.id; v.i = h.f.props.i; this._select({ source: v.source, i: v.i }); } else this._select(null);
    var G = window.__GLOBAL_DATA__, value = { last_active_drawing: v };
    if (!G || !window.Streamlit) return;
    G.last_active_drawing = v; G.previous_data = value;  // the component's own update, 250 ms later, then finds nothing new
    window.Streamlit.setComponentValue(value);
  };
  CT.prototype._hover = function (e) {
    var h = this.hit(e.latlng, 6), size = this.map.getSize();
    this.map.getContainer().style.cursor = h ? 'pointer' : '';
    if (!h) { this.tip.hidden = true; return; }
    var code = h.s.kind === 'units' ? this.code(h.s, h.f.props.i) : undefined, filled = this.levelAt(Math.round(this.map.getZoom())) === h.s;
    var word = h.s.kind === 'plant' ? h.s.name : filled && code !== undefined && this.cfg.looks[code] ? this.cfg.looks[code].word : h.s.name;
    this.tip.textContent = (h.f.props.name || h.f.props.id || '') + (word ? ' · ' + word : ''); this.tip.hidden = false;
    this.tip.style.left = Math.max(0, Math.min(e.containerPoint.x + 12, size.x - this.tip.offsetWidth - 4)) + 'px';
    this.tip.style.top = Math.max(0, Math.min(e.containerPoint.y + 14, size.y - this.tip.offsetHeight - 4)) + 'px';
  };
  /* For tests: pixel, position and code of the features of a source that are well inside the screen. */
  CT.prototype.onScreen = function (id) {
    var s = this.sources[id], size = this.map.getSize(), zd = Math.min(Math.round(this.map.getZoom()), s.max), self = this, out = [];
    this.layer.views.get(id).tileCache.cache.forEach(function (e, key) {
      var a = key.split(':').map(Number);
      if (a[2] !== zd) return;
      s.shapes.forEach(function (shape) {
        (e.data.get(shape) || []).forEach(function (f) {
          var g = f.geom[0], x = 0, y = 0, n = shape === 'areas' ? g.length - 1 : 1;
          for (var k = 0; k < n; k++) { x += g[k].x / n; y += g[k].y / n; }
          if (shape === 'areas' && !P.pointInPolygon({ x: x, y: y }, f.geom)) return;
          var p = self.map.latLngToContainerPoint(self.map.unproject([a[0] * 256 + x, a[1] * 256 + y], zd));
          if (p.x > size.x * .2 && p.x < size.x * .8 && p.y > size.y * .2 && p.y < size.y * .8) {
            out.push([p.x, p.y, f.props.i, s.kind === 'units' ? self.code(s, f.props.i) : null]);
          }
        });
      });
    });
    return out;
  };
  window.CT = CT;
})();
