package import Basics

/// The latest time that a host has seen: `installed/clock.json`. What has ended by it does not begin again when the
/// clock is set back.
package struct ClockMemory: Sendable, Equatable {
    /// UTC.
    package var seen: Nanoseconds

    /// What the host wrote up to this time, by a clock that was ahead, counts no more: root keys have said so.
    package private(set) var disowned: Nanoseconds = 0

    /// A time as given.
    package init(seen: Nanoseconds) { self.seen = seen }

    /// Takes a time that something else than this memory holds, such as a signed receipt.
    package mutating func recall(_ time: Nanoseconds) {
        if time > disowned { seen = max(seen, time) }
    }

    /// A time that need not be written: so little later than what was.
    package static let grain: Nanoseconds = 60_000_000_000

    /// Takes the date of a document that is new here: where the clock is behind what was seen, it was ahead then.
    ///
    /// The time of an order that was answered here is certain, whenever an old document arrives: nothing goes below it.
    package mutating func believe(_ document: EnvironmentAuthority, after history: RevisionHistory, at now: Nanoseconds)
    {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return }
        let known = seen
        seen = min(seen, max(document.createdAt, history.ordered))
        if seen < known { disowned = max(disowned, known) }
    }

    /// What the file holds.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "seen": .string(TimeText.utc(seen)), "seenNs": .int(Int(seen)),
        ])
        if disowned > 0 { node[key: "disownedNs"] = .int(Int(disowned)) }
        return node
    }

    /// Reads what ``json`` holds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "seen", "seenNs", "disownedNs"])
        try reader.checkSchemaVersion(1)
        seen = Nanoseconds(try reader.int("seenNs", in: 0...Int.max))
        disowned = reader.has("disownedNs") ? Nanoseconds(try reader.int("disownedNs", in: 0...Int.max)) : 0
    }
}
