package import Basics

/// What was in force in an environment, oldest first: the revision history that rollbacks and canaries are judged by.
///
/// A host keeps it in `installed/state.json`; elsewhere it is put together from the host's receipts.
package struct RevisionHistory: Sendable, Equatable {
    /// One bundle that was put in force.
    package struct Revision: Sendable, Equatable {
        /// Of its order.
        package var counter: Int
        /// Why it was ordered.
        package var action: DeploymentOrder.Action
        /// SHA-256 of the bundle's bytes.
        package var bundle: String
        /// SHA-256 of its manifest.
        package var manifest: String
        /// SHA-256 of the weights.
        package var weights: String
        /// SHA-256 of the strategy.
        package var strategy: String
        /// Of the instruments.
        package var share: Double
        /// When it was put in force, UTC.
        package var time: Nanoseconds

        /// A revision as given.
        package init(
            counter: Int, action: DeploymentOrder.Action, bundle: String, manifest: String, weights: String,
            strategy: String, share: Double, time: Nanoseconds
        ) {
            (self.counter, self.action, self.bundle, self.manifest) = (counter, action, bundle, manifest)
            (self.weights, self.strategy, self.share, self.time) = (weights, strategy, share, time)
        }
    }

    /// A span in which trading was halted.
    package struct Halt: Sendable, Equatable {
        /// First moment.
        package var from: Nanoseconds
        /// First moment after it; nil while it lasts.
        package var to: Nanoseconds?

        /// A span as given.
        package init(from: Nanoseconds, to: Nanoseconds? = nil) { (self.from, self.to) = (from, to) }
    }

    /// A span in which the host's loop traded bars with a revision, as the host signs it.
    package struct Run: Sendable, Equatable {
        /// Of the revision.
        package var counter: Int
        /// When the first and the last of its bars were taken.
        package var from: Nanoseconds
        /// Never before ``from``.
        package var to: Nanoseconds
        /// Whether trading was halted between the run before and this one.
        package var isNew: Bool

        /// A span as given.
        package init(counter: Int, from: Nanoseconds, to: Nanoseconds, isNew: Bool) {
            (self.counter, self.from, self.to, self.isNew) = (counter, from, to, isNew)
        }
    }

    /// Oldest first, by counter.
    package private(set) var revisions: [Revision]
    /// The highest number of an order that was answered otherwise: refused, or taken back before it was answered.
    private var spent = 0
    /// The latest time of an order that was answered here, by whoever signed it; 0 on a host of before.
    package private(set) var ordered: Nanoseconds = 0
    /// Oldest first. They lie in a file of their own: an operator halts while another process has the right to write
    /// the revisions.
    package var halts: [Halt]
    /// Oldest first; in a file of their own, which is written while bars run.
    package var runs: [Run] = []
    /// By which times of revisions say nothing; in the memory of the clock as well.
    package var disowned: DisownedTime?
    /// Holes: numbers of orders of which nobody can tell whether and what came in force by them, lowest first. Only a
    /// memory that was put together again has any.
    package var unknown: [ClosedRange<Int>] = []

    /// A history as given; revisions are put in the order of their counters.
    package init(_ revisions: [Revision] = [], halts: [Halt] = []) {
        self.revisions = revisions.sorted { $0.counter < $1.counter }
        self.halts = halts.sorted { $0.from < $1.from }
    }

    /// The highest counter that was ever in force; 0 before the first.
    package var lastCounter: Int { revisions.last?.counter ?? 0 }
    /// The highest number of an order that was answered; the next one lies above it.
    package var spentCounter: Int { max(spent, lastCounter) }
    /// What is in force.
    package var current: Revision? { revisions.last }
    /// The revision of a counter.
    package subscript(counter: Int) -> Revision? { revisions.first { $0.counter == counter } }

    /// Takes the newest revision.
    package mutating func append(_ revision: Revision) {
        revisions = (revisions + [revision]).sorted { $0.counter < $1.counter }
    }

    /// Remembers that an order was answered, so that nobody puts it in force later.
    package mutating func spend(_ counter: Int) { spent = max(spent, counter) }

    /// Remembers when an answered order was signed.
    ///
    /// - Parameter now: of the host; an order that is dated ahead of it says nothing more.
    package mutating func note(ordered time: Nanoseconds, at now: Nanoseconds) {
        ordered = max(ordered, min(time, now))
    }

    // MARK: Stored

    /// What `state.json` holds.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "counter": .int(lastCounter),
            "revisions": .list(
                revisions.map {
                    .map([
                        "counter": .int($0.counter), "action": .string($0.action.rawValue),
                        "bundle": .string($0.bundle), "manifest": .string($0.manifest),
                        "weights": .string($0.weights), "strategy": .string($0.strategy), "share": .double($0.share),
                        "time": .string(TimeText.utc($0.time)), "timeNs": .int(Int($0.time)),
                    ])
                }),
        ])
        if spent > lastCounter { node[key: "spent"] = .int(spent) }
        if ordered > 0 { node[key: "orderedNs"] = .int(Int(ordered)) }
        if let disowned { node[key: "disowned"] = disowned.json }
        if !unknown.isEmpty {
            node[key: "unknown"] = .list(
                unknown.map { .map(["from": .int($0.lowerBound), "to": .int($0.upperBound)]) })
        }
        return node
    }

    /// Reads what ``json`` holds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(
            node, keys: ["schemaVersion", "counter", "spent", "orderedNs", "disowned", "revisions", "unknown"])
        try reader.checkSchemaVersion(1)
        self.init(
            try reader.list("revisions").map { node in
                let reader = try ConfigReader(
                    node, path: "revisions",
                    keys: [
                        "counter", "action", "bundle", "manifest", "weights", "strategy", "share", "time", "timeNs",
                    ])
                return Revision(
                    counter: try reader.int("counter", in: 1...DeploymentOrder.highestCounter),
                    action: try reader.choice("action"),
                    bundle: try reader.string("bundle"), manifest: try reader.string("manifest"),
                    weights: try reader.string("weights"), strategy: try reader.string("strategy"),
                    share: try reader.double("share", in: 0...1),
                    time: Nanoseconds(try reader.int("timeNs", in: 0...Int.max)))
            })
        spent = reader.has("spent") ? try reader.int("spent", in: 1...DeploymentOrder.highestCounter) : 0
        disowned = try DisownedTime.read(node)
        ordered = reader.has("orderedNs") ? Nanoseconds(try reader.int("orderedNs", in: 0...Int.max)) : 0
        if reader.has("unknown") {
            unknown = try reader.list("unknown").map { node in
                let reader = try ConfigReader(node, path: "unknown", keys: ["from", "to"])
                let from = try reader.int("from", in: 1...DeploymentOrder.highestCounter)
                return from...(try reader.int("to", in: from...DeploymentOrder.highestCounter))
            }
        }
        guard try reader.int("counter", in: 0...DeploymentOrder.highestCounter) == lastCounter,
            Set(revisions.map(\.counter)).count == revisions.count
        else {
            throw ConfigError("found revisions that do not end at the counter of the history", at: node.mark)
        }
    }
}
