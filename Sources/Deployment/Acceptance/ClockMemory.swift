package import Basics

/// The latest time that a host has seen: `installed/clock.json`. What has ended by it does not begin again when the
/// clock is set back.
package struct ClockMemory: Sendable, Equatable {
    /// UTC.
    package var seen: Nanoseconds

    /// What the host wrote by a clock that was ahead, and root keys have disowned; nil where they never did.
    package var disowned: DisownedTime?

    /// A time as given.
    package init(seen: Nanoseconds, disowned: DisownedTime? = nil) { (self.seen, self.disowned) = (seen, disowned) }

    /// Takes a time that something else than this memory holds, and that has no number.
    package mutating func recall(_ time: Nanoseconds) {
        if disowned?.covers(time) != true { seen = max(seen, time) }
    }

    /// Takes the latest time of what was in force and what was halted. The time of orders that were answered is
    /// certain, whatever was disowned.
    package mutating func recall(_ history: RevisionHistory) {
        seen = max(seen, history.ordered)
        for revision in history.revisions where disowned?.covers(revision) != true { seen = max(seen, revision.time) }
        for halt in history.halts { recall(halt.to ?? halt.from) }
    }

    /// A time that need not be written: so little later than what was.
    package static let grain: Nanoseconds = 60_000_000_000

    /// Takes the date of a document that is new here: where the clock is behind what was seen, it was ahead then.
    ///
    /// The time of an order that was answered here is certain, whenever an old document arrives: nothing goes below it.
    ///
    /// - Parameter acts: the number of the last halt or resume.
    package mutating func believe(
        _ document: EnvironmentAuthority, after history: RevisionHistory, acts: Int = 0, at now: Nanoseconds
    ) {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return }
        let known = seen
        seen = min(seen, max(document.createdAt, history.ordered))
        guard seen < known else { return }
        disowned = DisownedTime(
            from: max(seen, now), to: max(disowned?.to ?? 0, known), counter: history.spentCounter, act: acts)
    }

    /// What the file holds.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "seen": .string(TimeText.utc(seen)), "seenNs": .int(Int(seen)),
        ])
        if let disowned { node[key: "disowned"] = disowned.json }
        return node
    }

    /// Reads what ``json`` holds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "seen", "seenNs", "disowned"])
        try reader.checkSchemaVersion(1)
        seen = Nanoseconds(try reader.int("seenNs", in: 0...Int.max))
        disowned = try DisownedTime.read(node)
    }
}
