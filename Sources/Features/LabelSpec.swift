import Basics

/// What a model predicts.
///
/// On bars: the return from the next bar's open to the close `horizon` bars ahead. A decision is made when bar t
/// closes; the first price it can trade is the open of bar t + 1. On books: the direction of the mid-price over
/// `horizon` events, see ``BookLabelStream``. A label exists only where everything up to its end is one unbroken
/// segment.
package struct LabelSpec: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
        /// 1 where the return exceeds the cost, else 0.
        case profit
        /// The return in basis points.
        case forwardReturn = "return"
        case smoothedFuture = "smoothed-future"
        case smoothedBoth = "smoothed-both"
        case tlob
        case tripleBarrier = "triple-barrier"
        /// Directions that came with the data: −1, 0, 1.
        case given

        /// Classes of a direction: down, stationary, up. Nil for bars.
        package var classes: [String]? {
            switch self {
            case .profit, .forwardReturn: nil
            default: ["down", "stationary", "up"]
            }
        }
    }

    /// From which size a move counts as up or down.
    package enum Threshold: Sendable, Equatable {
        case fixed(Double)
        /// Half the mean size of the training moves (TLOB).
        case halfMean
        /// The mean relative spread of the training rows: only moves that pay it count (TLOB).
        case spread
        /// So that a third of the training moves are smaller in size.
        case balanced
    }

    package var kind: Kind
    package var horizon: Int
    /// Cost of the round trip in basis points; the threshold of `profit`.
    package var costBps: Double
    package var threshold = Threshold.fixed(0.5)
    /// Mids in a mean of `tlob`.
    package var smoothing = 1
    package var barrierBps = 0.0

    package init(kind: Kind, horizon: Int, costBps: Double) {
        self.kind = kind
        self.horizon = horizon
        self.costBps = costBps
    }

    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(
            node, path: path, keys: ["kind", "horizon", "costBps", "threshold", "smoothing", "barrierBps"])
        kind = try reader.choice("kind")
        horizon = try reader.int("horizon", default: 1, in: 1...10_000)
        costBps = try reader.double("costBps", default: 0, in: 0...10_000)
        switch kind {
        case .smoothedFuture, .smoothedBoth, .tlob:
            threshold = try LabelSpec.threshold(reader)
            smoothing = try reader.int("smoothing", default: horizon, in: 1...horizon)
        case .tripleBarrier: barrierBps = try reader.double("barrierBps", in: 1e-6...10_000)
        case .profit, .forwardReturn, .given: break
        }
    }

    private static func threshold(_ reader: ConfigReader) throws -> Threshold {
        guard let node = reader.value("threshold") else { return .balanced }
        if let number = node.doubleValue, number >= 0, number.isFinite { return .fixed(number) }
        switch node.stringValue {
        case "half-mean": return .halfMean
        case "spread": return .spread
        case "balanced": return .balanced
        default:
            throw ConfigError(
                "found \(node.text(.compact)) for '\(reader.name("threshold"))', expected half-mean, spread, balanced or a fraction such as 0.0002",
                at: node.mark)
        }
    }

    package var json: JSONValue {
        var all: [(String, JSONValue)] = [
            ("kind", .string(kind.rawValue)), ("horizon", .int(horizon)), ("costBps", .double(costBps)),
        ]
        switch kind {
        case .smoothedFuture, .smoothedBoth, .tlob:
            let shown: JSONValue =
                switch threshold {
                case .fixed(let value): .double(value)
                case .halfMean: .string("half-mean")
                case .spread: .string("spread")
                case .balanced: .string("balanced")
                }
            all += [("threshold", shown), ("smoothing", .int(smoothing))]
        case .tripleBarrier: all.append(("barrierBps", .double(barrierBps)))
        case .profit, .forwardReturn, .given: break
        }
        return .map(all)
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

    /// The target of a move; a return on bars, given as a fraction.
    package func target(_ move: Double) -> Float {
        switch kind {
        case .profit: return move * 10_000 > costBps ? 1 : 0
        case .forwardReturn: return Float(move * 10_000)
        default:
            let limit = if case .fixed(let value) = threshold { value } else { 0.0 }
            return move > limit ? 2 : move < -limit ? 0 : 1
        }
    }
}
