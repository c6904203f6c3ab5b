/// The frame of a report: one HTML file that needs nothing else, in light and dark.
enum HTMLPage {
    /// - Parameters:
    ///   - summary: plain text, a paragraph each.
    ///   - sections: heading as plain text, and HTML.
    static func text(title: String, summary: [String], sections: [(String, String)]) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(SVG.escaped(title))</title><style>
        :root{color-scheme:light dark;--ink:#1c2733;--soft:#6b7a8a;--line:#dde3ea;--back:#fff;--mark:#2563a8}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e9ef;--soft:#93a1b0;--line:#33404d;--back:#141b22;--mark:#6fb0f2}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:1080px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}p{color:var(--soft);margin:.25rem 0}
        svg{max-width:100%;height:auto;margin:0 .5rem .5rem 0}text{font:12px system-ui,sans-serif;fill:var(--soft)}.axis{stroke:var(--line);fill:none}.best{stroke:var(--mark);fill:none;stroke-width:2}
        circle{opacity:.8}circle.pruned{fill:none;stroke:var(--soft);opacity:.5}circle:hover,path.trial:hover{stroke:var(--ink);stroke-width:2;opacity:1}path.trial{fill:none;opacity:.55}
        table{border-collapse:collapse}td,th{padding:.3rem .7rem;border-top:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}th{color:var(--soft)}
        figure{display:inline-block;margin:0}figcaption{color:var(--soft);text-align:center;max-width:500px}
        </style></head><body><h1>\(SVG.escaped(title))</h1>
        \(summary.map { "<p>\(SVG.escaped($0))</p>" }.joined(separator: "\n"))
        \(sections.map { "<h2>\(SVG.escaped($0.0))</h2>\n\($0.1)" }.joined(separator: "\n"))
        </body></html>

        """
    }
}
