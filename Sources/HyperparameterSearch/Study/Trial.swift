import Basics

/// One attempt of a study: a point, and what came of it.
package struct Trial: Sendable, Equatable {
    /// How far a trial has come.
    package enum State: String, Sendable, CaseIterable {
        /// Under way, or claimed by a worker that has not said yet what it tries.
        case running
        case complete
        /// Stopped early, because its reports promised too little.
        case pruned
        /// Its objective could not be computed, or its worker is gone.
        case failed

        /// Whether nothing changes it any more.
        package var isFinished: Bool { self != .running }
    }

    /// An intermediate value of the first objective, such as the validation loss after an epoch or a fold.
    package struct Report: Sendable, Equatable {
        /// Epoch, fold or instance, as the objective counts; from 1.
        package let step: Int
        /// In the objective's unit and direction.
        package let value: Double

        /// What was measured at a step.
        package init(step: Int, value: Double) {
            self.step = step
            self.value = value
        }
    }

    /// 0, 1, 2, … in the order in which trials were begun.
    package let number: Int
    /// How far it has come.
    package var state: State
    /// Empty until the worker has proposed one.
    package var point: Point
    /// A number that the sampler keeps with the point, such as the generation of an evolution strategy.
    package var tag: Int
    /// One value per objective; empty unless complete.
    package var values: [Double]
    /// In order of steps.
    package var reports: [Report]
    /// The trial that this one tries again, because its worker was lost.
    package var retryOf: Int?

    /// A trial as a storage hands it out; nothing is known of a new one but its number.
    package init(
        number: Int, state: State = .running, point: Point = [], tag: Int = 0, values: [Double] = [],
        reports: [Report] = [], retryOf: Int? = nil
    ) {
        self.number = number
        self.state = state
        self.point = point
        self.tag = tag
        self.values = values
        self.reports = reports
        self.retryOf = retryOf
    }
}

/// Which way is better.
package enum Direction: String, Sendable, CaseIterable {
    case minimize
    case maximize

    /// Turns values into losses and back.
    package var sign: Double { self == .minimize ? 1 : -1 }
}
