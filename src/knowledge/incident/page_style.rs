//! The look of a page. It loads nothing from anywhere.

pub(super) const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5b6670; --line: #d9dee3;
  --ground: #fbfbf9; --card: #ffffff; --bar: #4f7a94; --mark: #a4542c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e6e8; --soft: #98a2ab; --line: #343b42;
  --ground: #16191c; --card: #1d2125; --bar: #7fa9c2; --mark: #d99062; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--ground);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; font-weight: 600; margin: 2.5rem 0 .75rem; }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem 1.25rem; }
code { font: .86em/1.5 ui-monospace, 'Cascadia Mono', Menlo, monospace; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th { text-align: left; font-weight: 500; color: var(--soft); }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
td.t { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--soft); }
ul, ol { margin: .3rem 0; padding-left: 1.25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg rect { fill: var(--bar); }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg line { stroke: var(--line); }
.kind { color: var(--mark); }
@media print { body { max-width: none; padding: 0; } }
";
