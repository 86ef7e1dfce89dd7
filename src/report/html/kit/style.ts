const colours = [
  ['#1b5fa8', '#7db7f0'],
  ['#b1460b', '#ff9d5c'],
  ['#1a7340', '#6fd49a'],
  ['#a3195b', '#ff8ac0'],
  ['#5b3fb0', '#b9a2ff'],
  ['#6b5600', '#e3c84a'],
  ['#00697a', '#5fd3e6'],
  ['#8a1c1c', '#ff9090'],
  ['#4a4a4a', '#c4c4c4'],
  ['#3d6b00', '#a6dc5a'],
] as const;

const variables = (at: 0 | 1) => colours.map((pair, i) => `--c${i}:${pair[at]}`).join(';');
const classes = colours.map((_, i) => `.c${i}{--c:var(--c${i})}`).join('');

/** The colours, light and dark by the reader's setting, and what a chart is drawn with. */
export const chartStyle = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1b1b;--soft:#555;--line:#d5d5d5;--panel:#f5f6f8;--good:#12633a;--bad:#a01818;${variables(0)}}
@media (prefers-color-scheme:dark){:root{--bg:#14161a;--fg:#ececec;--soft:#b4b8c0;--line:#3a3f48;--panel:#1d2127;--good:#6fd49a;--bad:#ff9090;${variables(1)}}}
svg{width:100%;height:auto;display:block;background:var(--panel)}
svg text{fill:var(--fg);font:12px system-ui,sans-serif}
.axes line{stroke:var(--line)}
.axes .edge,.edge{stroke:var(--soft)}
.axes .title{fill:var(--soft)}
${classes}
.series{fill:none;stroke:var(--c);stroke-width:2}
.d1{stroke-dasharray:6 3}.d2{stroke-dasharray:2 3}
.steps circle{fill:var(--c0)}
.mark text{paint-order:stroke;stroke:var(--panel);stroke-width:3px}
.mark circle{fill:var(--soft)}
.mark.policy circle{fill:var(--c4)}.mark.deployed circle{fill:var(--c2)}.mark.today circle{fill:var(--c1)}
.mark.oracle circle{fill:none;stroke:var(--fg);stroke-width:2}
.chosen{fill:none;stroke:var(--fg);stroke-width:2}
.error{fill:var(--line);opacity:.6}
.interval line{stroke:var(--c);stroke-width:3}.interval circle{fill:var(--c)}
.frontier{fill:none;stroke:var(--c0);stroke-width:2.5}
.floors circle{fill:var(--c2);stroke:var(--bg)}
`;

/** The style of the page: light and dark, print, phone width. */
export const style = `${chartStyle}*{box-sizing:border-box}
body{margin:0;overflow-wrap:anywhere;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main,header,footer{max-width:60rem;margin:0 auto;padding:0 1rem;min-width:0}
select,input{max-width:100%}
.controls>div{min-width:0;max-width:100%}
h1{font-size:1.6rem;line-height:1.25;margin:1.5rem 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
a{color:var(--c0)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
.answer{font-size:1.15rem;background:var(--panel);border-left:4px solid var(--c0);padding:1rem;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;padding:0;list-style:none}
.facts li{background:var(--panel);padding:.75rem}
.facts b{display:block;font-size:1.3rem}
.soft,figcaption,caption{color:var(--soft)}
figure{margin:1rem 0}
.chart{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:.5rem 0}
.swatch{display:inline-block;width:1rem;height:.6rem;background:var(--c);margin-right:.4rem}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.25rem 0}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th[scope=row],th:first-child,.left{text-align:left}
.good{color:var(--good)}.bad{color:var(--bad)}
.controls{display:flex;flex-wrap:wrap;gap:1rem;align-items:end;margin:.5rem 0}
.controls label{display:block}
.controls .wide{flex:1 1 20rem}
input,select,button{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--soft);padding:.35rem .5rem}
input[type=range]{padding:0;width:100%}
:focus-visible{outline:3px solid var(--c0);outline-offset:2px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem}
pre{max-width:100%;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);padding:.75rem;max-height:20rem;overflow:auto;margin:0}
[hidden]{display:none}
@media print{nav,.controls,.only-script{display:none}details{display:block}body{font-size:11pt}.scroll{overflow:visible}}
@media (max-width:30rem){body{font-size:15px}th,td{padding:.25rem .35rem}.chart svg{width:36rem}}
`;
