package import Basics
package import Workflows

/// What `add`, `move` and `commit` recorded in pointers.
package struct RecordedDataDocument: Document {
    /// What was done to the data; the key of the list in the JSON document.
    package enum Verb: String, Sendable { case added, moved, committed }

    private let verb: Verb
    private let data: [RecordedData]
    private let directory: String

    /// - Parameter directory: absolute; people read paths from there.
    package init(_ verb: Verb, _ data: [RecordedData], directory: String) {
        self.verb = verb
        self.data = data
        self.directory = directory
    }

    package var body: JSONValue {
        let items = data.map { item in
            var node = JSONValue.map([
                "pointer": .string(item.pointer), "md5": .string(item.md5), "size": .int(item.bytes),
                "files": .int(item.files ?? 1),
            ])
            if item.droppedFiles > 0 {
                node[key: "dropped"] = .map([
                    "files": .int(item.droppedFiles), "notInCache": .int(item.droppedNotInCache),
                ])
            }
            return node
        }
        return .map([(verb.rawValue, .list(items))])
    }

    package func text(_ style: TextStyle) -> String {
        if data.isEmpty { return "Nothing to commit." }
        let lines = data.map { item in
            let path = Paths.relative(item.pointer, to: directory)
            let line = style.wrapped("\(path)  \(item.md5)  \(sizeText(item.bytes, files: item.files))", indent: 2)
            guard let note = note(item, path) else { return line }
            return line + "\n" + style.wrapped(note, indent: 2)
        }
        return lines.joined(separator: "\n")
    }
}

extension RecordedDataDocument {
    /// What a directory lost because it does not stand here.
    private func note(_ item: RecordedData, _ path: String) -> String? {
        guard item.droppedFiles > 0 else { return nil }
        let data = path.hasSuffix(".dvc") ? String(path.dropLast(4)) : path
        return "note: \(item.droppedFiles) recorded files did not stand in the workspace and are on record no more"
            + (item.droppedNotInCache == 0 ? "" : ", \(item.droppedNotInCache) of them not in the cache either")
            + "; to keep them: git checkout \(path), hftml pull \(data), and add only what is new: "
            + "hftml add \(data)/PART"
    }
}

/// `1.5 MB in 12 files`.
func sizeText(_ bytes: Int, files: Int?) -> String {
    byteText(bytes) + (files.map { " in \($0) files" } ?? "")
}
