package import Basics

/// When trading was halted in an environment, as its host remembers it: `installed/halts.json`.
///
/// A host keeps no more than ``most`` spans, and joins the oldest two where there are more, which can only make a
/// canary shorter.
package struct HaltMemory: Sendable, Equatable {
    /// Spans that are kept.
    package static let most = 1000

    /// Oldest first; only the last may still last.
    package private(set) var halts: [RevisionHistory.Halt] = []

    /// Nothing was halted yet.
    package init() {}

    /// Whether it is halted now, as far as this memory knows.
    package var isHalted: Bool { halts.last.map { $0.to == nil } ?? false }

    /// Halted from a moment on; a second halt is the same.
    ///
    /// A moment before earlier halts (a clock that was set back, a halt file with an old time) takes them in: more
    /// counts as halted then, never less, and what is kept stays in order.
    package mutating func halt(at time: Nanoseconds) {
        guard !isHalted else { return }
        let time = max(0, time)
        while let last = halts.last, last.from > time { halts.removeLast() }
        halts.append(RevisionHistory.Halt(from: time))
        while halts.count > HaltMemory.most {
            halts[1].from = halts[0].from
            halts.removeFirst()
        }
    }

    /// Trading again from a moment on.
    package mutating func resume(at time: Nanoseconds) {
        guard isHalted else { return }
        halts[halts.count - 1].to = max(time, halts[halts.count - 1].from)
    }

    /// What the file holds.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1),
            "halts": .list(
                halts.map { halt in
                    .map([
                        "from": .string(TimeText.utc(halt.from)), "fromNs": .int(Int(halt.from)),
                        "to": .string(halt.to.map(TimeText.utc)), "toNs": halt.to.map { .int(Int($0)) } ?? .null,
                    ])
                }),
        ])
    }

    /// Reads what ``json`` holds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "halts"])
        try reader.checkSchemaVersion(1)
        guard reader.has("halts") else { throw ConfigError("found no list of halts", at: node.mark) }
        halts = try reader.list("halts").map { node in
            let reader = try ConfigReader(node, path: "halts", keys: ["from", "fromNs", "to", "toNs"])
            let to = reader.has("toNs") ? try reader.int("toNs", in: 0...Int.max) : nil
            return RevisionHistory.Halt(
                from: Nanoseconds(try reader.int("fromNs", in: 0...Int.max)), to: to.map { Nanoseconds($0) })
        }
        guard halts.allSatisfy({ $0.from <= $0.to ?? .max }) else {
            throw ConfigError("found a halt that ends before it begins", at: node.mark)
        }
        let ends = halts.dropLast().allSatisfy { $0.to != nil },
            inOrder = zip(halts, halts.dropFirst()).allSatisfy {
                $0.0.from <= $0.1.from
            }
        guard ends, inOrder else { throw ConfigError("found halts in no order of time", at: node.mark) }
    }
}
