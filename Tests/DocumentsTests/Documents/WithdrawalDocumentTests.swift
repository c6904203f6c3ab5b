import Basics
import Documents
import Testing
import Workflows

/// What `deployments withdraw` says: out, on its way out, or ended without a word to the host.
@Suite struct WithdrawalDocumentTests {
    private static func outcome(isConfirmed: Bool = false) -> WithdrawPromotion.Outcome {
        WithdrawPromotion.Outcome(
            promotion: nil, rollback: 3, bundle: String(repeating: "a", count: 64), environment: "paper",
            isConfirmed: isConfirmed, expiresAt: nil)
    }

    private static func text(_ outcome: WithdrawPromotion.Outcome) -> String {
        WithdrawalDocument(outcome).text(TextStyle(width: 1_000))
    }

    @Test("what trades until its host has signed that it is out is not called withdrawn, and the status is 2")
    func underWay() {
        var outcome = Self.outcome()
        outcome.isUnderWay = true
        let document = WithdrawalDocument(outcome)
        #expect(document.isRefusal)
        #expect(document.json[key: "withdrawn"]?.isNull == true)
        #expect(document.json[key: "underWay"]?.stringValue == "rollback 3")
        #expect(Self.text(outcome).contains("until it has signed that, rollback 3 trades"))
        #expect(!Self.text(outcome).contains("withdrew"))
        let confirmed = WithdrawalDocument(Self.outcome(isConfirmed: true))
        #expect(!confirmed.isRefusal && confirmed.json[key: "underWay"]?.isNull == true)
        #expect(confirmed.json[key: "withdrawn"]?.stringValue == "rollback 3")
    }

    @Test("what was ended without a word to its host says that the host may run it")
    func untold() {
        var outcome = Self.outcome()
        outcome.isUntold = true
        #expect(Self.text(outcome).contains("its host was not told"))
        #expect(!WithdrawalDocument(outcome).isRefusal)
    }

    @Test("a host that is lost and that nothing waited for is no order, and its key is to be taken out")
    func lostHost() {
        var outcome = Self.outcome()
        outcome.lostHost = "abc"
        #expect(
            Self.text(outcome).contains("that the host of paper (abc) is lost; it is waited for until no document "))
        #expect(WithdrawalDocument(outcome).json[key: "lostHost"]?.stringValue == "abc")
    }
}
