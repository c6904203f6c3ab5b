import Basics
import Promotion
import Testing

/// What a refused promotion tells people to do.
@Suite struct PromotionRefusalTests {
    @Test("what another text of the policy refused is not said; what to do is, in the order in which it is done")
    func nextSteps() throws {
        var world = try PromotionCheckTests.ready()
        world.now += PromotionWorld.second
        try world.judge(1, passed: false)
        world.statements = []
        func refused() throws -> [PromotionCheck.Objection] {
            guard case .refused(let objections) = try world.decide(1) else { return [] }
            return objections
        }
        let same = try refused()
        #expect(same.map(\.code) == ["promote.refused", "promote.people"])
        #expect(same.first?.hint?.hasPrefix("see why: hftml gates show ") == true)
        #expect(same.last?.hint?.contains(": hftml approve ") == true)
        world.judgements = []
        try world.judge(1, passed: false, policy: Digest.sha256("lax"))
        let other = try refused()
        #expect(other.map(\.code) == ["promote.other-policy", "promote.people"])
        #expect(other.first?.message.contains(" refused ") == false)
        #expect(other.first?.hint?.hasPrefix("judge it by that: hftml gate ") == true)
    }
}
