package import Basics

/// The corporate actions of one company, and the factors that they add up to.
///
/// Law: the factors of a day are those of the first step that ends on it or later; behind the last step they are 1.
package struct CorporateActionTable: Sendable, Equatable {
    /// Days on one level of prices.
    package struct Step: Sendable, Equatable {
        /// The last of them.
        package let until: CivilDate
        /// What all later cash makes prices be multiplied by.
        package let cash: Double
        /// What all later splits make prices be multiplied by.
        package let split: Double
        /// When the action that ends it could be known; the far future for the last.
        package let endKnown: Nanoseconds

        /// A step as given; nothing is checked.
        package init(until: CivilDate, cash: Double, split: Double, endKnown: Nanoseconds) {
            (self.until, self.cash, self.split, self.endKnown) = (until, cash, split, endKnown)
        }
    }

    /// As the file names it.
    package let instrument: String
    /// IANA name of the zone whose days these are.
    package let zone: String
    /// In order of their days.
    package let actions: [CorporateAction]
    /// In order of their days.
    package let steps: [Step]
    /// Whether the prices that come with it are adjusted for splits already.
    package let pricesHoldSplits: Bool
    /// What was assumed and left out, a sentence each.
    package let notes: [String]

    /// A table as given.
    ///
    /// - Parameter steps: in order of their days, the products of what comes later.
    package init(
        instrument: String, zone: String, actions: [CorporateAction], steps: [Step], pricesHoldSplits: Bool,
        notes: [String]
    ) {
        (self.instrument, self.zone, self.actions, self.steps) = (instrument, zone, actions, steps)
        (self.pricesHoldSplits, self.notes) = (pricesHoldSplits, notes)
    }

    /// From actions in order of their days; steps are the products of what comes later.
    package init(
        instrument: String, zone: String, actions: [CorporateAction], pricesHoldSplits: Bool, notes: [String]
    ) {
        var steps: [Step] = [], cash = 1.0, split = 1.0
        for action in actions.reversed() {
            if action.kind == .split { split *= action.factor } else { cash *= action.factor }
            let step = Step(until: action.lastDay, cash: cash, split: split, endKnown: action.firstKnown)
            // Two actions of one day make one step.
            if let later = steps.last, later.until == action.lastDay {
                steps[steps.count - 1] = step
            } else {
                steps.append(step)
            }
        }
        self.init(
            instrument: instrument, zone: zone, actions: actions, steps: steps.reversed(),
            pricesHoldSplits: pricesHoldSplits, notes: notes)
    }

    /// The step of a day; nil behind the last, where nothing is adjusted.
    ///
    /// - Complexity: O(log steps).
    package func step(on day: CivilDate) -> Step? {
        var low = 0, high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].until < day { low = middle + 1 } else { high = middle }
        }
        return low < steps.count ? steps[low] : nil
    }

    /// The step that a moment is on: the first whose end was not known then.
    package func step(knownAt moment: Nanoseconds) -> Step? { steps.first { $0.endKnown > moment } }
}
