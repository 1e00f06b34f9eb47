import { palette } from './palette.ts';

const LIGHT = `${palette.light}--paper:#fffefb;--ink:#1c1f23;--soft:#565d66;--rule:#dcd9d0;--grid:#eceae3;--axis:#9a9a94;
--mark:#fde8d7;--wash:#f6f4ee;`;
const DARK = `${palette.dark}--paper:#15171b;--ink:#e8e6e1;--soft:#a5abb3;--rule:#34383f;--grid:#272b31;--axis:#6b727b;
--mark:#4a2c17;--wash:#1d2025;`;

/** The page's one style sheet: system fonts, two color schemes, a phone, and paper. */
export const style = `
:root{color-scheme:light dark;${LIGHT}
--serif:'Iowan Old Style',Charter,'Bitstream Charter','Source Serif 4','Palatino Linotype',Palatino,Georgia,'Noto Serif',serif;
--sans:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',Arial,sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 var(--sans);font-variant-numeric:tabular-nums lining-nums}
main{max-width:50rem;margin:0 auto;padding:4.5rem 1.25rem 5rem}
h1{font:600 1.05rem/1.3 var(--sans);margin:0;overflow-wrap:anywhere}
h2{font:400 1.45rem/1.25 var(--serif);margin:0 0 .5rem;text-wrap:balance}
h3{font:600 .8125rem/1.4 var(--sans);margin:0 0 .4rem}
p{margin:0 0 .75rem;text-wrap:pretty}
section{margin-top:4.25rem}
.lead{max-width:42rem;color:var(--soft);margin-bottom:1.5rem}
.kicker{color:var(--soft);font-size:.8125rem;margin:0 0 .2rem}
.facts{display:flex;flex-wrap:wrap;gap:.1rem 1.6rem;margin:.5rem 0 0;color:var(--soft);font-size:.875rem}
.facts div{display:flex;gap:.45rem;min-width:0}
.facts dt{flex:none}
.facts dd{margin:0;color:var(--ink);overflow-wrap:anywhere}
.headline{font:400 1.75rem/1.38 var(--serif);margin:2.6rem 0 0;text-wrap:pretty;overflow-wrap:break-word}
.caveat{font:italic 400 1.125rem/1.5 var(--serif);color:var(--soft);margin:.9rem 0 0;text-wrap:pretty}
.coverage{margin:1.4rem 0 0;font-size:.8125rem;color:var(--soft)}
.arms{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.3rem 2rem;margin:0 0 2rem;font-size:.875rem}
.arms div{display:flex;gap:.6rem}
.arms dt{flex:none;min-width:6.75rem;font-weight:600}
.arms dd{margin:0;color:var(--soft)}
.nb{white-space:nowrap}
.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1.75rem 1.75rem;margin:3.25rem 0 0;padding:0}
.key div{display:flex;flex-direction:column;border-top:1px solid var(--ink);padding-top:.7rem;min-width:0}
.key dt{font-size:.8125rem;line-height:1.4;color:var(--soft);order:3;margin-top:.35rem}
.key dd{margin:0}
.key .value{font:400 2.25rem/1.1 var(--serif);order:1;margin-bottom:.45rem;font-variant-numeric:lining-nums}
.key .bounds{font-size:.8125rem;order:2}
figure{margin:0}
figcaption{margin-top:1rem;max-width:44rem;font-size:.8438rem;line-height:1.55;color:var(--soft);text-wrap:pretty}
main{counter-reset:figure}
figure.numbered{counter-increment:figure}
figcaption b{color:var(--ink);font-weight:600}
figure.numbered figcaption::before{content:'Figure ' counter(figure) '. ';color:var(--ink);font-weight:600}
.panels{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.5rem 2.5rem}
.multiples{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:1.5rem 1.5rem}
.multiples>div{display:flex;flex-direction:column;justify-content:space-between}
.multiples h3{overflow-wrap:anywhere}
.note{font-weight:400;display:block}
figure>details{margin:1.75rem 0 0}
.picture{display:block;width:100%;height:auto;margin:0 0 .7rem}
.picture+.condition{margin-top:.2rem}
.weights{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.15rem .6rem;align-items:center;font-size:.75rem;line-height:1.3;margin:0 0 .7rem}
.weights svg{display:block;width:100%;height:1.05rem}
.condition{font-size:.8125rem;color:var(--soft);margin:0 0 .3rem}
figure+figure{margin-top:2.75rem}
.panel-letter{margin-right:.5em}
.plot{display:block;width:100%;height:auto;overflow:visible;color:var(--ink);font-family:var(--sans);font-variant-numeric:tabular-nums}
.plot text,.plot tspan{white-space:pre}
.narrow{display:none}
.key-line{display:flex;flex-wrap:wrap;gap:.15rem 1.25rem;margin:0 0 .6rem;padding:0;list-style:none;font-size:.8125rem;color:var(--soft)}
.key-line svg{width:1.15em;height:.7em;margin-right:.4em;overflow:visible}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
.scroll:focus-visible{outline:2px solid var(--intervention-0);outline-offset:3px}
table{border-collapse:collapse;width:100%;font-size:.8125rem;line-height:1.45}
thead th{font-weight:600;text-align:left;vertical-align:bottom;padding:.4rem .9rem .4rem 0;border-bottom:1px solid var(--ink);white-space:nowrap}
td,tbody th{padding:.38rem .9rem .38rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400}
.num{text-align:right;white-space:nowrap}
.failed{color:var(--organism)}
.after{margin-top:1.75rem}
.table-note{margin-top:.75rem;font-size:.8125rem;line-height:1.55;color:var(--soft);max-width:44rem}
.verdicts{margin-bottom:2rem}
.claims tbody th{white-space:normal;width:56%}
.claims b{font-weight:600}
.ways td.told{box-shadow:inset 3px 0 var(--organism);padding-left:.6rem}
.rows td{white-space:nowrap}
tbody th{white-space:nowrap}
tbody th.sum{font-weight:600;min-width:8rem;white-space:normal}
.dim{color:var(--soft)}
.exchange{margin:0 0 2.25rem}
.exchange table{table-layout:fixed}
.exchange thead td{width:5.25rem;border-bottom:1px solid var(--ink)}
.exchange tbody th{color:var(--soft)}
.exchange thead th,.exchange tbody td{padding-left:.6rem}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
.exchange td.shown{box-shadow:inset 3px 0 var(--organism);background:var(--mark)}
.exchange .tag{display:block;font-size:.75rem;color:var(--organism);margin-top:.15rem}
mark{background:none;color:inherit;border-bottom:2px solid var(--organism);padding-bottom:1px}
details{border-top:1px solid var(--rule);padding:.8rem 0}
details:last-of-type{border-bottom:1px solid var(--rule)}
summary{cursor:pointer;font-weight:600;font-size:.9375rem}
summary .dim{font-weight:400}
details>:not(summary){margin-top:.9rem}
.glossary{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.4rem 1.5rem;font-size:.875rem;margin-bottom:0}
.glossary div{display:contents}
.glossary dt{font-weight:600}
.glossary dd{margin:0;color:var(--soft)}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere}
pre{margin:0;padding:.9rem 1rem;background:var(--wash);font:.8125rem/1.55 var(--mono);overflow-x:auto;tab-size:2}
code{font:.9em var(--mono);overflow-wrap:anywhere}
.limits{margin-top:4.25rem;font-size:.875rem;color:var(--soft);max-width:44rem}
@media (max-width:700px){
main{padding:2.25rem 1rem 3.5rem}
section{margin-top:3.25rem}
.headline{font-size:1.3125rem;line-height:1.42;margin-top:1.75rem}
.caveat{font-size:1rem}
.arms{grid-template-columns:1fr}
.key{grid-template-columns:1fr 1fr;gap:1.5rem 1.25rem;margin-top:2.25rem}
.key .value{font-size:1.75rem}
.panels{grid-template-columns:minmax(0,1fr);gap:2.25rem}
.multiples{grid-template-columns:repeat(2,minmax(0,1fr));gap:1.25rem 1rem}
.exchange table,.exchange tbody{display:block}
.exchange thead{display:none}
.exchange tr{display:grid;grid-template-columns:1fr 1fr;column-gap:.75rem;border-top:1px solid var(--rule);padding:.5rem 0}
.exchange tbody th,.exchange td{border:0;padding:.3rem .5rem .3rem 0}
.exchange tbody th,.exchange td:nth-child(2){grid-column:1/-1}
.exchange tbody th{padding-bottom:0;font-weight:600}
.exchange tbody td{padding-left:0}
.exchange tbody td.shown{padding-left:.6rem}
.exchange td:nth-child(n+3)::before{content:'before';display:block;font-size:.75rem;color:var(--soft)}
.exchange td:nth-child(4)::before{content:'after'}
.verdicts thead,.claims thead{display:none}
.claims tbody th,.claims td{display:block;border:0;padding:.1rem 0;width:auto}
.claims tr{display:block;border-bottom:1px solid var(--rule);padding:.5rem 0}
.claims td:last-child{font-weight:600}
.claims td:nth-child(2)::before{content:'to be '}
.claims td:nth-child(3)::before{content:'found '}
.claims td .note{display:inline}
.verdicts tr{display:grid;grid-template-columns:auto 1fr;border-bottom:1px solid var(--rule);padding:.4rem 0}
.verdicts tbody th,.verdicts td{border:0;padding:.1rem 0}
.verdicts tbody th{font-weight:600;grid-column:1/-1}
.verdicts .num{text-align:left}
.verdicts td:nth-child(2)::after{content:'\\00a0\\2192\\00a0'}
.verdicts td:last-child{grid-column:1/-1}
.panels .plot,.narrow .plot{max-width:30rem}
.wide{display:none}
.narrow{display:block}
.glossary{grid-template-columns:1fr;gap:0}
.glossary dd{margin-bottom:.7rem}
}
@page{margin:18mm 16mm}
@media print{
:root{color-scheme:light;${LIGHT}--paper:#fff}
body{font-size:10.5pt}
main{max-width:none;padding:0}
section{margin-top:2.2rem}
.headline{font-size:16pt;margin-top:1.4rem}
.key{margin-top:1.6rem;grid-template-columns:repeat(4,1fr);gap:1rem}
.key .value{font-size:20pt}
.wide{display:block}
.narrow{display:none}
.panels{grid-template-columns:repeat(2,minmax(0,1fr));gap:1.5rem}
figure,.exchange,tr,h2,.lead,.key div,.arms{break-inside:avoid}
h2,.lead,h3,.arms,.key-line{break-after:avoid}
.scroll{overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:8.5pt}
details.print::details-content{content-visibility:visible;block-size:auto;display:block}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
