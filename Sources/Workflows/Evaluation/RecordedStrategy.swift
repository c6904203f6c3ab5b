import Backtesting
import Basics
import Registry

/// What an evaluation traded by, as far as it is on record: its rule in short, and its costs.
struct RecordedStrategy: Sendable, Equatable {
    let digest: String
    /// Of a round trip, in basis points; nil for evaluations of before strategies were kept.
    let costBps: Double?
    private let rule: String?

    /// - Throws: ``Failure`` where what is kept is damaged.
    init(_ digest: String, session: Session) throws {
        self.digest = digest
        guard Paths.exists(session.artefacts.path(digest)) else {
            (costBps, rule) = (nil, nil)
            return
        }
        let path = try session.artefacts.verified(digest)
        let node = try JSONParser.parse(try FileChunks.bytes(path), file: path)
        costBps = node[key: "costBps"]?.doubleValue
        rule = node[key: "rule"].map { rule in
            [("enterAbove", "enters above"), ("enterBelow", "below"), ("holdBars", "holds")].compactMap { key, word in
                rule[key: key]?.doubleValue.map { "\(word) \(RecordedStrategy.number($0))" }
            }.joined(separator: ", ")
        }
    }

    /// For people: `1a2b3c4d, 3 bps a round trip, enters above 0.5, holds 1`.
    var text: String {
        [String(digest.prefix(8)), costBps.map { "\(RecordedStrategy.number($0)) bps a round trip" }, rule].compactMap {
            $0
        }
        .joined(separator: ", ")
    }

    /// Costs alone, or which strategy where they are not on record.
    var costs: String { costBps.map { "\(RecordedStrategy.number($0)) bps" } ?? "strategy \(digest.prefix(8))" }

    static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}

extension CompareModels {
    /// By what two sides were traded where that is not the same.
    struct Strategies: Sendable, Equatable {
        let a: RecordedStrategy
        let b: RecordedStrategy

        /// Nil where both traded by one strategy, or nobody knows.
        init?(_ a: Side, _ b: Side, session: Session) throws {
            guard let own = a.evaluation?.strategy, let other = b.evaluation?.strategy, own != other else { return nil }
            (self.a, self.b) = (
                try RecordedStrategy(own, session: session), try RecordedStrategy(other, session: session)
            )
        }
    }

    /// Why nothing is said of money; nil where it is compared, or nobody asked.
    ///
    /// - Parameter strategy: one that both are traded by anew.
    static func moneyNote(
        _ own: Predictions, _ theirs: Predictions, recorded: Strategies?, strategy: String?
    ) -> String? {
        func unit(_ kind: Predictions.Kind) -> String {
            switch kind {
            case .probability: "a probability"
            case .basisPoints: "basis points"
            case .classes: "a difference of probabilities"
            }
        }
        guard strategy != nil || recorded != nil else { return nil }
        // No strategy serves both then.
        guard own.kind == theirs.kind else {
            return "money is not compared: a threshold of \(strategy == nil ? "one" : "the") strategy would mean "
                + "\(unit(own.kind)) to A and \(unit(theirs.kind)) to B"
        }
        guard let recorded, strategy == nil else { return nil }
        let isByCosts = recorded.a.costs != recorded.b.costs
        let (a, b) = isByCosts ? (recorded.a.costs, recorded.b.costs) : (recorded.a.text, recorded.b.text)
        return "money is not compared: A was traded with \(a)\(isByCosts ? ", " : "; ")B with \(b); one strategy for "
            + "both: --strategy FILE"
    }
}
