import Basics
import DataVersioning

/// Where a directory that `get` wrote was taken from, in a small file beside it: of `known`, `known.source.json`.
///
/// Without it the pattern of its files' names would be lost, and with the pattern the instruments; and nobody could say
/// what was known when.
struct ExtractedSource: Equatable {
    /// As it was asked for: `Data/daily@as-of:2024-03-01`.
    let reference: String
    /// The output under version control, relative to the workspace.
    let source: String
    /// Of it, where only a part was written.
    let part: String?
    /// How its files are named.
    let pattern: String
    /// Of what was written; nil where it is a part of a revision.
    let md5: String?

    /// The data that was meant, relative to the workspace.
    var meant: String { part.map { "\(source)/\($0)" } ?? source }

    static func path(of data: String) -> String { "\(data).source.json" }

    init(reference: String, source: String, part: String?, pattern: String, md5: String?) {
        (self.reference, self.source, self.part, self.pattern, self.md5) = (reference, source, part, pattern, md5)
    }

    /// Nil where there is none, or the file of that name is somebody's own.
    ///
    /// - Throws: ``FileError`` for a file that cannot be read.
    init?(beside data: String) throws {
        let file = ExtractedSource.path(of: data)
        guard Paths.exists(file), !Paths.isDirectory(file) else { return nil }
        let node: JSONValue
        do { node = try JSONParser.parse(try FileChunks.bytes(file), file: file) } catch is ConfigError { return nil }
        guard node[key: "schemaVersion"]?.intValue == 1, let source = node[key: "source"]?.stringValue,
            let pattern = node[key: "pattern"]?.stringValue
        else { return nil }
        self.init(
            reference: node[key: "reference"]?.stringValue ?? source, source: source,
            part: node[key: "part"]?.stringValue, pattern: pattern, md5: node[key: "md5"]?.stringValue)
    }

    /// - Throws: ``Failure`` with code `data.exists` where somebody's own file of that name stands.
    static func requireFree(beside data: String) throws {
        let file = path(of: data)
        guard Paths.exists(file), try ExtractedSource(beside: data) == nil else { return }
        throw Failure(
            "data.exists", "found '\(file)', which would say where '\(data)' comes from",
            hint: "move it away, or choose another target", exitStatus: .usage)
    }

    func write(beside data: String) throws {
        let node = JSONValue.map([
            ("schemaVersion", .int(1)), ("reference", .string(reference)), ("source", .string(source)),
            ("part", .string(part)), ("pattern", .string(pattern)), ("md5", .string(md5)),
        ])
        try AtomicFile.write(node.text(.pretty) + "\n", to: ExtractedSource.path(of: data))
    }
}
