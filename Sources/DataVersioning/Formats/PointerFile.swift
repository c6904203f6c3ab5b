import Basics
import ConfigurationFiles

/// A `.dvc` file: data under version control by its hash, the bytes elsewhere.
package struct PointerFile: Sendable, Equatable {
    package var path: String
    package var entry: DataEntry
    /// The whole file as read, so that keys that are not ours survive rewriting.
    private var document: JSONValue

    private static let keys = ["outs", "deps", "md5", "wdir", "frozen", "meta", "desc", "cmd", "always_changed"]

    package init(path: String, entry: DataEntry) {
        self.path = path
        self.entry = entry
        document = .map([(String, JSONValue)]())
    }

    /// Where the data is.
    package var dataPath: String { Paths.normalized(Paths.join(Paths.parent(path), entry.path)) }

    /// - Throws: ``ConfigError``, ``FileError``.
    package static func read(_ path: String) throws -> PointerFile {
        let node = try YAMLFile.read(path)
        _ = try ConfigReader(node, keys: keys)
        guard let outs = node[key: "outs"]?.listValue, let first = outs.first, outs.count == 1 else {
            throw ConfigError("found \(node[key: "outs"]?.listValue?.count ?? 0) outputs, expected 1", at: node.mark, code: "data.pointer")
        }
        var pointer = PointerFile(path: path, entry: try DataEntry(first))
        pointer.document = node
        return pointer
    }

    package func write() throws {
        var node = document
        node[key: "outs"] = .list([entry.pointerNode])
        try AtomicFile.write(YAMLWriter.text(node), to: path)
    }
}
