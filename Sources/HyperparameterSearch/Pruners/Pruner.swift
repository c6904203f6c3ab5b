package import Basics

/// Decides from intermediate values whether a trial is worth continuing. Values are turned so that less is better by
/// the caller's direction.
///
/// A new pruner is one file here and one line in ``Pruners/kinds``.
package protocol Pruner: Sendable {
    /// As configurations write it.
    static var kind: String { get }
    /// One sentence for the reference documentation.
    static var summary: String { get }
    /// The options that a configuration may give beside `kind`.
    static var keys: [String] { get }
    /// - Parameters:
    ///   - reader: a map with `kind` and ``keys``.
    ///   - maximumSteps: the most reports that a trial makes, for pruners that plan with it.
    /// - Throws: ``ConfigError`` for an option of another type or out of its range.
    init(_ reader: ConfigReader, maximumSteps: Int) throws
    /// - Parameters:
    ///   - number: of the trial that has just reported.
    ///   - step: the step of that report.
    func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool
}

extension TrialHistory {
    /// The loss that a trial reported at a step.
    func loss(_ trial: Trial, at step: Int) -> Double? {
        // Reports are in order; the newest are the ones that are asked for.
        trial.reports.last { $0.step == step }.map { $0.value * directions[0].sign }
    }

    func trial(_ number: Int) -> Trial? {
        trials.indices.contains(number) && trials[number].number == number
            ? trials[number] : trials.first { $0.number == number }
    }
}
