import Backtesting
package import Basics
package import NeuralNetworks

/// A kind of environment: what a configuration may say of it, and how one is made.
///
/// A new kind is a value in the file of its environment and a line in ``EnvironmentFactory/kinds``.
package struct EnvironmentKind: Sendable {
    /// What stands around the options of one environment.
    package struct Context: Sendable {
        /// What recorded environments walk over.
        package let recordings: EnvironmentFactory.Recordings
        /// Recorded episodes once each and in order, and simulated ones from where the problem starts.
        package let isEvaluation: Bool
        /// As the configuration names the kind.
        package let name: String
        /// Where it names the kind, for errors.
        package let mark: SourceMark?
    }

    /// What the options amount to.
    package struct Plan: Sendable {
        /// Makes a fresh environment; each is used by one thread at a time.
        package let build: @Sendable () throws -> any Environment
        /// The window that the environment itself shows; nil where observations are single and may be stacked.
        package let window: SampleShape?

        init(window: SampleShape? = nil, _ build: @escaping @Sendable () throws -> any Environment) {
            (self.build, self.window) = (build, window)
        }
    }

    /// As configurations write it.
    package let name: String
    /// One sentence for the reference documentation.
    package let summary: String
    /// The options that a configuration may give beside `kind` and `history`.
    package let keys: [String]
    /// Reads the options of a configuration.
    ///
    /// - Throws: ``ConfigError`` for an option of another type or out of its range, or a recording that is missing.
    package let plan: @Sendable (ConfigReader, Context) throws -> Plan

    init(
        _ name: String, _ summary: String, keys: [String] = [],
        plan: @escaping @Sendable (ConfigReader, Context) throws -> Plan
    ) {
        (self.name, self.summary, self.keys, self.plan) = (name, summary, keys, plan)
    }
}
