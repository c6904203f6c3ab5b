package import Basics

/// When a host's loop traded with the bundle in force, as the host remembers it: `installed/runs.json`. What lies in
/// force while nothing runs trades nothing, so a canary's hours are counted by it.
package struct RunMemory: Sendable, Equatable {
    /// Spans that are kept; the oldest are dropped, which can only make a canary shorter.
    package static let most = 64
    /// How far apart bars may be noted to be one span: between two looks that are further apart nobody knows that
    /// anything traded.
    package static let longestGap: Nanoseconds = 3_600_000_000_000

    /// Oldest first.
    package private(set) var runs: [RevisionHistory.Run] = []
    /// Stands for the halts that were known when the last run was noted.
    private var halts = ""

    /// Nothing ran yet.
    package init() {}

    /// The loop has traded bars with a revision until now, and no longer: what a file says of time to come, or a clock
    /// that was set back, is cut off.
    ///
    /// - Parameters:
    ///   - known: the halts of before: one more since the last run begins the hours anew.
    ///   - begins: whether the loop did not trade since the last time: it was started anew, or might only close what it
    ///     had. What lies between is no part of a span.
    package mutating func note(_ counter: Int, at time: Nanoseconds, halts known: HaltMemory, begins: Bool = false) {
        let mark = "\(known.halts.count) \(known.halts.last?.from ?? 0)"
        if let last = runs.last, last.counter == counter, mark == halts, !begins,
            time.saturatingMinus(last.to) <= RunMemory.longestGap
        {
            runs[runs.count - 1].to = max(last.from, time)
            return
        }
        runs.append(
            RevisionHistory.Run(counter: counter, from: time, to: time, isNew: runs.isEmpty || mark != halts))
        halts = mark
        runs.removeFirst(max(0, runs.count - RunMemory.most))
    }

    /// What the file holds.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "halts": .string(halts), "runs": .list(runs.map(\.json)),
        ])
    }

    /// Reads what ``json`` holds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "halts", "runs"])
        try reader.checkSchemaVersion(1)
        halts = try reader.string("halts")
        runs = try reader.list("runs").map { try RevisionHistory.Run($0) }
    }
}

extension RevisionHistory.Run {
    /// What files hold.
    var json: JSONValue {
        .map([
            "counter": .int(counter), "from": .string(TimeText.utc(from)), "fromNs": .int(Int(from)),
            "to": .string(TimeText.utc(to)), "toNs": .int(Int(to)), "new": .bool(isNew),
        ])
    }

    /// - Throws: ``ConfigError``.
    init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "runs", keys: ["counter", "from", "fromNs", "to", "toNs", "new"])
        self.init(
            counter: try reader.int("counter", in: 1...DeploymentOrder.highestCounter),
            from: Nanoseconds(try reader.int("fromNs", in: 0...Int.max)),
            to: Nanoseconds(try reader.int("toNs", in: 0...Int.max)), isNew: try reader.bool("new", default: true))
        guard from <= to else { throw ConfigError("found a run that ends before it begins", at: node.mark) }
    }
}
