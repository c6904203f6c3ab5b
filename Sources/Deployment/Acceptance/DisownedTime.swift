package import Basics

/// A span that a host took for the future's: its clock was ahead, and a document that root keys signed later has said
/// so. What the host dated into it before counts for no time.
///
/// Days in the span come to be in earnest one day, so it ends with what was written before it was disowned: numbers of
/// orders and of halts tell, and no clock.
package struct DisownedTime: Sendable, Equatable {
    /// The latest time that was believed when the document had come: of the document, of the orders that were answered
    /// here, and of the clock then. All that was written before happened before it.
    package var from: Nanoseconds
    /// The latest that was disowned.
    package var to: Nanoseconds
    /// Orders up to this number were answered before.
    package var counter: Int
    /// Halts and resumes up to this number were signed before.
    package var act: Int

    /// A span as given.
    package init(from: Nanoseconds, to: Nanoseconds, counter: Int, act: Int) {
        (self.from, self.to, self.counter, self.act) = (from, to, counter, act)
    }

    /// Whether a time lies in it.
    package func covers(_ time: Nanoseconds) -> Bool { time > from && time <= to }

    /// Whether a revision was dated by the clock that was ahead.
    package func covers(_ revision: RevisionHistory.Revision) -> Bool {
        revision.counter <= counter && covers(revision.time)
    }

    /// Whether a receipt was dated by the clock that was ahead; one without a number is, if its time lies in the span.
    package func covers(_ receipt: Receipt) -> Bool {
        guard covers(receipt.time) else { return false }
        switch receipt.outcome {
        case .halted, .resumed: return receipt.act.map { $0 <= act } ?? true
        case .installed, .rolledBack, .refused, .withdrawn: return receipt.counter.map { $0 <= counter } ?? true
        }
    }

    /// Of two that a host remembers the later one.
    package static func later(_ a: DisownedTime?, _ b: DisownedTime?) -> DisownedTime? {
        guard let a, let b else { return a ?? b }
        return (b.from, b.to, b.counter) > (a.from, a.to, a.counter) ? b : a
    }

    /// What files hold.
    var json: JSONValue {
        .map([
            "from": .string(TimeText.utc(from)), "fromNs": .int(Int(from)), "to": .string(TimeText.utc(to)),
            "toNs": .int(Int(to)), "counter": .int(counter), "act": .int(act),
        ])
    }

    /// Reads what ``json`` holds under `disowned`; nil where there is none.
    ///
    /// - Throws: ``ConfigError``.
    static func read(_ node: JSONValue) throws -> DisownedTime? {
        guard let node = node[key: "disowned"] else { return nil }
        let reader = try ConfigReader(
            node, path: "disowned", keys: ["from", "fromNs", "to", "toNs", "counter", "act"])
        return DisownedTime(
            from: Nanoseconds(try reader.int("fromNs", in: 0...Int.max)),
            to: Nanoseconds(try reader.int("toNs", in: 0...Int.max)),
            counter: try reader.int("counter", in: 0...DeploymentOrder.highestCounter),
            act: try reader.int("act", in: 0...DeploymentOrder.highestCounter))
    }
}

extension RevisionHistory {
    /// When a revision came in force at the latest, as far as anybody can tell.
    func time(of revision: Revision) -> Nanoseconds {
        guard let disowned, disowned.covers(revision) else { return revision.time }
        return disowned.from
    }
}
