import Basics

/// Makes one value of the events of a document: aliases become what they name, merge keys (`<<`) what they merge.
///
/// What is merged stands first, in the order of the merged maps with the last of a list before the first; a key of the
/// map itself keeps that place and says the value. Of two merged maps the first of the list wins. That is the order of
/// DVC's reader (ruamel.yaml), and so of the locks that it writes.
struct YAMLComposer: ~Copyable {
    /// Values after which a document is refused; aliases and merged maps count each time they are used, so that a
    /// small file cannot unfold into gigabytes.
    private static let nodeLimit = 2_000_000
    private static let depthLimit = 256

    /// A value, how many values it holds with itself, and how many levels.
    private struct Node {
        var value: JSONValue
        var count = 1
        var height = 1
        /// Whether it stood as a plain `<<` or with the tag `!!merge`.
        var isMerge = false
    }

    private var events: YAMLEvents
    /// Nil while the value is being read: no part of it can name the whole.
    private var anchors: [ExactText: (serial: Int, node: Node?)] = [:]
    private var count = 0
    private var anchorCount = 0
    /// Whether the document names a part of itself: then no part of its text stands for itself.
    private(set) var hasAliases = false
    private let file: String

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        events = YAMLEvents(bytes, file: file)
        self.file = file
    }

    /// - Throws: ``ConfigError`` with its place, also for a second document.
    mutating func document() throws -> JSONValue {
        _ = try events.next()
        let start = JSONValue(.null, mark: SourceMark(file: file, line: 1, column: 1))
        guard case .documentStart(let version, let mark) = try events.next() else { return start }
        if let version, version.major != 1 || version.minor != 2 {
            throw problem(
                "found %YAML \(version.major).\(version.minor), expected 1.2: in 1.1 'yes' and 'on' are true", mark)
        }
        let root = try node(try events.next(), depth: 0)
        guard case .documentEnd = try events.next() else { throw problem("found more than one value", mark) }
        if case .documentStart(_, let second) = try events.next() {
            throw problem("found a second document, expected one", second)
        }
        return root.value
    }

    private func problem(_ text: String, _ mark: SourceMark?) -> ConfigError {
        ConfigError(text, at: mark, code: "yaml.syntax")
    }

    private mutating func spend(_ nodes: Int, _ levels: Int, _ mark: SourceMark) throws {
        count += nodes
        guard count <= Self.nodeLimit, levels <= Self.depthLimit else {
            throw problem("found more than \(Self.nodeLimit) values or \(Self.depthLimit) levels", mark)
        }
    }

    private mutating func node(_ event: YAMLEvents.Event, depth: Int) throws -> Node {
        let node: Node, head: YAMLEvents.Head, serial: Int
        switch event {
        case .alias(let name, let mark):
            hasAliases = true
            guard let node = anchors[ExactText(name)]?.node else {
                throw problem("found the alias '*\(name)' before the end of what it names", mark)
            }
            try spend(node.count, depth + node.height, mark)
            return node
        case .scalar(let text, let isPlain, let found):
            (head, serial) = (found, begin(found))
            try spend(1, depth + 1, head.mark)
            let kind = try YAMLScalar.value(text, isPlain: isPlain, tag: head.tag, at: head.mark)
            let isMerge = head.tag == YAMLScalar.mergeTag || isPlain && head.tag == nil && text == "<<"
            node = Node(value: JSONValue(kind, mark: head.mark), isMerge: isMerge)
        case .listStart(let found):
            (head, serial) = (found, begin(found))
            node = try list(head, depth: depth)
        case .mapStart(let found):
            (head, serial) = (found, begin(found))
            node = try map(head, depth: depth)
        default: throw problem("found the end of the document, expected a value", nil)
        }
        // A name that was given again meanwhile, inside of this value, stays with the later one.
        if let anchor = head.anchor, anchors[ExactText(anchor)]?.serial == serial {
            anchors[ExactText(anchor)] = (serial, node)
        }
        return node
    }

    /// Takes the anchor of a value that begins here; its serial number tells it from others of that name.
    private mutating func begin(_ head: YAMLEvents.Head) -> Int {
        guard let anchor = head.anchor else { return 0 }
        hasAliases = true
        anchorCount += 1
        anchors[ExactText(anchor)] = (anchorCount, nil)
        return anchorCount
    }

    /// A value in a place where `<<` and `=`, which mean something as keys, mean nothing.
    private mutating func value(_ event: YAMLEvents.Event, depth: Int) throws -> Node {
        let node = try node(event, depth: depth)
        if node.isMerge { throw problem("found '<<' as a value; put it into quotes", node.value.mark) }
        return node
    }

    private mutating func list(_ head: YAMLEvents.Head, depth: Int) throws -> Node {
        try spend(1, depth + 1, head.mark)
        try YAMLScalar.check(tag: head.tag, is: "seq", at: head.mark)
        var items: [JSONValue] = [], total = 1, height = 0
        while true {
            let event = try events.next()
            if case .listEnd = event { break }
            let item = try value(event, depth: depth + 1)
            items.append(item.value)
            (total, height) = (total + item.count, max(height, item.height))
        }
        return Node(value: JSONValue(.list(items), mark: head.mark), count: total, height: height + 1)
    }

    private mutating func map(_ head: YAMLEvents.Head, depth: Int) throws -> Node {
        try spend(1, depth + 1, head.mark)
        try YAMLScalar.check(tag: head.tag, is: "map", at: head.mark)
        var own: [JSONValue.Entry] = [], merged: [JSONValue.Entry]?
        var seen: Set<JSONValue.Entry.Name> = []
        var total = 1, height = 0
        while true {
            let event = try events.next()
            if case .mapEnd = event { break }
            let key = try node(event, depth: depth + 1)
            let name = try entry(key, in: head)
            let value = try value(try events.next(), depth: depth + 1)
            (total, height) = (total + value.count + 1, max(height, value.height))
            if key.isMerge {
                guard merged == nil else { throw problem("found the key '<<' twice in a map", key.value.mark) }
                merged = try YAMLComposer.mergedEntries(value.value, at: key.value.mark)
                continue
            }
            guard seen.insert(name.name).inserted else {
                throw problem("found the key '\(name.key)' twice in a map", key.value.mark)
            }
            own.append(.init(key: name.key, value: value.value, keyMark: key.value.mark, keyKind: name.keyKind))
        }
        let entries = merged.map { YAMLComposer.merge(own, over: $0) } ?? own
        return Node(value: JSONValue(.map(entries), mark: head.mark), count: total, height: height + 1)
    }

    /// The key of an entry without its value: a text, or a number, a boolean or null that reads like one.
    private func entry(_ key: Node, in head: YAMLEvents.Head) throws -> JSONValue.Entry {
        switch key.value.kind {
        case .string(let text): return .init(key: text, value: .null)
        case .list, .map:
            throw problem("found a list or a map as a key, expected a text or a number", key.value.mark ?? head.mark)
        default: return .init(key: key.value.text(.canonical), value: .null, keyKind: key.value.kind)
        }
    }

    /// What `<<` names: the entries of a map, or of a list of maps with the last one first.
    private static func mergedEntries(_ value: JSONValue, at mark: SourceMark?) throws -> [JSONValue.Entry] {
        if let entries = value.mapValue { return entries }
        if let maps = value.listValue?.map(\.mapValue), !maps.contains(where: { $0 == nil }) {
            return maps.reversed().flatMap { $0 ?? [] }
        }
        throw ConfigError(
            "found \(value.kindName) for '<<', expected a map or a list of maps to merge", at: value.mark ?? mark,
            code: "yaml.syntax")
    }

    private static func merge(_ own: [JSONValue.Entry], over merged: [JSONValue.Entry]) -> [JSONValue.Entry] {
        var out: [JSONValue.Entry] = [], places: [JSONValue.Entry.Name: Int] = [:]
        for entry in merged + own {
            if let place = places[entry.name] {
                (out[place].value, out[place].keyMark) = (entry.value, entry.keyMark)
            } else {
                places[entry.name] = out.count
                out.append(entry)
            }
        }
        return out
    }
}
