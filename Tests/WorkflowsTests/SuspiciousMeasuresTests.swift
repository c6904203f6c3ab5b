import Testing
import Workflows

@Suite struct SuspiciousMeasuresTests {
    @Test("a leaked feature is suspected; what models reach on real bars is not")
    func suspects() {
        func warnings(_ metrics: [(name: String, value: Double)]) -> [String] {
            SuspiciousMeasures.warnings(metrics: metrics, baseline: ["accuracy": 0.52, "sign_accuracy": 0.51])
        }
        #expect(warnings([("ic", 0.02), ("accuracy", 0.55), ("sign_accuracy", 0.53)]).isEmpty)
        let leaked = warnings([("ic", 0.98), ("accuracy", 0.97)])
        #expect(leaked.count == 2 && leaked[0].contains("0.98") && leaked[1].contains("beside 0.52"))
        // Perfectly wrong is as telling, and undefined is neither.
        #expect(warnings([("ic", -0.4)]).count == 1 && warnings([("ic", .nan)]).isEmpty)
    }
}
