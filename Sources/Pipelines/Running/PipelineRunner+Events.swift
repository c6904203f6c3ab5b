package import Basics

extension PipelineRunner {
    package enum Event: Sendable {
        case current(Stage)
        case frozen(Stage, StageStatus)
        case restored(Stage, StageStatus, fromRun: Bool)
        case started(Stage, StageStatus)
        case wouldRun(Stage, StageStatus)
        /// Would run if what a stage before it makes comes out differently.
        case mightRun(Stage, after: [String])
        case wouldRestore(Stage, StageStatus)
        /// Nothing changed, but these paths are only in a remote.
        case notFetched(Stage, [String])
        case finished(Stage, seconds: Double)
        case partition(Stage, done: Int, of: Int)
        case failed(Stage, StageError)
        /// A stage before it failed.
        case blocked(Stage)
        /// The partitions that were asked for ran; so many others must run as well, so the stage is not recorded.
        case part(Stage, seconds: Double, left: Int)
        /// It reads as a whole what was made in part.
        case leftOut(Stage)
        /// What it reads changed while it ran: its outputs stay, and nothing is recorded.
        case unrecorded(Stage, String)
        case made(String)
        case waiting(String)
        case output(String)
        case recovered(Stage, String)
        /// A pipeline or pointer of the workspace that cannot be read, and is left out.
        case unread(String, String)
        /// What a dry run expects of the stages that would run, from their last runs.
        case cost(StageCosts.Estimate)
    }

    /// What became of the stages in question.
    package struct Summary: Sendable {
        package enum Result: Sendable {
            case ran(seconds: Double)
            case restored, current, frozen, blocked, leftOut
            /// Only partitions that were asked for ran; so many others must run as well.
            case part(seconds: Double, left: Int)
            /// It ran, and what it reads changed meanwhile.
            case unrecorded(String, seconds: Double)
            case failed(StageError)
        }

        /// In the order in which they came to their end.
        package private(set) var results: [(stage: Stage, result: Result)] = []
        /// The signal that ended the run before its time.
        package var interruption: Int32?

        package init() {}

        mutating func add(_ stage: Stage, _ result: Result) { results.append((stage, result)) }

        package var ran: [(name: String, seconds: Double)] {
            results.compactMap { item in
                switch item.result {
                case .ran(let seconds), .unrecorded(_, let seconds), .part(let seconds, _):
                    (item.stage.name, seconds)
                default: nil
                }
            }
        }
        package var restored: [String] {
            results.compactMap { if case .restored = $0.result { $0.stage.name } else { nil } }
        }
        package var current: [String] {
            results.compactMap { if case .current = $0.result { $0.stage.name } else { nil } }
        }
        package var failures: [StageError] {
            results.compactMap { if case .failed(let error) = $0.result { error } else { nil } }
        }
        /// A failure weighs more than a verdict of no.
        package var failure: StageError? {
            failures.first { $0.exitStatus == .failed } ?? failures.first
        }
    }

    /// A stage did not succeed.
    package struct StageError: UserFacingError, Equatable {
        package let stage: String
        package let status: Int32
        package let command: String
        package let problem: String?
        package var log: String?
        /// Whether the status is the verdict of a typed check or gate, and not a failure.
        package var isVerdict = false
        /// What to do instead of mending a cause.
        package var advice: String?

        package var code: String { "pipeline.stage-failed" }
        package var message: String {
            problem.map { "stage '\(stage)': \($0)" } ?? "stage '\(stage)' ended with status \(status): \(command)"
        }
        package var hint: String? {
            (advice ?? "mend the cause and run the same command again; finished stages are kept")
                + (log.map { "; all it said is in \($0)" } ?? "")
        }
        /// A stage whose verdict is no makes the pipeline's verdict no; any other command that ends with 2 has failed.
        package var exitStatus: ExitStatus { isVerdict ? .refused : .failed }
    }
}
