/** How the HTML report looks: on a screen of any width, light or dark, and on A4 paper. */
export const style = `
:root { color-scheme: light dark; --text: #1c1c1c; --soft: #595959; --line: #d4d4d4; --ground: #ffffff; --tint: #f4f6f8; --link: #0b5394; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --soft: #a6a6a6; --line: #444444; --ground: #161616; --tint: #222222; --link: #8ab8ee; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1.25rem 4rem; background: var(--ground); color: var(--text); font: 1rem/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: 1.35rem; line-height: 1.25; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
p, dl, .answers { max-width: 46rem; margin: 0 0 1rem; }
a { color: var(--link); }
code { font: .9em ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.lead { color: var(--soft); }
.answers { padding: 0; list-style: none; }
.answers li { margin: 0 0 1rem; padding-left: 1rem; border-left: 3px solid var(--line); }
.question { font-weight: 600; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
figure { max-width: 56rem; margin: 1.25rem 0 1.5rem; }
.picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; background: #ffffff; }
.picture svg { display: block; width: 100%; min-width: 36rem; height: auto; }
figcaption { max-width: 46rem; margin-top: .5rem; color: var(--soft); font-size: .9rem; }
td code, th code { overflow-wrap: normal; white-space: nowrap; }
.scroll { overflow-x: auto; margin: 0 0 1.25rem; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.35; }
caption { padding: 0 0 .4rem; color: var(--soft); text-align: left; }
caption span { display: inline-block; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { padding: .3rem .65rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom: 2px solid var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; white-space: nowrap; }
.name { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
thead .number { white-space: normal; }
.none { color: var(--soft); }
.better, .worse { font-weight: 600; white-space: nowrap; }
tr:target { background: var(--tint); outline: 2px solid var(--link); }
.wide table { font-size: .76rem; }
@media (max-width: 34rem) {
  body { padding: 1rem .85rem 3rem; }
  h1 { font-size: 1.5rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@page { size: A4; margin: 15mm 14mm; }
@page wide { size: A4 landscape; margin: 12mm; }
@media print {
  :root { color-scheme: light; --soft: #444444; --line: #b5b5b5; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h2, h3, caption { break-after: avoid; }
  h2 { margin-top: 1.5rem; }
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  figure, tr, .answers li { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll, .picture { overflow: visible; border: 0; }
  .picture svg { min-width: 0; }
  figure { max-width: none; }
  td code, th code { overflow-wrap: anywhere; white-space: normal; }
  caption span { position: static; max-width: none; }
  table { font-size: 7.3pt; }
  th, td { padding: 1.5pt 5pt 1.5pt 0; }
  .grid { break-before: page; }
  .short { break-inside: avoid; }
  .wide { page: wide; }
  .wide .name { white-space: normal; }
  .wide table { font-size: 6.5pt; }
}
`;
