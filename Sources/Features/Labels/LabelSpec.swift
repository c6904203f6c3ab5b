package import Basics

/// What a model predicts.
///
/// On bars: the return from the next bar's open to the close `horizon` bars ahead. A decision is made when bar t
/// closes; the first price it can trade is the open of bar t + 1. On books: the direction of the mid-price over
/// `horizon` events, see ``BookLabelStream``. A label exists only where everything up to its end is one unbroken
/// segment.
package struct LabelSpec: Sendable, Equatable {
    /// The kind of label; see ``LabelKind/kinds``.
    package typealias Kind = LabelKind

    /// From which size a move counts as up or down.
    package enum Threshold: Sendable, Equatable {
        case fixed(Double)
        /// Half the mean size of the training moves (TLOB).
        case halfMean
        /// The mean relative spread of the training rows: only moves that pay it count (TLOB).
        case spread
        /// So that a third of the training moves are smaller in size.
        case balanced

        init(_ reader: ConfigReader, _ key: String) throws {
            guard let node = reader.value(key) else {
                self = .balanced
                return
            }
            if let number = node.doubleValue, number >= 0, number.isFinite {
                self = .fixed(number)
                return
            }
            switch node.stringValue {
            case "half-mean": self = .halfMean
            case "spread": self = .spread
            case "balanced": self = .balanced
            default:
                throw ConfigError(
                    "found \(node.text(.compact)) for '\(reader.name(key))', expected half-mean, spread, balanced "
                        + "or a fraction such as 0.0002", at: node.mark)
            }
        }

        var json: JSONValue {
            switch self {
            case .fixed(let value): .double(value)
            case .halfMean: .string("half-mean")
            case .spread: .string("spread")
            case .balanced: .string("balanced")
            }
        }
    }

    /// What is read of the future and learned of it.
    package var kind: Kind
    /// Bars or events that the label looks ahead.
    package var horizon: Int
    /// Cost of the round trip in basis points; the threshold of `profit`.
    package var costBps: Double
    /// Of directions; found on training rows where it is not stated.
    package var threshold = Threshold.fixed(0.5)
    /// Mids in a mean of `tlob`.
    package var smoothing = 1
    /// Distance of the barriers of `triple-barrier` from the mid, in basis points.
    package var barrierBps = 0.0

    /// A label with the defaults of its kind's other keys.
    package init(kind: Kind, horizon: Int, costBps: Double) {
        self.kind = kind
        self.horizon = horizon
        self.costBps = costBps
    }

    /// Reads `kind`, `horizon`, `costBps` and the keys of the kind.
    ///
    /// - Throws: ``ConfigError`` with the nearest valid name.
    package init(_ node: JSONValue, path: String) throws {
        let own = LabelKind.kinds.entries.flatMap(\.value.keys)
        let reader = try ConfigReader(node, path: path, keys: ["kind", "horizon", "costBps"] + own)
        kind = try reader.kind("kind", in: LabelKind.kinds)
        horizon = try reader.int("horizon", default: 1, in: 1...10_000)
        costBps = try reader.double("costBps", default: 0, in: 0...10_000)
        try kind.read(&self, reader)
    }

    /// What tables, models and bundles carry; reads back to an equal spec.
    package var json: JSONValue {
        .map(
            [("kind", .string(kind.rawValue)), ("horizon", .int(horizon)), ("costBps", .double(costBps))]
                + kind.write(self))
    }

    /// The label with its threshold found on training rows alone.
    ///
    /// - Parameters:
    ///   - moves: of the training samples.
    ///   - spreadsBps: of the same samples.
    package func resolved(moves: [Double], spreadsBps: [Double]) -> LabelSpec {
        var out = self
        switch threshold {
        case .fixed: return self
        case .halfMean: out.threshold = .fixed(moves.reduce(0) { $0 + abs($1) } / Double(max(moves.count, 1)) / 2)
        case .spread: out.threshold = .fixed(spreadsBps.reduce(0, +) / Double(max(spreadsBps.count, 1)) / 10_000)
        case .balanced:
            let sizes = moves.map(abs).sorted()
            out.threshold = .fixed(sizes.isEmpty ? 0 : sizes[(sizes.count - 1) / 3])
        }
        return out
    }

    /// The target of a move: what a model learns. On bars the move is the return as a fraction.
    package func target(_ move: Double) -> Float { kind.target(self, move) }
}
