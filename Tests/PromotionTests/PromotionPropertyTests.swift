import Foundation
import Testing

/// Random lives of an environment: the program allows exactly what ``Law`` allows, which knows no digest, no signature
/// and no code of the program.
@Suite struct PromotionPropertyTests {
    /// How many lives a run of the tests tries; HFTML_SEQUENCES asks for more.
    private static let lives = ProcessInfo.processInfo.environment["HFTML_SEQUENCES"].flatMap(Int.init) ?? 600

    @Test("of random lives, the program allows exactly what the reference model of the rules allows")
    func lives() async throws {
        let parts = 8, count = Self.lives
        let tally = try await withThrowingTaskGroup(of: Life.Tally.self) { group in
            for part in 0..<parts {
                group.addTask {
                    var tally = Life.Tally()
                    for seed in stride(from: part, to: count, by: parts) {
                        tally.add(try Life.run(seed: UInt64(seed)))
                    }
                    return tally
                }
            }
            var all = Life.Tally()
            for try await tally in group { all.add(tally) }
            return all
        }
        #expect(tally.differences.isEmpty, "\(tally.differences.prefix(3).joined(separator: "\n"))")
        // A test that only ever sees one answer proves nothing; neither does a rule that never decides alone.
        for (what, number) in [
            ("allowed", tally.allowed), ("taken", tally.taken), ("standing", tally.standing),
            ("rollbacks", tally.rollbacks), ("signatures of documents", tally.decisive["document.signatures"] ?? 0),
        ] { #expect(number > count / 20, "\(what): \(number) of \(count) lives") }
        for reason in Law.Reason.allCases.map({ "promotion.\($0)" }) + Law.Refusal.allCases.map({ "host.\($0)" }) {
            #expect((tally.decisive[reason] ?? 0) > 0, "\(reason) was never the only reason")
        }
    }
}
