/// The one style sheet of all pages.
///
/// Colours are variables, so that dark is a second list of them and nothing else. Plots are drawn 520 or 1040 units
/// wide: a narrow screen gets the narrow drawing, with larger letters, since it is shown at two thirds of its size.
enum StyleSheet {
    static let text = """
        :root{color-scheme:light dark;--ink:#1c2733;--soft:#566372;--line:#d5dce4;--back:#fff;--band:#f4f6f9;
        --good:#16794c;--bad:#b42318;--open:#8a5a00;
        --s0:#2563a8;--s1:#c2661a;--s2:#2f855a;--s3:#7c4dd8;--s4:#b83280;--s5:#0e7490;--s6:#8a6508;--s7:#4a5568}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e9ef;--soft:#9fadbb;--line:#36434f;
        --back:#141b22;--band:#1c252e;
        --good:#4fc08d;--bad:#ff8a7a;--open:#e3b04b;
        --s0:#6fb0f2;--s1:#f0954a;--s2:#63c792;--s3:#b197fc;--s4:#f080bd;--s5:#4fc3dc;--s6:#d9b43c;--s7:#a3b1c2}}
        *{box-sizing:border-box}
        body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:1112px;
        margin:0 auto;padding:1.5rem 1rem 3rem;overflow-wrap:anywhere}
        .title{color:var(--soft);margin:0;font-size:.95rem}
        h1{font-size:1.5rem;line-height:1.3;margin:.1rem 0 .6rem}
        h1.good{color:var(--good)}h1.bad{color:var(--bad)}h1.open{color:var(--open)}
        h2{font-size:1.1rem;line-height:1.35;margin:2.2rem 0 .6rem}
        h3{font-size:1rem;line-height:1.35;margin:1.4rem 0 .4rem}
        p{margin:.3rem 0;max-width:75ch}header p{color:var(--soft)}
        code{font:.9em ui-monospace,monospace}
        .scroll{overflow-x:auto;max-width:100%}
        .scroll:focus-visible{outline:2px solid var(--s0)}
        table{border-collapse:collapse;font-size:.95rem;overflow-wrap:normal}
        td,th{padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top}
        thead th{border-top:0;color:var(--soft);font-weight:600;white-space:nowrap}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        td ul{margin:.2rem 0 0;padding-left:1.1rem}
        .passed{color:var(--good)}.failed{color:var(--bad)}.warned,.waived{color:var(--open)}
        .status{font-weight:600;white-space:nowrap}
        .tag{display:none;color:var(--soft)}
        .cells{shape-rendering:crispEdges}
        .plots{display:flex;flex-wrap:wrap;gap:1rem 1.5rem;align-items:flex-start}
        figure{margin:0;max-width:100%}
        figcaption{color:var(--soft);font-size:.95rem;max-width:520px}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:.2rem 0;padding:0;font-size:.9rem}
        .legend i{display:inline-block;width:1.1em;height:.3em;border-radius:.15em;
        margin-right:.45em;vertical-align:middle}
        .legend i.dot{width:.65em;height:.65em;border-radius:50%}
        svg{display:block;max-width:100%;height:auto}
        svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
        svg .name{fill:var(--ink)}
        .grid{stroke:var(--line);stroke-width:1;fill:none}.axis{stroke:var(--soft);stroke-width:1;fill:none}
        .curve{fill:none;stroke-width:2;stroke-linejoin:round}
        circle{stroke:var(--back);stroke-width:.7}circle.pruned{fill:none;stroke:var(--soft);stroke-width:1.2}
        path.trial{fill:none;opacity:.6;stroke-width:1.3}
        circle:hover,path.trial:hover{stroke:var(--ink);stroke-width:2.5;opacity:1}
        .l0{stroke:var(--s0)}.l1{stroke:var(--s1)}.l2{stroke:var(--s2)}.l3{stroke:var(--s3)}
        .l4{stroke:var(--s4)}.l5{stroke:var(--s5)}.l6{stroke:var(--s6)}.l7{stroke:var(--s7)}
        .f0{fill:var(--s0);background:var(--s0)}.f1{fill:var(--s1);background:var(--s1)}
        .f2{fill:var(--s2);background:var(--s2)}.f3{fill:var(--s3);background:var(--s3)}
        .f4{fill:var(--s4);background:var(--s4)}.f5{fill:var(--s5);background:var(--s5)}
        .f6{fill:var(--s6);background:var(--s6)}.f7{fill:var(--s7);background:var(--s7)}
        .fo{fill:var(--soft);background:var(--soft)}.lo{stroke:var(--soft)}
        svg.narrow{display:none}
        @media(max-width:1080px){svg.full{display:none}svg.narrow{display:block}}
        @media(max-width:600px){svg text{font-size:16.5px}.plots{gap:1rem}h1{font-size:1.3rem}
        .rules thead{position:absolute;left:-99rem}.rules tr{display:block;border-top:1px solid \
        var(--line);padding:.4rem 0}
        .rules td{display:block;border:0;padding:0}.rules td:first-child{float:right}
        .rules td:nth-child(2){font-weight:600}.rules .tag{display:inline}
        .sides{table-layout:fixed;width:100%;overflow-wrap:anywhere}}
        @media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;--band:#fff;
        --good:#0b5c37;--bad:#8f1a12;--open:#6b4600}
        body{max-width:none;padding:0;font-size:11pt}.scroll{overflow:visible}table{font-size:9pt}
        thead{display:table-header-group}tr,figure{break-inside:avoid}h2,h3{break-after:avoid}}
        """
}
