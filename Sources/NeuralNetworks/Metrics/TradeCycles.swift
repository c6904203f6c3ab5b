/// The trading-aware measure of order-book forecasts: how many complete trades of the truth a model would make at the
/// same turns (Briola et al. 2024, "Deep Limit Order Book Forecasting").
///
/// Reading labels in order, a cycle opens when flat at the first up or down and closes at the first opposite label,
/// where the next may open. With T the cycles of the truth, P those of the predictions and C those in both, opened and
/// closed at the same places in the same direction, the agreement is C / (T + P − C). Errors at turning points cost;
/// errors between them do not.
package struct TradeCycles: Sendable, Equatable {
    /// Cycles of the true classes.
    package let truth: Int
    /// Cycles of the predicted classes.
    package let predicted: Int
    /// Cycles that both have.
    package let common: Int

    private struct Cycle: Hashable {
        let open: Int
        let close: Int
        let direction: Int
    }

    /// - Parameters:
    ///   - predictions, targets: classes in time order: 0 down, 1 stationary, 2 up.
    package init(predictions: [Int], targets: [Int]) {
        let a = TradeCycles.cycles(targets), b = TradeCycles.cycles(predictions)
        (truth, predicted, common) = (a.count, b.count, a.intersection(b).count)
    }

    /// For tests of the formula.
    package init(truth: Int, predicted: Int, common: Int) {
        (self.truth, self.predicted, self.common) = (truth, predicted, common)
    }

    /// Nil where nothing trades.
    package var agreement: Double? {
        let union = truth + predicted - common
        return union > 0 ? Double(common) / Double(union) : nil
    }

    private static func cycles(_ labels: [Int]) -> Set<Cycle> {
        var all: Set<Cycle> = []
        var open = 0, direction = 0
        for (index, label) in labels.enumerated() where label != 1 {
            let sign = label - 1
            if direction == 0 {
                (open, direction) = (index, sign)
            } else if sign != direction {
                all.insert(Cycle(open: open, close: index, direction: direction))
                // The closing label opens the other way.
                (open, direction) = (index, sign)
            }
        }
        return all
    }
}
