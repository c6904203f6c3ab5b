package import Basics

/// Lets every trial finish.
package struct NoPruner: Pruner {
    package static let kind = "none"
    package static let summary = "Lets every trial finish."
    package static let keys: [String] = []

    /// Has no options.
    package init() {}
    package init(_ reader: ConfigReader, maximumSteps: Int) {}
    /// False, whatever was reported.
    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool { false }
}
