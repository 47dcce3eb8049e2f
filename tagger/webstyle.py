"""The look of the page: light, narrow enough to read, and fit for paper."""

CSS = """
:root { --ink: #1d2430; --soft: #5b6472; --line: #dde1e7; --blue: #1f5fa8; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; color: var(--ink);
  background: #fff; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
  "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 .5rem; border-bottom: 2px solid var(--blue);
  padding-bottom: .3rem; overflow-wrap: anywhere; }
h3 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p, li { max-width: 46rem; }
a { color: var(--blue); }
nav { background: #f5f7fa; border-radius: .4rem; padding: .8rem 1rem; margin: 1rem 0; }
nav ul { margin: .2rem 0; padding-left: 1.2rem; }
.files { color: var(--soft); overflow-wrap: anywhere; }
.help { color: var(--soft); font-size: .95rem; }
.cards { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; }
.card { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem;
  min-width: 7rem; }
.card b { display: block; font-size: 1.35rem; line-height: 1.3; }
.card span { color: var(--soft); font-size: .85rem; }
.card.main { background: var(--blue); border-color: var(--blue); }
.card.main b, .card.main span { color: #fff; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th:first-child, thead th:first-child { text-align: left; font-weight: 600;
  padding-left: .2rem;
  overflow-wrap: anywhere; min-width: 5rem; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom;
  overflow-wrap: normal; }
.bar { position: relative; min-width: 7rem; background: #eef1f5; }
.bar i { position: absolute; inset: 0 auto 0 0; background: #b9d3ef; }
.bar span { position: relative; padding: 0 .3rem; }
.plot img { display: block; max-width: 100%; height: auto; }
.plot.wide img { min-width: 34rem; }
.row { display: flex; flex-wrap: wrap; gap: 1.2rem; }
.row > div { flex: 0 1 18.5rem; }
.error { border-top: 1px solid var(--line); padding: .6rem 0; }
.error p { margin: .2rem 0; overflow-wrap: anywhere; }
.count { display: inline-block; min-width: 3.2rem; font-weight: 700; }
.example { margin: .4rem 0 .4rem .2rem; padding-left: .8rem;
  border-left: 3px solid var(--line); font-size: .92rem; }
.example p { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr);
  max-width: none; }
q { quotes: "“" "”"; color: var(--ink); }
.who { color: var(--soft); }
mark { background: none; color: inherit; padding: 0; }
mark u { text-decoration: none; border-radius: .25rem; padding: .05rem .3rem;
  margin: 0 .05rem; }
mark sub { font-size: .7rem; font-weight: 700; vertical-align: baseline;
  margin-right: .25rem; }
.gold u { background: #d9f0dc; }
.predicted u { background: #fde0cc; }
.warning { border-left: 4px solid #c2570c; background: #fdf3ec; padding: .5rem .8rem;
  overflow-wrap: anywhere; }
pre { overflow-x: auto; background: #f5f7fa; padding: .8rem; font-size: .8rem;
  line-height: 1.35; }
summary { cursor: pointer; color: var(--blue); }
@media (max-width: 34rem) {
  .example p { grid-template-columns: minmax(0, 1fr); }
  table { font-size: .82rem; }
  th, td { padding: .25rem .3rem; }
  th:first-child { min-width: 3.5rem; }
  .bar { min-width: 4.5rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2, h3, h4 { break-after: avoid; }
  .error, .plot, tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
