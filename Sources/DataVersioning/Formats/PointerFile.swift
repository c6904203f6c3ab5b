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

    /// The output of this path.
    package func entry(at path: String) -> DataEntry? { entries.first { $0.path.isExactly(path) } }

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
    }

    /// - Parameter source: the `deps` entry of an import; the file's own checksum is computed from all of it.
    package mutating func setSource(_ source: JSONValue) {
        // What else the file says stays, each key at its place.
        document[key: "md5"] = .string("")
        if document[key: "frozen"] == nil { document[key: "frozen"] = .bool(true) }
        document[key: "deps"] = .list([source])
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
        // What a link leads to is not copied here.
        let old = try? OwnFile.text(path)
        try AtomicFile.write(text(over: old), to: path)
    }

    /// The text of the file where it held another one.
    package func text(over old: String?) -> String {
        if let old, old.utf8.contains(UInt8(ascii: "#")),
            let patched = YAMLPatch.text(old, saying: node, file: path)
        {
            return patched
        }
        return YAMLWriter.text(node)
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
                        entries.filter { !everywhere.contains($0.key) }.map { $0.holding(strip($0.value)) }))
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
