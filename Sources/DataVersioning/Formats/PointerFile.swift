package import Basics
import ConfigurationFiles

/// A `.dvc` file: data under version control by its hash, the bytes elsewhere. With `deps` it is an import and
/// remembers its source.
package struct PointerFile: Sendable, Equatable {
    package var path: String
    /// Usually one.
    package var entries: [DataEntry]
    /// The whole file as read, so that keys that are not ours survive rewriting.
    package private(set) var document: JSONValue

    private static let keys = [
        "outs", "deps", "md5", "wdir", "frozen", "meta", "desc", "cmd", "always_changed", "params",
    ]

    package init(path: String, entry: DataEntry) {
        self.path = path
        entries = [entry]
        document = .map([(String, JSONValue)]())
    }

    /// The first output, which nearly always is the only one.
    package var entry: DataEntry {
        get { entries[0] }
        set { entries[0] = newValue }
    }

    private var base: String { Paths.join(Paths.parent(path), document[key: "wdir"]?.stringValue ?? ".") }

    /// Where the data is.
    package var dataPath: String { dataPath(entry) }
    package func dataPath(_ entry: DataEntry) -> String { Paths.normalized(Paths.join(base, entry.path)) }

    /// Where an import comes from.
    package var source: JSONValue? { document[key: "deps"]?.listValue?.first }
    package var isImport: Bool { source != nil }

    /// - Throws: ``ConfigError``, ``FileError``.
    package static func read(_ path: String) throws -> PointerFile {
        try PointerFile(path, text: try FileChunks.text(path))
    }

    /// - Parameter text: what the file holds, or held at a Git revision.
    package init(_ path: String, text: String) throws {
        let node = try YAMLFile.parse(text, file: path)
        _ = try ConfigReader(node, keys: PointerFile.keys)
        guard let outs = node[key: "outs"]?.listValue, !outs.isEmpty else {
            throw ConfigError(
                "found no outputs, expected a list 'outs' with at least one",
                at: node.mark ?? SourceMark(file: path, line: 1, column: 1), code: "data.pointer")
        }
        self.path = path
        entries = try outs.map { try DataEntry($0) }
        document = node
        for entry in entries
        where entry.path.hasPrefix("/") || ["..", "."].contains(Paths.normalized(entry.path))
            || Paths.normalized(Paths.join(document[key: "wdir"]?.stringValue ?? ".", entry.path)).hasPrefix("..")
        {
            throw ConfigError(
                "found the output '\(entry.path)', expected a path beside or below the pointer",
                at: outs.first?[key: "path"]?.mark ?? node.mark, code: "data.outside",
                hint: "nothing was written; hftml keeps data inside the directory of its pointer")
        }
    }

    /// - Parameter source: the `deps` entry of an import; the file's own checksum is computed from all of it.
    package mutating func setSource(_ source: JSONValue) {
        document = .map([("md5", .string("")), ("frozen", .bool(true)), ("deps", .list([source]))])
    }

    package mutating func set(_ key: String, _ value: JSONValue?) { document[key: key] = value }

    /// As it will stand in the file.
    package var node: JSONValue {
        var node = document
        node[key: "outs"] = .list(entries.map(\.pointerNode))
        if isImport { node[key: "md5"] = .string(PointerFile.checksum(node)) }
        return node
    }

    /// Writes the file: in DVC's layout, or, where the user keeps comments, by changing only the values that changed.
    package func write() throws {
        let node = node
        if Paths.exists(path), let old = try? FileChunks.text(path), old.contains("#"),
            let patched = PointerFile.patch(old, to: node, file: path)
        {
            return try AtomicFile.write(patched, to: path)
        }
        try AtomicFile.write(YAMLWriter.text(node), to: path)
    }

    /// The text with new scalar values, comments untouched; nil when that does not give exactly the new document.
    private static func patch(_ text: String, to node: JSONValue, file: String) -> String? {
        guard let out = node[key: "outs"]?.listValue, out.count == 1 else { return nil }
        var lines = text.textLines(omittingEmpty: false).map(String.init)
        for key in ["md5", "size", "nfiles"] {
            guard let value = out[0][key: key] else { continue }
            // The last one: an import has a checksum of its own above.
            guard
                let index = lines.lastIndex(where: { line in
                    line.trimmed.hasPrefix("\(key): ") || line.trimmed.hasPrefix("- \(key): ")
                }),
                let colon = lines[index].firstIndex(of: ":")
            else { return nil }
            let rest = lines[index][lines[index].index(after: colon)...]
            let comment = rest.firstIndex(of: "#").map { " " + rest[$0...] } ?? ""
            let written = YAMLWriter.text(.map([(key, value)])).trimmed.dropFirst(key.count + 2)
            lines[index] = lines[index][...colon] + " " + written + comment
        }
        let patched = lines.joined(separator: text.lineEnd)
        return (try? YAMLFile.parse(patched, file: file)) == node ? patched : nil
    }

    /// The checksum that an import carries: MD5 of its canonical JSON without what does not identify it.
    package static func checksum(_ node: JSONValue) -> String {
        let everywhere: Set<String> = [
            "desc", "type", "labels", "meta", "locked", "frozen", "metric", "persist", "isexec", "size", "nfiles",
        ]
        func strip(_ node: JSONValue) -> JSONValue {
            switch node.kind {
            case .map(let entries):
                JSONValue(
                    .map(
                        entries.filter { !everywhere.contains($0.key) }.map {
                            JSONValue.Entry(key: $0.key, value: strip($0.value))
                        }))
            case .list(let items): .list(items.map(strip))
            default: node
            }
        }
        var stage = node
        stage[key: "md5"] = nil
        if stage[key: "wdir"]?.stringValue == "." { stage[key: "wdir"] = nil }
        return Digest.md5(Array(strip(stage).text(.canonical).utf8))
    }
}
