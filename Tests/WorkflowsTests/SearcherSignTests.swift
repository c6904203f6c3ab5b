import Basics
import TestSupport
import Testing
import Workflows

/// Workers on other machines end when nobody listens to them.
@Suite struct SearcherSignTests {
    @Test("a search that gives no sign for a while is gone; one that never gave one is not")
    func gone() throws {
        let directory = try TemporaryDirectory(), slot = directory.file("slot-0")
        var never = SearcherSign(beside: slot, patience: 0)
        var answer = never.isGone()
        #expect(!answer)
        try SearcherSign.give(in: directory.path)
        // Nothing changes, and the patience is at its end at once.
        var sign = SearcherSign(beside: slot, patience: 0)
        _ = sign.isGone()
        answer = sign.isGone()
        #expect(answer)
        try SearcherSign.give(in: directory.path)
        answer = sign.isGone()
        #expect(!answer, "it has changed")
        var patient = SearcherSign(beside: slot)
        answer = patient.isGone()
        #expect(!answer)
    }
}
