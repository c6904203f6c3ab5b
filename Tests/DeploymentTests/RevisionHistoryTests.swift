import Basics
import Deployment
import Testing

@Suite struct RevisionHistoryTests {
    private static let hour: Nanoseconds = 3_600_000_000_000

    /// `p1` promotes version 1, `r1` rolls back to it, `c1` is its canary; counters from 1 on, an hour between two.
    private static func history(_ steps: String) -> RevisionHistory {
        RevisionHistory(
            steps.split(separator: " ").enumerated().map { index, step in
                let version = String(step.dropFirst()), isCanary = step.first == "c"
                return RevisionHistory.Revision(
                    counter: index + 1, action: step.first == "r" ? .rollback : .promote, bundle: "b\(index + 1)",
                    manifest: isCanary ? "m\(version)c" : "m\(version)", weights: "w\(version)", strategy: "s",
                    share: isCanary ? 0.25 : 1, time: Int64(index) * hour)
            })
    }

    private static func target(_ steps: String, to counter: Int? = nil) throws -> String? {
        do { return try history(steps).rollbackTarget(to: counter).manifest } catch let error as Failure {
            return error.code
        }
    }

    @Test(
        "a rollback goes to the last different version, and a second one further back, never to what was bad",
        arguments: [
            ("", "rollback.none"), ("p1", "rollback.none"), ("p1 p2", "m1"), ("p1 p2 p3", "m2"),
            ("p1 p2 p3 r2", "m1"), ("p1 p2 p3 r2 r1", "rollback.none"), ("p1 p2 p2", "m1"),
            ("p1 p2 p2 r1", "rollback.none"),
            ("p1 p2 p3 r2 p4", "m2"), ("p1 p2 p1", "m2"), ("p1 p2 p1 r2", "m1"), ("p1 p1 p1", "rollback.none"),
            // A canary of what is in force is no other version; a canary that is rolled back is gone.
            ("p1 c2 p2", "m1"), ("p1 c2", "m1"), ("p1 c2 r1 p3", "m1"), ("c1 p1", "rollback.none"),
        ])
    func rollBack(steps: String, expected: String) throws {
        #expect(try Self.target(steps) == expected)
    }

    @Test("a revision can be named, also one that was rolled back; what is in force and what never was cannot")
    func named() throws {
        #expect(try Self.target("p1 p2 p3 r2", to: 3) == "m3")
        #expect(try Self.target("p1 p2 p3", to: 1) == "m1")
        #expect(try Self.target("p1 p2 p3", to: 3) == "rollback.unknown")
        #expect(try Self.target("p1 p2 p2", to: 2) == "rollback.unknown")
        #expect(try Self.target("p1 p2", to: 7) == "rollback.unknown")
        #expect(try Self.target("", to: 1) == "rollback.none")
    }

    @Test("a canary counts when its weights and strategy were in force long enough without a break")
    func canaries() throws {
        func hasPassed(_ steps: String, hours: Double, after: Int64 = 1) throws -> Bool {
            let history = Self.history(steps)
            let now = (history.revisions.last?.time ?? 0) + after * Self.hour
            return history.hasPassed(
                EnvironmentAuthority.Canary(hours: hours, share: 0.3), weights: "w2", strategy: "s", at: now)
        }
        #expect(try hasPassed("p1 c2", hours: 1) && !hasPassed("p1 c2", hours: 1.01))
        #expect(try hasPassed("p1 c2", hours: 5, after: 5))
        // Twice an hour is two hours without a break, but not with another version in between.
        #expect(try hasPassed("c2 c2", hours: 2) && !hasPassed("c2 p1 c2", hours: 2))
        #expect(try hasPassed("c2 p1", hours: 1) && !hasPassed("c2 p1", hours: 1.5))
        // All instruments are no canary, and another version's canary is not this one's.
        #expect(try !hasPassed("p2", hours: 0.5) && !hasPassed("c1 c3", hours: 0.5))
        // A clock that was set back proves nothing.
        #expect(try !hasPassed("c2", hours: 0.001, after: -5))
    }

    @Test("what is stored reads back; revisions that do not end at the counter, or repeat one, are damage")
    func stored() throws {
        let history = Self.history("p1 c2 p2 r1")
        #expect(
            try RevisionHistory(history.json) == history && RevisionHistory(RevisionHistory().json).lastCounter == 0)
        var cut = history.json
        cut[key: "counter"] = .int(3)
        #expect(throws: ConfigError.self) { try RevisionHistory(cut) }
        var twice = Self.history("p1 p2").json
        twice[key: "revisions"] = .list(
            (twice[key: "revisions"]?.listValue ?? []) + (twice[key: "revisions"]?.listValue ?? []))
        #expect(throws: ConfigError.self) { try RevisionHistory(twice) }
    }
}
