import Basics

/// Predictions of one model on one span, with what came true. Grouped by instrument, in time order inside each.
package struct Predictions: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// Scores are probabilities of a profit; targets are 0 or 1.
        case probability
        /// Scores and targets are returns in basis points.
        case basisPoints = "basis-points"
    }

    package var kind: Kind
    package var bars: [ScoredBar]
    package var targets: [Float]
    /// What a naive forecaster says for every sample, learned from the training span: the base rate, or the mean return.
    package var baselineScore: Double
    package var horizon: Int

    package init(kind: Kind, bars: [ScoredBar], targets: [Float], baselineScore: Double, horizon: Int) {
        self.kind = kind
        self.bars = bars
        self.targets = targets
        self.baselineScore = baselineScore
        self.horizon = horizon
    }

    package var count: Int { bars.count }

    /// The same samples scored by the naive forecaster.
    package var baseline: Predictions {
        var out = self
        for index in out.bars.indices { out.bars[index].score = baselineScore }
        return out
    }

    /// The samples that both sets have, in the order of this one; nil in place of an empty overlap.
    ///
    /// Pairs by (instrument name, time); the tables may list instruments differently.
    package func paired(with other: Predictions, names: [String], otherNames: [String]) -> (Predictions, Predictions)? {
        struct Key: Hashable {
            let name: String
            let time: Nanoseconds
        }
        var index: [Key: Int] = [:]
        index.reserveCapacity(other.count)
        for (position, bar) in other.bars.enumerated() { index[Key(name: otherNames[Int(bar.instrument)], time: bar.time)] = position }
        var mine: [Int] = [], theirs: [Int] = []
        for (position, bar) in bars.enumerated() {
            if let match = index[Key(name: names[Int(bar.instrument)], time: bar.time)] {
                mine.append(position)
                theirs.append(match)
            }
        }
        guard !mine.isEmpty else { return nil }
        return (selecting(mine), other.selecting(theirs))
    }

    private func selecting(_ positions: [Int]) -> Predictions {
        Predictions(
            kind: kind, bars: positions.map { bars[$0] }, targets: positions.map { targets[$0] }, baselineScore: baselineScore, horizon: horizon)
    }
}
