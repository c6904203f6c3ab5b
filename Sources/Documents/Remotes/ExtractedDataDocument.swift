package import Basics
package import Workflows

/// Where `get` wrote data of a revision, or as it was known on a day.
package struct ExtractedDataDocument: Document {
    private let path: String
    private let md5: String
    private let known: GetData.Known?

    /// - Parameter path: as typed.
    package init(path: String, md5: String, known: GetData.Known? = nil) {
        self.path = path
        self.md5 = md5
        self.known = known
    }

    package var body: JSONValue {
        var body = JSONValue.map(["path": .string(path), "md5": .string(md5)])
        guard let known else { return body }
        if let commit = known.commit { body[key: "commit"] = .string(commit) }
        for (key, count) in [
            ("files", known.recorded + known.backfilled), ("recorded", known.recorded),
            ("backfilled", known.backfilled), ("revisedSince", known.revised), ("later", known.later),
            ("withdrawn", known.withdrawn),
        ] { body[key: key] = .int(count) }
        if let doubt = known.doubt { body[key: "warning"] = .string(doubt) }
        return body
    }

    package func text(_ style: TextStyle) -> String {
        let head = style.wrapped("\(path)  \(md5)", indent: 2)
        guard let known else { return head }
        var lines = ["\(known.recorded) as recorded by then"]
        if known.backfilled > 0 {
            lines.append("\(known.backfilled) first recorded later, in their first version")
        }
        if known.revised > 0 { lines.append("\(known.revised) corrected since; the corrections are not in it") }
        if known.later > 0 { lines.append("\(known.later) left out, of later days") }
        if known.withdrawn > 0 { lines.append("\(known.withdrawn) left out, withdrawn by then") }
        if let doubt = known.doubt { lines.append("warning: \(doubt)") }
        return ([head] + lines.map { style.wrapped("  " + $0, indent: 4) }).joined(separator: "\n")
    }
}
