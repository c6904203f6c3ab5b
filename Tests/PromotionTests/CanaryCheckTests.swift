import Promotion
import Testing

/// What counts as a canary's time where somebody wants to promote it to all instruments.
@Suite struct CanaryCheckTests {
    @Test("hours of a canary count without a break: another version ends them, a new deployment of the same does not")
    func canaryHours() throws {
        var world = try PromotionCheckTests.ready()
        world.canaryHours = 2
        try world.deploy(1, share: 0.5)
        world.trade(PromotionWorld.hour)
        try world.deploy(1, share: 0.25)
        world.trade(PromotionWorld.hour)
        guard case .admitted = try world.decide(1) else {
            Issue.record("found two hours refused: \(try world.decide(1))")
            return
        }
        world = try PromotionCheckTests.ready()
        world.canaryHours = 2
        try world.deploy(1, share: 0.5)
        world.trade(PromotionWorld.hour)
        try world.deploy(2)
        world.trade(PromotionWorld.hour)
        try world.deploy(1, share: 0.5)
        world.trade(PromotionWorld.hour)
        #expect(PromotionWorld.codes(try world.decide(1)) == ["promote.canary"])
    }
}
