package import Basics
import ConfigurationFiles

/// A `dvc.lock`: what every finished stage read, ran and made.
///
/// Recording a stage leaves the text of the others as it stands. Only where a value of one stage is written as an alias
/// of another's, or two have anchors, is everything written again: DVC numbers the anchors of a lock through.
package struct LockFile: Sendable {
    /// An entry with the text and the value that it was read from; both are nil for one that was recorded since.
    private struct Entry: Sendable {
        let name: String
        var stage: Stage
        var source: JSONValue?
        /// Comments before the entry.
        var lead = ""
        var text: String?
        var hasAnchors = false

        var node: JSONValue { source ?? stage.node }
    }

    package let path: String
    private var entries: [Entry] = []
    private var positions: [ExactText: Int] = [:]
    /// What stands around the entries.
    private var head = "schema: '2.0'\nstages:\n", tail = ""
    private var indent = 2
    /// Whether entries stand for themselves in the text that was read.
    private var isDivided = true
    /// How the file stood when it was read or written.
    private var stamp: FileStamp?
    private var datasets: JSONValue?

    /// In the order in which stages were first locked.
    package var stages: [(name: String, stage: Stage)] { entries.map { ($0.name, $0.stage) } }

    /// Reads the lock, or starts an empty one where there is none.
    ///
    /// - Throws: ``ConfigError`` for a damaged lock; nothing is overwritten then.
    package init(_ path: String) throws {
        self.path = path
        stamp = FileStamp.of(path)
        guard stamp != nil else { return }
        try read(text: try FileChunks.text(path))
    }

    /// - Parameter text: what the lock held at a Git revision.
    package init(_ path: String, text: String) throws {
        self.path = path
        try read(text: text)
    }

    private mutating func read(text: String) throws {
        let document = try YAMLFile.document(text, file: path)
        let reader = try ConfigReader(document.root, keys: ["schema", "stages", "datasets"])
        guard try reader.string("schema") == "2.0" else {
            throw ConfigError(
                "found lock schema '\(try reader.string("schema"))', expected '2.0'", at: reader.value("schema")?.mark)
        }
        datasets = reader.value("datasets")
        let stages = reader.value("stages")?.mapValue ?? []
        if let odd = stages.first(where: { $0.keyKind != nil }) {
            throw ConfigError("found the stage name \(odd.key), expected a text", at: odd.keyMark)
        }
        let layout = document.hasAliases ? nil : LockLayout(text, root: document.root)
        if let layout { (head, tail, indent) = (layout.head, layout.tail, layout.indent) }
        isDivided = layout != nil || stages.isEmpty && datasets == nil
        entries = try stages.enumerated().map { index, entry in
            Entry(
                name: entry.key, stage: try Stage(entry.value), source: entry.value,
                lead: layout?.parts[index].lead ?? "", text: layout?.parts[index].body)
        }
        findPositions()
    }

    private mutating func findPositions() {
        positions = Dictionary(entries.enumerated().map { (ExactText($0.element.name), $0.offset) }) { $1 }
    }

    package subscript(name: String) -> Stage? { positions[ExactText(name)].map { entries[$0].stage } }

    /// The entry of a stage as it stands, with keys that are not ours; nil where there is none.
    package func node(_ name: String) -> JSONValue? { positions[ExactText(name)].map { entries[$0].node } }

    /// Records a finished stage and writes the file. What another process has written meanwhile is kept.
    package mutating func record(_ name: String, _ stage: Stage) throws {
        if FileStamp.of(path) != stamp { self = try LockFile(path) }
        set(name, stage)
        try write()
    }

    package mutating func set(_ name: String, _ stage: Stage) {
        set(Entry(name: name, stage: stage))
    }

    /// Takes an entry of another lock as it stands there, or takes it away where there is none.
    package mutating func take(_ name: String, from other: LockFile) {
        guard let index = other.positions[ExactText(name)] else { return remove(name) }
        var entry = other.entries[index]
        if other.indent != indent || !other.isDivided { entry.text = nil }
        set(entry)
    }

    private mutating func set(_ entry: Entry) {
        if let index = positions[ExactText(entry.name)] {
            let lead = entries[index].lead
            entries[index] = entry
            entries[index].lead = lead
        } else {
            positions[ExactText(entry.name)] = entries.count
            entries.append(entry)
        }
    }

    package mutating func remove(_ name: String) {
        guard let index = positions[ExactText(name)] else { return }
        entries.remove(at: index)
        findPositions()
    }

    package mutating func write() throws {
        try AtomicFile.write(text(), to: path)
        stamp = FileStamp.of(path)
    }

    package mutating func text() -> String {
        guard !entries.isEmpty else {
            let pairs = [("schema", JSONValue.string("2.0"))] + (datasets.map { [("datasets", $0)] } ?? [])
            return YAMLWriter.text(.map(pairs))
        }
        guard isDivided else { return wholeText() }
        for (index, entry) in entries.enumerated() where entry.text == nil {
            var anchors = 0
            entries[index].text = YAMLWriter.text(
                .map([(entry.name, entry.node)]), indent: indent, anchors: &anchors)
            entries[index].hasAnchors = anchors > 0
        }
        if entries.count(where: \.hasAnchors) > 1 { return wholeText() }
        var out = head
        for part in entries.flatMap({ [$0.lead, $0.text ?? ""] }) + [tail] where !part.isEmpty {
            if out.utf8.last != UInt8(ascii: "\n") { out += "\n" }
            out += part
        }
        return out
    }

    /// Everything in DVC's layout, with anchors numbered through.
    private func wholeText() -> String {
        var out = "schema: '2.0'\nstages:\n", anchors = 0
        for entry in entries {
            out += YAMLWriter.text(.map([(entry.name, entry.node)]), indent: 2, anchors: &anchors)
        }
        if let datasets { out += YAMLWriter.text(.map([("datasets", datasets)]), indent: 0, anchors: &anchors) }
        return out
    }
}
