import Basics
import Foundation
import Testing

@Suite struct UserFacingErrorTests {
    /// An error with nothing but what the protocol asks for.
    private struct Minimal: UserFacingError {
        let code = "test.minimal"
        let message = "found nothing, expected something"
    }

    /// One whose only refinement is how it ends.
    private struct Ending: UserFacingError {
        let code = "test.ending"
        let message = "ended"
        let exitStatus: Basics.ExitStatus
    }

    static let errors: [any UserFacingError] = [
        Minimal(), Failure("test.plain", "found a, expected b"),
        Failure("test.hint", "found a, expected b", hint: "run: hftml status"),
        ConfigError("found no value", at: SourceMark(file: "a.yaml", line: 3, column: 7)),
        FileError("read", "/nowhere", number: ENOENT), FileError("write", "/nowhere", number: EACCES),
    ]

    @Test("Foundation prints our sentence and never its placeholder", arguments: errors)
    func localizedDescription(_ error: any UserFacingError) {
        let erased: any Error = error
        #expect(erased.localizedDescription == error.description)
        #expect("\(erased)" == error.description)
        #expect(error.description.contains(error.message))
        #expect((error as any LocalizedError).recoverySuggestion == error.hint)
        #expect(!erased.localizedDescription.contains("couldn’t be completed"))
        #expect(!erased.localizedDescription.contains("could not be completed"))
    }

    @Test("a hint stands on a line of its own")
    func hint() {
        let error = Failure("test.hint", "found a, expected b", hint: "run: hftml status")
        #expect(error.description == "found a, expected b\n  hint: run: hftml status")
        #expect(Failure("test.plain", "found a").description == "found a")
    }

    @Test(
        "without an entry in the catalogue the HTTP status follows from the exit status",
        arguments: [(Basics.ExitStatus.usage, 400), (.refused, 409), (.failed, 500), (.interrupted, 499)])
    func httpStatus(_ status: Basics.ExitStatus, _ expected: Int) {
        #expect(Ending(exitStatus: status).httpStatus == expected)
        #expect(Failure("test.ending", "ended", exitStatus: status).httpStatus == expected)
    }

    @Test("what the catalogue says of a code comes first")
    func catalogueStatus() throws {
        for entry in ErrorCatalogue.all where entry.patternPrefix == nil {
            #expect(Failure(entry.code, "x", exitStatus: .usage).httpStatus == entry.httpStatus)
        }
    }
}

@Suite struct ErrorCatalogueTests {
    @Test("a code finds its entry, a pattern covers what fits it, anything else is unknown")
    func entry() {
        #expect(ErrorCatalogue.entry("data.missing-object")?.httpStatus == 404)
        #expect(ErrorCatalogue.entry("yahoo.not-found")?.code == "yahoo.<server-code>")
        #expect(ErrorCatalogue.entry("yahoo.format")?.code == "yahoo.format")
        #expect(ErrorCatalogue.entry("yahoo.") == nil)
        #expect(ErrorCatalogue.entry("data") == nil)
        #expect(ErrorCatalogue.entry("") == nil)
    }

    @Test("a mistyped code finds the nearest")
    func nearest() {
        #expect(ErrorCatalogue.nearest(to: "data.mising-object") == "data.missing-object")
        #expect(ErrorCatalogue.nearest(to: "promote.nogate") == "promote.no-gate")
        #expect(ErrorCatalogue.nearest(to: "completely different") == nil)
    }

    @Test("families hold all entries, in order")
    func families() {
        let families = ErrorCatalogue.families
        #expect(families.map(\.name) == families.map(\.name).sorted())
        #expect(families.flatMap(\.entries).count == ErrorCatalogue.all.count)
        #expect(families.allSatisfy { family in family.entries.allSatisfy { $0.family == family.name } })
        #expect(families.contains { $0.name == "internal" && $0.entries.count == 1 })
    }
}
