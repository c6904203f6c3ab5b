import ArgumentParser
import Basics
import Documents
import Foundation

/// Says what is wrong with arguments: text on stderr, and with `--json` an error document on stdout as well.
enum UsageReport {
    /// - Parameters:
    ///   - error: what finding or parsing the command threw; a request for help or the version ends well.
    ///   - typed: the arguments as typed.
    ///   - command: the names of the command, if it was found.
    static func exit(_ error: any Error, typed: [String], command: [String] = []) -> Never {
        if let failure = error as? any UserFacingError ?? thrown(insideOf: error) {
            Foundation.exit(report(failure, typed, text: nil))
        }
        guard Hftml.exitCode(for: error) == .validationFailure else { Hftml.exit(withError: error) }
        let failure = Failure(
            "usage.arguments", Hftml.message(for: error),
            hint: "see: \((["hftml"] + command).joined(separator: " ")) --help", exitStatus: .usage)
        Foundation.exit(report(failure, typed, text: Hftml.fullMessage(for: error)))
    }

    /// The parser's answer in the words and colours of our own errors.
    private static func styled(_ text: String, _ style: TextStyle) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            for (found, shown) in [("Error:", "error:"), ("Help:", "  help:"), ("Usage:", "  usage:")]
            where line.hasPrefix(found) {
                return style.paint(shown, shown == "error:" ? .red : .dim) + line.dropFirst(found.count)
            }
            return String(line)
        }.joined(separator: "\n")
    }

    private static func report(_ error: any UserFacingError, _ typed: [String], text: String?) -> Int32 {
        let document = ErrorDocument(error), terminal = Terminal(noColor: typed.contains("--no-color"), isQuiet: false)
        if GlobalOptions.asksForJSON(typed) { try? emit(document.json.text(.pretty)) }
        let said = text.map { styled($0, terminal.style) } ?? document.text(terminal.style)
        StandardStream.say(said + "\n")
        return error.exitStatus.rawValue
    }

    /// An error with a code that a command's `validate()` threw; the parser wraps it in types that it keeps to itself.
    private static func thrown(insideOf error: any Error) -> (any UserFacingError)? {
        var level = [error as Any]
        for _ in 0..<3 {
            level = level.flatMap { Mirror(reflecting: $0).children.map(\.value) }
            if let found = level.lazy.compactMap({ $0 as? any UserFacingError }).first { return found }
        }
        return nil
    }
}
