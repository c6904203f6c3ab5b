import Basics
import Promotion
import Testing
import Workflows

/// The page before a signature: what it says is signed, and by which verdict it is drawn.
@Suite struct ReviewedPageTests {
    @Test("the lines of what is signed are the values of the text, also those that have no word here")
    func signedLines() throws {
        let project = try TestProject()
        try project.gate()
        var draft = try SignStatement.draft(
            .approval, "m/1", policy: "easy", signer: "bob", reason: "read", session: project.session)
        draft.statement.environment = "paper"
        draft.statement.strategy = nil
        let lines = SignedLine.of(draft.payload)
        #expect(lines.first { $0.name == "environment" }?.value == "paper")
        #expect(!lines.contains { $0.name == "strategy" || $0.name == "rule" }, "null says nothing")
        let longer = draft.payload.replacing(
            "\"signer\":", with: "\"more\":{\"sha256\":\"ab\",\"n\":[1,true]},\"signer\":")
        let found = SignedLine.of(longer).filter { !lines.contains($0) }
        #expect(
            found.map { "\($0.name) \($0.value)" } == [
                "predicate.more.sha256 ab", "predicate.more.n.0 1", "predicate.more.n.1 true",
            ])
        #expect(SignedLine.of("no JSON").map(\.value) == ["no JSON"])
    }
}
