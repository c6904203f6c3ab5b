import Basics
import Documents
import Testing
import Workflows

/// "Up to date" is said only where nothing failed.
@Suite struct TransferDocumentTests {
    private let style = TextStyle(width: nil)

    @Test("nothing moved, and nothing is wrong")
    func current() {
        #expect(CheckoutDocument(.init(), fetched: 0).text(style) == "Everything is up to date.")
        #expect(TransferDocument.fetched(0).text(style) == "Everything is up to date.")
        #expect(TransferDocument.pushed(0).text(style) == "Everything is up to date.")
    }

    @Test("nothing moved, because something could not be had")
    func failed() {
        let outcome = CheckoutData.Outcome(problems: [PathProblem("d", Failure("data.missing-object", "found none"))])
        #expect(CheckoutDocument(outcome, fetched: 0).text(style) == "0 files fetched and 0 outputs changed")
        #expect(TransferDocument.fetched(0, isWhole: false).text(style) == "0 files fetched")
        #expect(TransferDocument.pushed(0, isWhole: false).text(style) == "0 files pushed")
        #expect(TransferDocument.pushed(0, isWhole: false).body == TransferDocument.pushed(0).body)
    }
}
