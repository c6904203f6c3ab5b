package import Foundation

/// An error that a person reads: what happened, where, what was expected, and what to do next.
///
/// Conform with data in the cases and make the text in `message`. `description` and `errorDescription` follow from it,
/// so that both interpolation and Foundation's `localizedDescription` print the same sentence. Every code stands once
/// in ``ErrorCatalogue``, which `hftml explain CODE` prints; a test compares the catalogue with the sources.
package protocol UserFacingError: LocalizedError, CustomStringConvertible, Sendable {
    /// A stable name that scripts may match, such as `data.missing-object`.
    var code: String { get }
    /// One sentence, lower case, without a full stop: what, where, found versus expected.
    var message: String { get }
    /// One next step, runnable if possible.
    var hint: String? { get }
    /// How a command that ends with this error exits.
    var exitStatus: ExitStatus { get }
    /// The status of an HTTP answer that carries this error.
    var httpStatus: Int { get }
}

extension UserFacingError {
    package var hint: String? { nil }
    package var exitStatus: ExitStatus { .failed }
    /// What the catalogue says for the code; without an entry, what follows from the exit status.
    package var httpStatus: Int { ErrorCatalogue.entry(code)?.httpStatus ?? exitStatus.httpStatus }
    package var description: String { hint.map { "\(message)\n  hint: \($0)" } ?? message }
    /// What Foundation's `localizedDescription` prints.
    package var errorDescription: String? { description }
    /// The hint, under Foundation's name for it.
    package var recoverySuggestion: String? { hint }
    /// Said in `errorDescription`. Foundation has a default of its own, which a file without its import cannot see.
    package var failureReason: String? { nil }
    /// There is none; see `failureReason`.
    package var helpAnchor: String? { nil }
}
