/// A small reader of HTML and SVG as this project writes them: which tags open, which are left open.
struct Markup {
    private(set) var tags: [(name: String, attributes: String)] = []
    /// What did not close in order.
    private(set) var problems: [String] = []

    private static let void: Set<String> = ["!doctype", "meta", "path", "circle", "rect", "?xml"]

    init(_ text: String) {
        var open: [String] = [], rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else {
                problems.append("a tag without an end")
                break
            }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                if open.popLast() != String(tag.dropFirst()) {
                    problems.append("</\(tag.dropFirst())> without a start")
                }
                continue
            }
            let name = String(tag.prefix { $0 != " " && $0 != "/" }), isClosed = tag.hasSuffix("/")
            tags.append((name, String(tag.dropFirst(name.count))))
            if !isClosed, !Markup.void.contains(name) || name == "circle" { open.append(name) }
        }
        if !open.isEmpty { problems.append("left open: \(open)") }
    }

    func count(_ name: String) -> Int { tags.count { $0.name == name } }
    func attributes(_ name: String) -> [String] { tags.filter { $0.name == name }.map(\.attributes) }
}
